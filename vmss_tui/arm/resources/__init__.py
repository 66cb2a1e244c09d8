"""Reads and writes of one kind of Azure resource each."""

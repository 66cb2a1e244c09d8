"""Reads scale sets for screens, runs and operations, within the list budget."""

"""Typed structs of Azure's JSON, and their decoding."""

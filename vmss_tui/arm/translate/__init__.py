"""Translates wire structs into `fleet` values."""

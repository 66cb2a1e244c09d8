"""A run in numbers, for screens and reports."""

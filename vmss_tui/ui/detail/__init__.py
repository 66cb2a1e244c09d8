"""The facts of one instance as text."""

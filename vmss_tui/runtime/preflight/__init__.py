"""Checks scale sets before the first write: reads the facts, in parallel and once a session."""

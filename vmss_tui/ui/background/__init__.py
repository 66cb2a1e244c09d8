"""Threads behind the screens, and the messages that they post."""

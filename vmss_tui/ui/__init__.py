"""WHAT IS SEEN: the Textual dashboard."""

import os

os.environ.setdefault("TEXTUAL_FPS", "250")
"""Textual looks for what has changed at most so often, and at its own 60 a key that follows a frame
waits for up to two looks, 33 ms. Nothing is drawn more often: only changes are. Read by Textual as
it is imported, which is after this."""

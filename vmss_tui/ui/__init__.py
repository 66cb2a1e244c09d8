"""The dashboard, a Textual app."""

import os

os.environ.setdefault("TEXTUAL_FPS", "250")
"""The most often that Textual checks for changes, in 1/s. At its default of 60 a key that follows a
frame waits for up to two checks, 33 ms. Only changes are drawn, so this costs nothing at rest.
Textual reads it when it is imported, which is after this line."""

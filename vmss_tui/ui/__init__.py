"""WHAT IS SEEN: the Textual dashboard."""

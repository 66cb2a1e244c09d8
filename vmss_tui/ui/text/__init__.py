"""Texts for the screens, built from values. Draws nothing."""

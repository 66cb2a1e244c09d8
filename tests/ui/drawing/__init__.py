"""Tests of `ui/drawing`."""

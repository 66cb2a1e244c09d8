"""Tests of `ui/lists`."""

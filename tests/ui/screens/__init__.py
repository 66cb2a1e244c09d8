"""Tests of `ui/screens`."""

"""Tests of `ui/dialogs`."""

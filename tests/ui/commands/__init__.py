"""Tests of `ui/commands`."""

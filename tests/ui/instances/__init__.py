"""Tests of `ui/instances`."""

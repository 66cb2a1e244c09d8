"""Tests of `repo`."""

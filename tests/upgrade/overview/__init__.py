"""Tests of a run in numbers."""

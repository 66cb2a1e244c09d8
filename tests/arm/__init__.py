"""Tests of `arm`."""

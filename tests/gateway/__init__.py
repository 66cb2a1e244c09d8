"""Tests of the gateway's values and errors."""

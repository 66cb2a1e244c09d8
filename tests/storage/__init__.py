"""Tests of the stores of runs."""

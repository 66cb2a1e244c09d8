"""Tests of `simulator.rest`."""

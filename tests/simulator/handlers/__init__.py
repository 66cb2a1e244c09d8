"""Tests of `simulator.handlers`."""

"""Tests of `simulator.scenarios`."""

"""Tests of `simulator.graph`."""

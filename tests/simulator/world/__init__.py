"""Tests of `simulator.world`."""

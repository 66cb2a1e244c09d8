"""Tests of `simulator.activity`."""

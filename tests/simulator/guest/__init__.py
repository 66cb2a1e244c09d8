"""Tests of `simulator.guest`."""

"""Tests of `simulator.behaviour`."""

"""Tests of `simulator.payloads`."""

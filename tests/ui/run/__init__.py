"""Tests of the parts of the run panel."""

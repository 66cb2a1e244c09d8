"""Tests of how cells and labels are drawn."""

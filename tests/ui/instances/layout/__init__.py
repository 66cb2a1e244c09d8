"""Tests of the layout of cells and panes."""

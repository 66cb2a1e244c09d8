"""Rows of many scale sets, and their filter."""

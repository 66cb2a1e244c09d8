"""The report of a run as one HTML file: no script, and nothing is loaded from anywhere."""

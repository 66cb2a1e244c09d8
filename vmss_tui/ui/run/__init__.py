"""The parts of the run panel as text."""

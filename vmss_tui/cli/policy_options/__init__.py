"""Options for the limits and checks of a run."""

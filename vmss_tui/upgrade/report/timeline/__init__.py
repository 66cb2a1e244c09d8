"""The timeline of a run, from its journal: what happened to each instance and batch, and when."""

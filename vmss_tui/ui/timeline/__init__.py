"""The timeline view of a run: a row an instance or a batch, time to the right."""

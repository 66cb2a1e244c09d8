"""Campaigns carried out: their folder, their worker, and the runs of their members."""

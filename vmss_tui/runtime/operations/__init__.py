"""Writes outside a run: on instances, to the model, and Azure-managed maintenance."""

"""Runs in a container of Azure Blob Storage, which any host can take over."""

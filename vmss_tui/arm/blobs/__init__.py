"""Azure Blob Storage over azure-core's pipeline: one container, for the store of runs."""

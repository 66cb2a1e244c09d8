"""A small blob endpoint: block and append blobs with leases, as Azure Blob Storage answers."""

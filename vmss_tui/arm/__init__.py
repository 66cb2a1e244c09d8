"""AZURE: the only importer of azure.*, behind the gateway."""

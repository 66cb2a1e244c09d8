"""Implements the gateway over Azure Resource Manager. The only importer of azure.*."""

"""Reads of what is checked before the first write: images, sizes, quotas, terms, rights."""

"""Who did what: the Activity Log, Resource Graph's changes, and what a caller may do."""

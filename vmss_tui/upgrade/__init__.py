"""WHAT SHOULD HAPPEN: the pure decisions of an upgrade run."""

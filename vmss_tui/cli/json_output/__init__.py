"""Json output."""

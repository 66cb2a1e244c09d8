"""Scale set."""

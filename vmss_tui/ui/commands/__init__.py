"""Commands: their declarations, keys, availability rules and the command palette."""

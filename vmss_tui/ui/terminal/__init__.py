"""The terminal: driver, capabilities, output filters and performance settings."""

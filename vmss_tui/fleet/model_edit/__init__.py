"""Model edit."""

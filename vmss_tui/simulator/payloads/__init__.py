"""The JSON bodies of resources."""

"""The request handlers, by resource; each takes the world, a request and its path parameters."""

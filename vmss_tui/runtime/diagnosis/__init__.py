"""What Azure and an instance say about a failure, for screens and commands."""

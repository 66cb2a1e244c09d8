"""Plans, starts, carries out and controls runs."""

"""What a simulated machine says of itself: its serial log, and the output of run commands."""

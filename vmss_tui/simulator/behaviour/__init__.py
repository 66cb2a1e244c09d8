"""How simulated resources react to writes and actions, in simulated time."""

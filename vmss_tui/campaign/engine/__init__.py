"""The next step of a campaign: which member may start, what halts it. Pure."""

"""Samples of a verdict: commands, HTTP probes and metrics, taken beside a run or a campaign."""

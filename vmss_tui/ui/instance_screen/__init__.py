"""The screen of one instance: what Azure and the instance itself say, in tabs."""

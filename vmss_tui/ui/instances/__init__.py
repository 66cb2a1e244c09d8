"""The instances of a scale set on screen: board, filter, heatmap and table."""

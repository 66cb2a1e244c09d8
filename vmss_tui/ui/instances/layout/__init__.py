"""Where cells and panes are placed for a size of the terminal. Pure geometry."""

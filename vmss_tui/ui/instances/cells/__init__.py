"""How a cell, a label and the edge of a panel are drawn on the heat map."""

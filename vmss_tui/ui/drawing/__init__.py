"""Drawing: glyphs, themes, and widgets that redraw only what has changed."""

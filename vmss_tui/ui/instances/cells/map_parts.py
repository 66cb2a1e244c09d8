"""How the parts of the heat map are drawn, in variables of the theme."""

from vmss_tui.ui.drawing.glyphs import Tone
from vmss_tui.ui.drawing.theme_styles import PartStyle
from vmss_tui.ui.drawing.themes import SHADES

MAP_PARTS = {
    **{f"{tone}": PartStyle(f"ink-{tone}", f"cell-{tone}") for tone in Tone},
    **{f"word-{tone}": PartStyle(f"tone-{tone}") for tone in Tone},
    **{f"shade-{n}": PartStyle(f"shade-ink-{n}", f"shade-{n}") for n in range(1, SHADES + 1)},
    "selected": PartStyle("chosen"),
    "cursor": PartStyle("cursor"),
    "label": PartStyle("foreground", is_bold=True),
    "counts": PartStyle("quiet"),
    "cursor-row": PartStyle("foreground", is_bold=True),
    "cursor-sign": PartStyle("focus", is_bold=True),
    "batch": PartStyle("tone-moving", is_bold=True),
    "gauge": PartStyle(ground="gauge-background"),
    "line": PartStyle("line"),
}
"""The name of a tone is that of cells with it, `word-…` of text about them, `shade-…` of planned
batches; `selected` is the ink of selected cells, `cursor` the frame around a cell, and
`cursor-row`, `cursor-sign` and `batch` are of domains."""

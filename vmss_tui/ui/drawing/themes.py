"""The four themes, and which of them suits a terminal. Knows no widget and no glyph.

The colours of cells are in `vmss_tui.palette`; each group of states gives three variables:
`cell-…` (ground of a cell), `ink-…` (on that ground) and `tone-…` (words about the group). The
themes for 16 colours and for none use the terminal's own colours.
"""

from collections.abc import Mapping
from dataclasses import replace

from textual.theme import Theme

from vmss_tui.fleet.state_groups import StateGroup
from vmss_tui.palette import (
    DARK,
    DARK_PHASES,
    LIGHT,
    LIGHT_PHASES,
    PROVISIONED,
    REQUESTED,
    CellColours,
)
from vmss_tui.ui.drawing.glyphs import Tone

TONES = {
    StateGroup.LATEST_MODEL: Tone.GOOD,
    StateGroup.UPGRADING: Tone.MOVING,
    StateGroup.UNHEALTHY: Tone.UNHEALTHY,
    StateGroup.FAILED: Tone.FAILED,
    StateGroup.OUTDATED: Tone.OUTDATED,
    StateGroup.STOPPED: Tone.OFF,
    StateGroup.DEALLOCATED: Tone.GONE,
    StateGroup.UNKNOWN: Tone.UNKNOWN,
}
"""The tone in which a group of states is drawn."""
_SIXTEEN_CELLS = {
    StateGroup.LATEST_MODEL: CellColours("ansi_bright_blue", "ansi_black", "ansi_bright_blue"),
    StateGroup.UPGRADING: CellColours("ansi_bright_yellow", "ansi_black", "ansi_bright_yellow"),
    StateGroup.UNHEALTHY: CellColours("ansi_bright_magenta", "ansi_black", "ansi_bright_magenta"),
    StateGroup.FAILED: CellColours("ansi_red", "ansi_bright_white", "ansi_bright_red"),
    StateGroup.OUTDATED: CellColours("ansi_bright_black", "ansi_bright_white", "ansi_yellow"),
    StateGroup.STOPPED: CellColours("ansi_white", "ansi_black", "ansi_white"),
    StateGroup.DEALLOCATED: CellColours("ansi_black", "ansi_white", "ansi_white"),
    StateGroup.UNKNOWN: CellColours("ansi_cyan", "ansi_black", "ansi_bright_cyan"),
}


def _cell_variables(colours: Mapping[StateGroup, CellColours]) -> dict[str, str]:
    return {
        f"{prefix}-{TONES[group]}": colour
        for group, cell_colours in colours.items()
        for prefix, colour in zip(("cell", "ink", "tone"), cell_colours, strict=True)
    }


SHADES = 6
"""The shades of planned batches, from the first batch on."""
_SHADE_COLOURS = (
    ("#fde047", "#2a2300"), ("#e9b037", "#2a1c00"), ("#c8892f", "#1f1300"),
    ("#96622d", "#fff3dc"), ("#7d5534", "#fff3dc"), ("#664738", "#fff3dc"),
)  # fmt: skip
"""Ground and ink of each."""
_SHADED = {
    f"{name}-{number}": colour
    for number, colours in enumerate(_SHADE_COLOURS, 1)
    for name, colour in zip(("shade", "shade-ink"), colours, strict=True)
}
_SIXTEEN_SHADED = {
    f"{name}-{number}": colour
    for number in range(1, SHADES + 1)
    for name, colour in (
        ("shade", "ansi_bright_yellow" if number % 2 else "ansi_yellow"),
        ("shade-ink", "ansi_black"),
    )
}


def _phase_variables(colours: Mapping[str, str]) -> dict[str, str]:
    return {f"cell-{phase}": colour for phase, colour in colours.items()}


_SIXTEEN_PHASES = {REQUESTED: "ansi_yellow", PROVISIONED: "ansi_bright_cyan"}
_DARK = (
    _cell_variables(DARK)
    | _SHADED
    | _phase_variables(DARK_PHASES)
    | {
        "tone-failed-background": "#cf2222",
        "selection-background": "#1d4766",
        "batch-background": "#4a431c",
        "quiet": "#8b98a8",
        "dim": "#717e8e",
        "key": "#ffb454",
        "focus": "#7cc4ff",
        "cursor": "#ffffff",
        "chosen": "#ffffff",
        "header": "#151d27",
        "gauge-background": "#1d2731",
        "line": "#33414f",
    }
)
_LIGHT = (
    _cell_variables(LIGHT)
    | _SHADED
    | _phase_variables(LIGHT_PHASES)
    | {
        "tone-failed-background": "#a50f1a",
        "selection-background": "#b9d8f0",
        "batch-background": "#efe6a8",
        "quiet": "#5c6773",
        "dim": "#6b7682",
        "key": "#9a4f00",
        "focus": "#0b66b0",
        "cursor": "#1d2733",
        "chosen": "#1d2733",
        "header": "#e6eaef",
        "gauge-background": "#dfe4ea",
        "line": "#c0c9d2",
    }
)
_SIXTEEN = (
    _cell_variables(_SIXTEEN_CELLS)
    | _SIXTEEN_SHADED
    | _phase_variables(_SIXTEEN_PHASES)
    | {
        "tone-failed-background": "ansi_red",
        "selection-background": "ansi_blue",
        "batch-background": "ansi_bright_black",
        "quiet": "ansi_white",
        "dim": "ansi_white",
        "key": "ansi_bright_yellow",
        "focus": "ansi_bright_cyan",
        "cursor": "ansi_bright_white",
        "chosen": "ansi_bright_white",
        "header": "ansi_black",
        "gauge-background": "ansi_bright_black",
        "line": "ansi_bright_black",
        "ansi-background": "ansi_black",
        "ansi-foreground": "ansi_white",
        "border-blurred": "ansi_bright_black",
        "block-cursor-foreground": "ansi_black",
        "block-cursor-background": "ansi_white",
        "input-cursor-background": "ansi_bright_white",
        "input-cursor-foreground": "ansi_black",
        "input-cursor-text-style": "none",
        "input-selection-background": "ansi_blue",
        "input-selection-foreground": "ansi_bright_white",
        "screen-selection-background": "ansi_blue",
        "screen-selection-foreground": "ansi_bright_white",
    }
)
_MONO = dict.fromkeys(_SIXTEEN, "ansi_default") | {
    "block-cursor-foreground": "ansi_default",
    "input-cursor-text-style": "reverse",
}
"""Without colours: glyphs, bold, underline and reverse carry the meaning."""
_MONO_THEME = Theme(
    name="vmss-mono",
    primary="ansi_default",
    secondary="ansi_default",
    accent="ansi_default",
    warning="ansi_default",
    error="ansi_default",
    success="ansi_default",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    ansi=True,
    variables=_MONO,
)
THEMES = (
    Theme(
        name="vmss-dark",
        primary="#7cc4ff",
        secondary="#2f86d2",
        accent="#ffb454",
        warning="#fde047",
        error="#ff6f64",
        success="#6ab4f2",
        foreground="#dbe3ec",
        background="#0d1218",
        surface="#151d27",
        panel="#1d2731",
        variables=_DARK,
    ),
    Theme(
        name="vmss-light",
        primary="#0b66b0",
        secondary="#2a78c2",
        accent="#9a4f00",
        warning="#8a5a00",
        error="#a50f1a",
        success="#0b5cab",
        foreground="#1d2733",
        background="#f7f8fa",
        surface="#eceff3",
        panel="#e0e5ea",
        dark=False,
        variables=_LIGHT,
    ),
    replace(
        _MONO_THEME,
        name="vmss-16",
        primary="ansi_bright_blue",
        secondary="ansi_blue",
        accent="ansi_yellow",
        warning="ansi_yellow",
        error="ansi_bright_red",
        success="ansi_bright_blue",
        variables=_SIXTEEN,
    ),
    _MONO_THEME,
)
AUTO = "auto"
"""The setting that chooses the theme by the capabilities of the terminal."""


def variable_defaults() -> dict[str, str]:
    """Values of our theme variables for themes that do not define them."""
    return dict(_DARK)


def choose_theme(requested: str, colours: int, *, no_color: bool) -> str:
    """The requested theme; for `auto` the one for the terminal's number of colours.

    With NO_COLOR it is always the monochrome theme.
    """
    if no_color:
        return "vmss-mono"
    if requested != AUTO:
        return requested
    return "vmss-16" if colours <= 16 else "vmss-dark"


def next_theme(name: str) -> str:
    """The theme after `name`, cyclically."""
    names = [theme.name for theme in THEMES]
    return names[(names.index(name) + 1) % len(names)] if name in names else names[0]

"""The four themes, and which of them suits a terminal. Knows no widget and no glyph.

The colours follow the palette of Okabe and Ito on a blue-orange axis; a test checks that they are
distinguishable with colour blindness. The themes for 16 colours and for none use the terminal's
own colours.
"""

from dataclasses import replace

from textual.theme import Theme

_DARK = {
    "tone-good": "#56b4e9",
    "tone-outdated": "#e69f00",
    "tone-moving": "#f0e442",
    "tone-off": "#9aa4b2",
    "tone-gone": "#667080",
    "tone-unhealthy": "#bf7fca",
    "tone-failed": "#ffffff",
    "tone-failed-background": "#c8500a",
    "tone-unknown": "#b4c0e2",
    "selection-background": "#1f4a6e",
    "batch-background": "#4a431c",
    "quiet": "#7d8794",
    "line": "#2c343f",
}
_LIGHT = {
    "tone-good": "#005f9e",
    "tone-outdated": "#b5630e",
    "tone-moving": "#5b5a11",
    "tone-off": "#5a6472",
    "tone-gone": "#84879f",
    "tone-unhealthy": "#c32773",
    "tone-failed": "#ffffff",
    "tone-failed-background": "#b8440a",
    "tone-unknown": "#48447c",
    "selection-background": "#b9d8f0",
    "batch-background": "#efe6a8",
    "quiet": "#66707d",
    "line": "#c9d0d8",
}
_SIXTEEN = {
    "tone-good": "ansi_bright_blue",
    "tone-outdated": "ansi_yellow",
    "tone-moving": "ansi_bright_yellow",
    "tone-off": "ansi_white",
    "tone-gone": "ansi_bright_black",
    "tone-unhealthy": "ansi_bright_magenta",
    "tone-failed": "ansi_bright_white",
    "tone-failed-background": "ansi_red",
    "tone-unknown": "ansi_magenta",
    "selection-background": "ansi_blue",
    "batch-background": "ansi_bright_black",
    "quiet": "ansi_white",
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
        primary="#56b4e9",
        secondary="#2a6f9e",
        accent="#e69f00",
        warning="#e69f00",
        error="#e0691f",
        success="#56b4e9",
        foreground="#d9e0e8",
        background="#0f1419",
        surface="#161c23",
        panel="#1d252e",
        variables=_DARK,
    ),
    Theme(
        name="vmss-light",
        primary="#005f9e",
        secondary="#4b90bf",
        accent="#a35b00",
        warning="#a35b00",
        error="#b8440a",
        success="#005f9e",
        foreground="#1b2430",
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

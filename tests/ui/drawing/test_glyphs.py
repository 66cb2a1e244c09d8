"""Colours and glyphs: every state is distinguishable with colour blindness or without colours."""

import math
from itertools import combinations

import pytest
from textual.theme import Theme

from vmss_tui.ui.drawing.glyphs import Glyphs, Tone
from vmss_tui.ui.drawing.themes import AUTO, THEMES, choose_theme
from vmss_tui.ui.instances.cell_modes import STATES

Rgb = tuple[float, float, float]

SIGHT: dict[str, tuple[Rgb, Rgb, Rgb]] = {
    "full": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
"""Machado, Oliveira and Fernandes (2009), severity 1.0, over linear RGB."""
APART = 10.0
"""Minimum distance (CIE 1976, L*a*b*) of two tones; about 2.3 is just noticeable."""
WELL_APART = 30.0
"""Minimum distance of current and stale, which show the progress of an upgrade, and of a failure's
background, which distinguishes it from all other glyphs."""


def linear(colour: str) -> Rgb:
    """`#rrggbb` without its gamma."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return red, green, blue


def seen(colour: str, sight: str) -> Rgb:
    """The colour as seen with this kind of colour vision, in L*a*b* (D65)."""
    rgb = linear(colour)
    seen = [min(1.0, max(0.0, dot(row, rgb))) for row in SIGHT[sight]]
    r, g, b = seen
    x = cube((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047)
    y = cube(0.2126 * r + 0.7152 * g + 0.0722 * b)
    z = cube((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def dot(row: Rgb, rgb: Rgb) -> float:
    """Sum of products."""
    return sum(a * b for a, b in zip(row, rgb, strict=True))


def cube(t: float) -> float:
    """The cube root of L*a*b*, straight near black."""
    return t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116


def apart(first: str, second: str, sight: str) -> float:
    """The distance of two colours."""
    pairs = zip(seen(first, sight), seen(second, sight), strict=True)
    return math.sqrt(sum((a - b) ** 2 for a, b in pairs))


def theme_named(name: str) -> Theme:
    """One of our themes."""
    return next(theme for theme in THEMES if theme.name == name)


def colours(theme: str) -> dict[Tone, str]:
    """The colour that shows a tone: for failures the background."""
    variables = theme_named(theme).variables
    names = {tone: f"tone-{tone}" for tone in Tone} | {Tone.FAILED: "tone-failed-background"}
    return {tone: variables[name] for tone, name in names.items()}


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("theme", ["vmss-dark", "vmss-light"])
def test_the_tones_keep_their_distance_for_colour_blind_eyes(theme: str, sight: str) -> None:
    palette = colours(theme)
    glyphs = [tone for tone in Tone if tone is not Tone.FAILED]
    near = {
        (first, second): round(apart(palette[first], palette[second], sight), 1)
        for first, second in combinations(glyphs, 2)
        if apart(palette[first], palette[second], sight) < APART
    }
    assert near == {}
    assert apart(palette[Tone.GOOD], palette[Tone.OUTDATED], sight) > WELL_APART
    background = theme_named(theme).background or "#000000"
    assert apart(palette[Tone.FAILED], background, sight) > WELL_APART


@pytest.mark.parametrize("theme", ["vmss-dark", "vmss-light"])
def test_every_tone_can_be_read_on_the_ground(theme: str) -> None:
    background = luminance(theme_named(theme).background or "#000000")
    for tone, colour in colours(theme).items():
        lighter, darker = sorted((luminance(colour), background), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 3, tone


def luminance(colour: str) -> float:
    """Relative luminance, as defined by WCAG."""
    return dot((0.2126, 0.7152, 0.0722), linear(colour))


@pytest.mark.parametrize("glyphs", list(Glyphs))
def test_without_colours_every_state_has_its_own_glyph(glyphs: Glyphs) -> None:
    drawn: dict[str, set[str]] = {}
    for state, style in STATES.items():
        drawn.setdefault(style.character(glyphs), set()).add(state)
    shared = {glyph: states for glyph, states in drawn.items() if len(states) > 1}
    assert shared == {}


def test_sixteen_colours_are_named_so_that_the_terminal_chooses_them() -> None:
    sixteen = theme_named("vmss-16")
    tones = [sixteen.variables[f"tone-{tone}"] for tone in Tone if tone is not Tone.FAILED]
    assert all(tone.startswith("ansi_") for tone in tones)
    assert len(set(tones)) == len(tones)


@pytest.mark.parametrize(
    ("colours", "no_color", "theme"),
    [(1 << 24, False, "vmss-dark"), (256, False, "vmss-dark"), (16, False, "vmss-16"),
     (0, False, "vmss-16"), (256, True, "vmss-mono")],
)  # fmt: skip
def test_the_theme_goes_by_the_terminal_unless_one_was_chosen(
    colours: int, no_color: bool, theme: str
) -> None:
    assert choose_theme(AUTO, colours, no_color=no_color) == theme
    named = choose_theme("vmss-light", colours, no_color=no_color)
    assert named == ("vmss-mono" if no_color else "vmss-light")


def test_the_monochrome_theme_names_no_colour_at_all() -> None:
    mono = theme_named("vmss-mono")
    assert set(mono.variables.values()) <= {"ansi_default", "reverse"}
    assert {mono.primary, mono.background, mono.foreground, mono.error} == {"ansi_default"}

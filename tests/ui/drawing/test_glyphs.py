"""Colours and glyphs: every state is told apart, whatever eyes or terminals make of colours."""

import math
from itertools import combinations

import pytest

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
"""Least distance (CIE 1976, L*a*b*) of two tones; some 2.3 can just be noticed side by side."""
WELL_APART = 30.0
"""Of current and stale, by which an upgrade is watched, and of a failure's ground, which is what
tells it from the glyphs of all others."""


def linear(colour: str) -> Rgb:
    """`#rrggbb` without its gamma."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return red, green, blue


def seen(colour: str, sight: str) -> Rgb:
    """The colour as such eyes see it, in L*a*b* (D65)."""
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


def apart(one: str, other: str, sight: str) -> float:
    """How far two colours are from each other."""
    pairs = zip(seen(one, sight), seen(other, sight), strict=True)
    return math.sqrt(sum((a - b) ** 2 for a, b in pairs))


def colours(theme: str) -> dict[Tone, str]:
    """What carries a tone: for failures the ground that they stand on."""
    variables = next(found for found in THEMES if found.name == theme).variables
    names = {tone: f"tone-{tone}" for tone in Tone} | {Tone.FAILED: "tone-failed-ground"}
    return {tone: variables[name] for tone, name in names.items()}


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("theme", ["vmss-dark", "vmss-light"])
def test_the_tones_keep_their_distance_for_colour_blind_eyes(theme: str, sight: str) -> None:
    found = colours(theme)
    glyphs = [tone for tone in Tone if tone is not Tone.FAILED]
    near = {
        (one, other): round(apart(found[one], found[other], sight), 1)
        for one, other in combinations(glyphs, 2)
        if apart(found[one], found[other], sight) < APART
    }
    assert near == {}
    assert apart(found[Tone.GOOD], found[Tone.OUTDATED], sight) > WELL_APART
    ground = next(each for each in THEMES if each.name == theme).background or "#000000"
    assert apart(found[Tone.FAILED], ground, sight) > WELL_APART


@pytest.mark.parametrize("theme", ["vmss-dark", "vmss-light"])
def test_every_tone_can_be_read_on_the_ground(theme: str) -> None:
    wanted = next(found for found in THEMES if found.name == theme)
    ground = luminance(wanted.background or "#000000")
    for tone, colour in colours(theme).items():
        lighter, darker = sorted((luminance(colour), ground), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 3, tone


def luminance(colour: str) -> float:
    """Relative, as WCAG has it."""
    return dot((0.2126, 0.7152, 0.0722), linear(colour))


@pytest.mark.parametrize("glyphs", list(Glyphs))
def test_without_colours_every_state_has_its_own_glyph(glyphs: Glyphs) -> None:
    drawn: dict[str, set[str]] = {}
    for state, swatch in STATES.items():
        drawn.setdefault(swatch.character(glyphs), set()).add(state)
    shared = {glyph: states for glyph, states in drawn.items() if len(states) > 1}
    assert shared == {}


def test_sixteen_colours_are_named_so_that_the_terminal_chooses_them() -> None:
    sixteen = next(found for found in THEMES if found.name == "vmss-16")
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
    mono = next(found for found in THEMES if found.name == "vmss-mono")
    assert set(mono.variables.values()) <= {"ansi_default", "reverse"}
    assert {mono.primary, mono.background, mono.foreground, mono.error} == {"ansi_default"}

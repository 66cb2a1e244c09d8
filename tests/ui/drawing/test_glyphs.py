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
APART = {
    ("vmss-dark", "full"): (17, 21),
    ("vmss-dark", "protanopia"): (14, 19),
    ("vmss-dark", "deuteranopia"): (16, 22),
    ("vmss-dark", "tritanopia"): (16, 21),
    ("vmss-light", "full"): (15, 20),
    ("vmss-light", "protanopia"): (15, 20),
    ("vmss-light", "deuteranopia"): (15, 20),
    ("vmss-light", "tritanopia"): (13, 17),
}
"""Least distance of the grounds of two states, by CIEDE2000 and by CIE 1976 in L*a*b*, for each
theme and kind of sight; about 1 and 2.3 are just noticeable."""
WELL_APART = (38, 49)
"""The same for latest model and outdated, which show the progress of an upgrade."""


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


def apart(first: str, second: str, sight: str) -> tuple[float, float]:
    """The distance of two colours, by CIEDE2000 and by CIE 1976."""
    one, other = seen(first, sight), seen(second, sight)
    return ciede2000(one, other), math.dist(one, other)


def ciede2000(one: Rgb, other: Rgb) -> float:
    """The colour difference of Sharma, Wu and Dalal (2005), of two colours in L*a*b*."""
    mean_chroma = (math.hypot(one[1], one[2]) + math.hypot(other[1], other[2])) / 2
    weight = 0.5 * (1 - math.sqrt(mean_chroma**7 / (mean_chroma**7 + 25**7)))
    (chroma1, hue1), (chroma2, hue2) = (
        (math.hypot(a * (1 + weight), b), math.degrees(math.atan2(b, a * (1 + weight))) % 360)
        for _, a, b in (one, other)
    )
    lightness, chroma = (one[0] + other[0]) / 2, (chroma1 + chroma2) / 2
    turn = (hue2 - hue1 + 180) % 360 - 180 if chroma1 * chroma2 else 0.0
    hue = (hue1 + turn / 2) % 360 if chroma1 * chroma2 else hue1 + hue2
    hue_step = 2 * math.sqrt(chroma1 * chroma2) * math.sin(math.radians(turn / 2))
    cosines = ((-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.20, 4, -63))
    t = 1 + sum(f * math.cos(math.radians(times * hue + shift)) for f, times, shift in cosines)
    scale_l = 1 + 0.015 * (lightness - 50) ** 2 / math.sqrt(20 + (lightness - 50) ** 2)
    scale_c, scale_h = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    rotation = (
        -2
        * math.sqrt(chroma**7 / (chroma**7 + 25**7))
        * math.sin(math.radians(60 * math.exp(-(((hue - 275) / 25) ** 2))))
    )
    l_part, c_part, h_part = (
        (other[0] - one[0]) / scale_l,
        (chroma2 - chroma1) / scale_c,
        hue_step / scale_h,
    )
    return math.sqrt(l_part**2 + c_part**2 + h_part**2 + rotation * c_part * h_part)


def theme_named(name: str) -> Theme:
    """One of our themes."""
    return next(theme for theme in THEMES if theme.name == name)


def colours(theme: str, part: str) -> dict[Tone, str]:
    """The colours of all tones: `cell` is the ground, `ink` what is on it, `tone` a word."""
    variables = theme_named(theme).variables
    return {tone: variables[f"{part}-{tone}"] for tone in Tone}


def test_the_difference_of_colours_agrees_with_published_values() -> None:
    pairs = [
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ]
    assert [round(ciede2000(one, other), 4) for one, other, _ in pairs] == [d for *_, d in pairs]


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("theme", ["vmss-dark", "vmss-light"])
def test_the_grounds_of_cells_keep_their_distance_for_every_kind_of_sight(
    theme: str, sight: str
) -> None:
    grounds = colours(theme, "cell")
    distances = [
        apart(grounds[first], grounds[second], sight) for first, second in combinations(Tone, 2)
    ]
    least = tuple(round(min(measure)) for measure in zip(*distances, strict=True))
    assert all(a >= b for a, b in zip(least, APART[theme, sight], strict=True)), least
    progress = apart(grounds[Tone.GOOD], grounds[Tone.OUTDATED], sight)
    assert all(round(a) >= b for a, b in zip(progress, WELL_APART, strict=True)), progress


@pytest.mark.parametrize(
    ("theme", "least", "outdated"), [("vmss-dark", 4.7, 3.4), ("vmss-light", 3.8, 3.4)]
)
def test_glyph_and_id_can_be_read_on_every_ground(
    theme: str, least: float, outdated: float
) -> None:
    grounds, inks = colours(theme, "cell"), colours(theme, "ink")
    for tone in Tone:
        bound = outdated if tone is Tone.OUTDATED else least
        assert round(contrast(grounds[tone], inks[tone]), 1) >= bound, tone


@pytest.mark.parametrize("theme", ["vmss-dark", "vmss-light"])
def test_every_word_can_be_read_on_the_background(theme: str) -> None:
    background = theme_named(theme).background or "#000000"
    for tone, colour in colours(theme, "tone").items():
        assert contrast(colour, background) >= 4.5, tone


def contrast(first: str, second: str) -> float:
    """The contrast of two colours, as defined by WCAG."""
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


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
    grounds = [sixteen.variables[f"cell-{tone}"] for tone in Tone]
    assert all(ground.startswith("ansi_") for ground in grounds)
    assert len(set(grounds)) == len(grounds)


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

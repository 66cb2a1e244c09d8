"""Styles of drawn parts by the variables of the theme."""

from rich.segment import Segment
from rich.style import Style

from vmss_tui.ui.drawing.theme_styles import PartStyle, in_cursor_colour, part_styles
from vmss_tui.ui.drawing.themes import THEMES, variable_defaults
from vmss_tui.ui.instances.cells.map_parts import MAP_PARTS


def test_a_part_takes_from_the_widget_what_it_does_not_name() -> None:
    base = Style.parse("white on black")
    parts = {"word": PartStyle("key", is_bold=True), "bar": PartStyle(ground="line")}
    styles = part_styles(parts, {"key": "#ffb454", "line": "#33414f"}, base)
    assert styles["word"] == Style.parse("bold #ffb454 on black")
    assert styles["bar"] == Style.parse("white on #33414f")


def test_every_part_of_the_heat_map_has_its_colours_in_every_theme() -> None:
    base = Style.parse("white on black")
    for theme in THEMES:
        variables = {"foreground": "#ffffff", **variable_defaults(), **theme.variables}
        styles = part_styles(MAP_PARTS, variables, base)
        assert styles.keys() == MAP_PARTS.keys(), theme.name
        if theme.name != "vmss-mono":
            assert styles["failed"] != styles["good"] != styles["outdated"], theme.name


def test_words_of_a_cursor_row_take_its_colour_and_bars_and_badges_keep_theirs() -> None:
    cursor = Style.parse("bright_white on blue")
    row = [
        Segment("▌", Style.parse("bright_cyan")),
        Segment("✖ halted", Style.parse("bold bright_red")),
        Segment(" ▆▆ ", Style.parse("bright_blue")),
        Segment("✖", Style.parse("white on red")),
        Segment("web"),
    ]
    drawn = in_cursor_colour(row, cursor)
    assert [segment.text for segment in drawn] == [segment.text for segment in row]
    white = cursor.color
    colours = [segment.style.color for segment in drawn if segment.style]
    assert [colour == white for colour in colours] == [False, True, False, False, True]
    assert drawn[1].style == Style.parse("bold bright_white")

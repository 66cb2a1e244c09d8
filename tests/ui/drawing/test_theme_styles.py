"""Styles of drawn parts by the variables of the theme."""

from rich.style import Style

from vmss_tui.ui.drawing.theme_styles import PartStyle, part_styles
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

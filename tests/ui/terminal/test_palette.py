"""The colours of a terminal with 256."""

from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from vmss_tui.ui.terminal.output import output_filters
from vmss_tui.ui.terminal.palette import PaletteFilter, nearest_number


def test_dark_greys_stay_grey_and_states_have_the_colours_of_the_design() -> None:
    numbers = {
        "#2f86d2": 32,
        "#4e4037": 238,
        "#f07d22": 208,
        "#cf2222": 160,
        "#9aa2ab": 247,
        "#1d2731": 235,
        "#bcd2ff": 153,
        "#0d1218": 16,
        "#04182b": 16,
        "#151d27": 234,
        "#8b98a8": 246,
        "#ffffff": 231,
    }
    assert {name: nearest_number(*Color.parse(name).rgb) for name in numbers} == numbers


def test_only_such_a_terminal_gets_them_and_default_colours_stay() -> None:
    lines = [
        Segment("a", Style.parse("bold #1d2731 on default")),
        Segment("b", Style()),
        Segment("c"),
    ]
    first, *others = PaletteFilter().apply(lines, Color(0, 0, 0))
    assert first.style is not None
    assert first.style.color is not None
    assert first.style.bgcolor is not None
    assert (first.style.color.number, first.style.bgcolor.is_default) == (235, True)
    assert first.style.bold
    assert others == lines[1:]

    def has_palette(**options: bool) -> bool:
        filters = output_filters(plain=False, **options)
        return any(isinstance(line_filter, PaletteFilter) for line_filter in filters)

    assert has_palette(coloured=True, has_palette=True)
    assert not has_palette(coloured=False, has_palette=True)
    assert not has_palette(coloured=True, has_palette=False)

"""The rows of a cell: ground, glyph, id, clock and the sign of the selection."""

import pytest
from rich.style import Style

from vmss_tui.fleet.scale_set import State
from vmss_tui.ui.drawing.glyphs import Glyphs, Tone
from vmss_tui.ui.instances.cell_modes import STATES
from vmss_tui.ui.instances.cells.cell_look import Cell, CellLooks, CellThemeStyles
from vmss_tui.ui.instances.layout.cell_size import CELL_SIZES, CellSize
from vmss_tui.ui.instances.plan_overlay import batch_style

INK = Style.parse("#101010 on #808080")
COLOURS = CellThemeStyles(
    dict.fromkeys(Tone, INK), (INK,) * 6, Style.parse("on #000000"), Style.parse("#ffffff"),
    Style.parse("#ffffff"), is_plain=False, is_ansi=False,
)  # fmt: skip
PLAIN = COLOURS._replace(grounds=dict.fromkeys(Tone, Style()), is_plain=True)


def looks(
    size: CellSize, colours: CellThemeStyles = COLOURS, glyphs: Glyphs = Glyphs.UNICODE
) -> CellLooks:
    """The cells of one size."""
    return CellLooks(size, colours, glyphs, is_dimmed=False)


def shown(state: State, *, selected: bool = False, number: str = "21", clock: str = "") -> Cell:
    """What a cell shows."""
    return Cell(STATES[state], number, clock, selected, is_cursor=False, is_mixed=False)


def texts(look: CellLooks, what: Cell) -> list[str]:
    """The rows without their styles."""
    return ["".join(text for text, _ in row) for row in look.rows_of(what)]


@pytest.mark.parametrize("size", CELL_SIZES)
@pytest.mark.parametrize("colours", [COLOURS, PLAIN])
def test_every_row_is_as_wide_as_the_cell(size: CellSize, colours: CellThemeStyles) -> None:
    for glyphs in Glyphs:
        look = looks(size, colours, glyphs)
        for state in State:
            for selected in (False, True):
                number = "1234567890" if size.shows_id else ""
                clock = "12:04" if size.shows_clock else ""
                rows = texts(look, shown(state, selected=selected, number=number, clock=clock))
                assert [len(row) for row in rows] == [size.width] * size.height
                assert glyphs is not Glyphs.ASCII or colours.is_plain or "".join(rows).isascii()


def test_the_glyph_is_first_and_the_id_at_the_right_of_the_last_row() -> None:
    unhealthy = State.UNHEALTHY
    assert texts(looks(CellSize(4, 2)), shown(unhealthy)) == [" ✚  ", " 21 "]
    assert texts(looks(CellSize(4, 1)), shown(unhealthy)) == ["✚ 21"]
    assert texts(looks(CellSize(2, 1)), shown(unhealthy, number="")) == ["✚ "]
    assert texts(looks(CellSize(8, 4)), shown(unhealthy, clock="02:00")) == [
        " ✚      ", "  02:00 ", "        ", "     21 "
    ]  # fmt: skip
    assert texts(looks(CellSize(4, 2)), shown(State.CURRENT)) == ["    ", " 21 "]
    assert texts(looks(CellSize(4, 2)), shown(State.CURRENT, number="1021")) == ["    ", "1021"]
    assert texts(looks(CellSize(3, 2)), shown(State.CURRENT)) == ["   ", " 21"]


def test_a_selected_cell_keeps_the_glyph_of_a_problem() -> None:
    look = looks(CellSize(4, 2))
    assert texts(look, shown(State.STALE, selected=True))[0] == " ✓  "
    assert texts(look, shown(State.FAILED, selected=True))[0] == " ✖✓ "
    (_, ((_, style),)) = look.rows_of(shown(State.STALE, selected=True))
    assert (style.bold, style.color) == (True, COLOURS.selected.color)


def test_without_colours_patterns_take_the_place_of_grounds() -> None:
    look = looks(CellSize(4, 2), PLAIN)
    assert texts(look, shown(State.UPDATING)) == ["◐▒▒▒", "▒▒21"]
    assert texts(look, shown(State.STALE)) == ["····", "  21"]
    assert texts(look, shown(State.FAILED)) == ["✖✖✖✖", "✖✖21"]
    assert look.rows_of(shown(State.CURRENT))[0][0][1].reverse


def test_a_planned_batch_has_its_number_where_there_is_room_for_it() -> None:
    canary, later = batch_style(1, 12, is_canary=True), batch_style(12, 12)
    what = Cell(canary, "0", "", is_selected=False, is_cursor=False, is_mixed=False)
    assert texts(looks(CellSize(4, 2)), what) == [" 1c ", "  0 "]
    for colours in (COLOURS, PLAIN):
        one_row = looks(CellSize(4, 1), colours)
        assert texts(one_row, what) == ["1c  "]  # as wide as the other cells
        assert texts(one_row, what._replace(style=later, instance_id="14")) == ["12  "]
        assert texts(one_row, what._replace(style=batch_style(2, 12))) == ["2  0"]
    assert texts(looks(CellSize(3, 1)), what._replace(style=batch_style(100))) == [" + "]
    narrow = texts(looks(CellSize(1, 1)), what._replace(style=later, instance_id=""))
    assert narrow == ["c"]
    assert (canary.shade, later.shade) == (1, 6)

"""The board: cursor movement, selection, grouping and the counts of rows."""

from tests.support.fleets import NOON, thousand, web
from vmss_tui.fleet.domains import Grouping, build_grid
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.ui.instances.arrangement import Density
from vmss_tui.ui.instances.board import Board, SelectionScope
from vmss_tui.ui.instances.cursor import CursorMove, cursor_after, next_cell_among
from vmss_tui.ui.instances.filter import parse_filter
from vmss_tui.ui.instances.heatmap_layout import arrange


def board_of(snapshot: Snapshot, width: int = 118, height: int = 16) -> Board:
    """A board with an arrangement of this size."""
    board = Board()
    board.set_snapshot(snapshot)
    board.arrangement = arrange(board.shown_grid, Density.AUTO, width, height)
    return board


def test_down_goes_from_domain_to_domain() -> None:
    board = board_of(web())
    cursors = [board.cursor]
    for _ in range(9):
        board.move_cursor(CursorMove.DOWN, 10)
        cursors.append(board.cursor)
    rows = [board.full_grid.row_keys[i or ""].number for i in cursors]
    assert rows == [0, 1, 2, 3, 4, 4, 4, 4, 4, 4]


def test_right_goes_along_the_line_and_on_to_the_next() -> None:
    board = board_of(web(diagonal=False))
    cursors = [board.cursor]
    for _ in range(10):
        board.move_cursor(CursorMove.RIGHT, 10)
        cursors.append(board.cursor)
    assert cursors == [i for i in board.arrangement.order[:11]]


def test_the_cursor_crosses_from_panel_to_panel() -> None:
    board = board_of(thousand(), 140, 40)
    arrangement = board.arrangement
    for _ in range(len(arrangement.panels[0].domains) * 5):
        board.move_cursor(CursorMove.DOWN, 10)
    below = arrangement.panels[arrangement.panel_index[board.cursor or ""]]
    assert below.y > arrangement.panels[0].y
    assert below.x == arrangement.panels[0].x
    assert cursor_after(arrangement, board.cursor, CursorMove.LAST) == arrangement.order[-1]


def test_next_problem_goes_round() -> None:
    arrangement = arrange(build_grid(web().instances), Density.AUTO, 80, 20)
    assert next_cell_among(arrangement, "0", {"37", "14"}, 1) == "37"
    assert next_cell_among(arrangement, "14", {"37", "14"}, 1) == "37"
    assert next_cell_among(arrangement, "0", {"37", "14"}, -1) == "14"
    assert next_cell_among(arrangement, "0", set(), 1) is None


def test_cursor_and_marks_survive_a_refresh_and_leave_with_their_instance() -> None:
    board = board_of(web())
    board.set_cursor("42")
    board.select(SelectionScope.ROW)
    assert len(board.selected_ids) == 20
    later = web()
    remaining = tuple(i for i in later.instances if i.instance_id not in ("42", "47"))
    board.set_snapshot(Snapshot(later.scale_set, remaining, NOON))
    assert board.cursor in ("37", "52")
    assert len(board.selected_ids) == 18


def test_a_range_marks_everything_it_passes() -> None:
    board = board_of(web(diagonal=False))
    board.toggle_range()
    board.move_cursor(CursorMove.RIGHT, 10)
    board.move_cursor(CursorMove.RIGHT, 10)
    board.toggle_range()
    board.move_cursor(CursorMove.RIGHT, 10)
    assert len(board.selected_ids) == 3


def test_what_is_chosen_is_the_marks_else_the_cursors_row() -> None:
    board = board_of(web())
    assert board.selection()[1] == "UD 0"
    board.toggle_selected()
    assert board.selection() == (("0",), "1 selected")


def test_grouping_by_zone_or_fault_domain_keeps_every_instance() -> None:
    board = board_of(web())
    for grouping in Grouping:
        board.grouping = grouping
        board.rebuild()
        assert len(board.shown_grid.row_keys) == 100


def test_row_counts_are_of_the_whole_row_however_little_is_shown() -> None:
    board = board_of(web())
    board.filter = parse_filter("state:failed")
    board.rebuild()
    (row,) = board.shown_grid.rows
    whole = board.row(row.key)
    assert whole is not None
    assert (len(row.instances), len(whole.instances), whole.problems) == (1, 20, 1)
    assert board.filter_text == "filter state:failed · 1 of 100 shown"


def test_domains_are_jumped_over_and_selected_one_after_the_other() -> None:
    board = board_of(web())
    board.set_cursor("10")
    assert board.move_to_domain(1)
    assert board.cursor == "11"
    assert board.move_to_domain(-1)
    assert (board.cursor, board.move_to_domain(-1)) == ("10", False)
    board.select_domain()
    board.select_domain()
    selected = {board.full_grid.row_keys[i].number for i in board.selected_ids}
    assert (len(board.selected_ids), selected, board.cursor) == (40, {0, 1}, "12")
    board.move_to_domain(-1)
    board.select_domain()
    assert (len(board.selected_ids), board.cursor) == (20, "11")
    board.set_cursor("99")
    board.select_domain()
    assert (len(board.selected_ids), board.cursor) == (40, "99")

"""Title and notes of the frame around the heat map."""

from tests.support.fleets import thousand, web
from vmss_tui.fleet.domains import Grouping
from vmss_tui.ui.instances.board import Board
from vmss_tui.ui.instances.cells.map_notes import cursor_notes, domain_note, map_title


def test_the_frame_says_what_rows_are_and_where_the_cursor_is() -> None:
    board = Board()
    board.set_snapshot(web())
    board.set_cursor("21")
    assert map_title(board) == "Instances by update domain"
    assert domain_note(board.full_grid, 60) == "update domain = fault domain"
    assert domain_note(board.full_grid, 20) == "UD = FD"
    assert cursor_notes(board) == ("instance 21 · 5 of 20 in UD 1", "21 · 5 of 20", "21")
    board.grouping = Grouping.FAULT_DOMAIN
    board.rebuild()
    assert (map_title(board), domain_note(board.full_grid, 60)) == ("Instances by fault domain", "")


def test_crossing_domains_are_not_called_equal_and_groups_are_named() -> None:
    board = Board()
    assert (map_title(board), cursor_notes(board)) == ("Instances", ())
    board.set_snapshot(web(diagonal=False))
    assert domain_note(board.full_grid, 60) == ""
    board = Board()
    board.set_snapshot(thousand())
    assert map_title(board) == "Instances by placement group and update domain"

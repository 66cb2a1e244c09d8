"""Commands that move the cursor and change the selection. They send no request."""

from collections.abc import Callable

from textual.widget import Widget

from vmss_tui.ui.instances.board import SelectionScope
from vmss_tui.ui.instances.cursor import CursorMove
from vmss_tui.ui.instances.heatmap_tiles import InstanceClicked
from vmss_tui.ui.screens.scale_set.context import Controller

_SCROLLS: dict[CursorMove, Callable[[Widget], None]] = {
    CursorMove.UP: lambda pane: pane.scroll_relative(y=-1),
    CursorMove.DOWN: lambda pane: pane.scroll_relative(y=1),
    CursorMove.FIRST: lambda pane: pane.scroll_home(animate=False),
    CursorMove.LAST: lambda pane: pane.scroll_end(animate=False),
    CursorMove.PAGE_UP: lambda pane: pane.scroll_page_up(animate=False),
    CursorMove.PAGE_DOWN: lambda pane: pane.scroll_page_down(animate=False),
}
"""Movements that scroll the detail pane while it has the focus."""


class SelectionCommands(Controller):
    """Cursor and selection of the board."""

    def do_left(self) -> None:
        """Moves a cell to the left."""
        self._move(CursorMove.LEFT)

    def do_right(self) -> None:
        """Moves a cell to the right."""
        self._move(CursorMove.RIGHT)

    def do_up(self) -> None:
        """Moves a line up."""
        self._move(CursorMove.UP)

    def do_down(self) -> None:
        """Moves a line down."""
        self._move(CursorMove.DOWN)

    def do_first(self) -> None:
        """Moves to the first cell."""
        self._move(CursorMove.FIRST)

    def do_last(self) -> None:
        """Moves to the last cell."""
        self._move(CursorMove.LAST)

    def do_next_domain(self) -> None:
        """Moves to the next domain."""
        self._move_to_domain(1)

    def do_previous_domain(self) -> None:
        """Moves to the previous domain."""
        self._move_to_domain(-1)

    def do_page_up(self) -> None:
        """Moves a page up."""
        self._move(CursorMove.PAGE_UP)

    def do_page_down(self) -> None:
        """Moves a page down."""
        self._move(CursorMove.PAGE_DOWN)

    def do_next_pane(self) -> None:
        """Moves the focus to the next pane."""
        self.context.screen.focus_next()

    def do_next_problem(self) -> None:
        """Moves to the next instance with a problem."""
        self._move_to_problem(1)

    def do_previous_problem(self) -> None:
        """Moves to the previous instance with a problem."""
        self._move_to_problem(-1)

    def do_mark(self) -> None:
        """Selects or deselects the cursor's instance."""
        self.context.board.toggle_selected()
        self.context.redraw()

    def do_mark_range(self) -> None:
        """Begins or ends a range."""
        self.context.board.toggle_range()
        self.context.redraw()

    def do_mark_row(self) -> None:
        """Selects the cursor's domain and moves to the next one; deselects a selected one."""
        self.context.board.select_domain()
        self.context.redraw()

    def do_mark_zone(self) -> None:
        """Selects or deselects the cursor's zone."""
        self._select(SelectionScope.ZONE)

    def do_mark_all(self) -> None:
        """Selects or deselects all that is shown."""
        self._select(SelectionScope.ALL)

    def do_clear_marks(self) -> None:
        """Deselects everything."""
        self.context.board.clear_selection()
        self.context.redraw()

    def instance_clicked(self, message: InstanceClicked) -> None:
        """Moves the cursor to the click; ctrl selects, a double click opens the detail pane."""
        self.context.board.set_cursor(message.instance_id)
        self.context.redraw()
        if message.toggles_selection and message.is_row_label:
            self._select(SelectionScope.ROW)
        elif message.toggles_selection:
            self.context.screen.action_command("mark")
        elif message.opens_detail:
            self.context.screen.action_command("detail")

    def _move(self, move: CursorMove) -> None:
        if self.context.view.detail.has_focus and move in _SCROLLS:
            _SCROLLS[move](self.context.view.detail)
            return
        self.context.board.move_cursor(move, self.context.view.page)
        self.context.redraw()

    def _move_to_domain(self, step: int) -> None:
        self.context.board.move_to_domain(step)
        self.context.redraw()

    def _move_to_problem(self, step: int) -> None:
        if not self.context.board.move_to_problem(step):
            self.context.say("No problems: no instance is failed, unhealthy or unknown")
        self.context.redraw()

    def _select(self, scope: SelectionScope) -> None:
        self.context.board.select(scope)
        self.context.redraw()

"""Commands that change how the instances are shown: view, cells, grouping, order and filter."""

from vmss_tui.fleet.domains import Grouping
from vmss_tui.ui.instances.cell_modes import CellMode
from vmss_tui.ui.instances.filter import Filter
from vmss_tui.ui.screens.scale_set.context import Controller
from vmss_tui.ui.timeline.pane import LastRunArrived
from vmss_tui.ui.widgets.filter_bar import FilterBar


class ViewCommands(Controller):
    """Heatmap or table, and what they show. Sends no request, except for `refresh`."""

    def mounted(self) -> None:
        """Begins with the cell mode of the settings, or of the screen before."""
        self.context.board.cell_mode = CellMode.from_setting(self.context.session.cell_mode)

    def do_table(self) -> None:
        """Shows heatmap, table or timeline; cursor, selection and filter stay."""
        context, screen = self.context, self.context.screen
        context.view.show_next()
        context.view.timeline.read_last_run(screen, context.services, context.scale_set)
        screen.call_after_refresh(context.redraw)

    def last_run_arrived(self, message: LastRunArrived) -> None:
        """Shows the newest run on the timeline."""
        self.context.view.timeline.show_last_run(message)

    def do_sort(self) -> None:
        """Sorts the table by the next column, or the timeline in the next order."""
        if self.context.view.is_timeline:
            self.context.say(f"Sort by: {self.context.view.timeline.sort_next()}")
        elif self._is_table():
            table = self.context.view.table
            table.sort(table.row_order.next(table.columns))

    def do_turn_order(self) -> None:
        """Reverses the order of the table."""
        if self._is_table():
            table = self.context.view.table
            table.sort(table.row_order.reversed())

    def do_meaning(self) -> None:
        """Switches to the next cell mode."""
        board = self.context.board
        board.cell_mode = board.cell_mode.next()
        self.context.session.cell_mode = board.cell_mode.setting_name
        board.rebuild()
        self.context.redraw()

    def do_form(self) -> None:
        """Switches to the next density of the heatmap, or zooms the timeline."""
        if self.context.view.is_timeline:
            self.context.view.timeline.zoom_next()
            return
        self._show_heatmap()
        heatmap = self.context.view.heatmap
        heatmap.density = heatmap.density.next()
        self.context.redraw()
        self.context.say(f"Density: {heatmap.density}")

    def do_group(self) -> None:
        """Groups the rows of the heatmap by the next kind of domain."""
        self._show_heatmap()
        board, groupings = self.context.board, list(Grouping)
        grouping = groupings[(groupings.index(board.grouping) + 1) % len(groupings)]
        board.grouping = grouping
        board.rebuild()
        self.context.redraw()
        kinds = {row.key.kind for row in board.full_grid.rows}
        if kinds and grouping not in kinds:
            shown = " and ".join(sorted(kinds))
            self.context.say(f"Azure reports no {grouping}s here: grouped by {shown}")
        else:
            self.context.say(f"Group by: {grouping}")

    def do_filter(self) -> None:
        """Opens the filter bar."""
        self.context.view.filter_bar.open()

    def do_problems_only(self) -> None:
        """Shows only instances with a problem, or all again."""
        board = self.context.board
        board.problems_only = not board.problems_only
        board.rebuild()
        if board.problems_only and not board.shown_grid.rows:
            board.problems_only = False
            board.rebuild()
            self.context.say("No problems: no instance is failed, unhealthy or unknown")
        self.context.redraw()

    def do_refresh(self) -> None:
        """Reads the scale set again as soon as the request budget allows."""
        self.context.refresh()

    def filter_changed(self, message: FilterBar.Changed) -> None:
        """Applies the filter while it is typed."""
        self._set_filter(message.filter)

    def filter_closed(self) -> None:
        """Gives the focus back to the instances."""
        self.context.view.cells.focus()

    def close_panel(self) -> bool:
        """Removes the filter, else hides the hint of the demo."""
        view = self.context.view
        if view.filter_bar.display or self.context.board.filter_text:
            self._clear_filter()
        else:
            return view.demo_hint.dismiss()
        return True

    def _clear_filter(self) -> None:
        self.context.view.filter_bar.close()
        self.context.board.problems_only = False
        self._set_filter(Filter())
        self.context.view.cells.focus()

    def _set_filter(self, instance_filter: Filter) -> None:
        self.context.board.filter = instance_filter
        self.context.board.rebuild()
        self.context.redraw()

    def _is_table(self) -> bool:
        if not self.context.view.table.display:
            self.context.say("Only the table can be sorted: o shows it")
        return self.context.view.table.display

    def _show_heatmap(self) -> None:
        while not self.context.view.heatmap.display:
            self.do_table()

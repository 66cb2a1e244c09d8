"""How the instances of a scale set are shown: as a heatmap or as a table, and what both say."""

from vmss_tui.fleet.domains import Grouping
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.ui.commands.screen import CommandScreen
from vmss_tui.ui.instances.board import Board
from vmss_tui.ui.instances.cell_modes import CellMode
from vmss_tui.ui.instances.heatmap import Heatmap
from vmss_tui.ui.instances.table import InstanceTable
from vmss_tui.ui.text.reading_age import age_words
from vmss_tui.ui.widgets.footer import Legend
from vmss_tui.ui.widgets.instance_detail import Detail


class ViewingScreen(CommandScreen[None]):
    """A screen with two views of one board, of which one is shown."""

    view: LatestView | None = None
    """The newest that was told."""

    def __init__(self, scale_set: ScaleSetId) -> None:
        super().__init__()
        self.scale_set = scale_set
        self.board = Board()

    def on_mount(self) -> None:
        """Cells mean at first what the settings say."""
        self.board.cell_mode = CellMode.from_setting(self.session.cell)

    def age(self) -> str:
        """What a question says of a reading that is too old; empty while it is not."""
        now = self.session.now()
        return age_words(self.view, self.session.appearance, now) if self.view else ""

    def redraw(self) -> None:
        """Draws the board as it is now, and what tells about its cursor."""
        raise NotImplementedError

    @property
    def heatmap(self) -> Heatmap:
        """The cells."""
        return self.query_one(Heatmap)

    @property
    def table(self) -> InstanceTable:
        """The rows."""
        return self.query_one(InstanceTable)

    @property
    def cells(self) -> Heatmap | InstanceTable:
        """The view that is shown."""
        return self.table if self.table.display else self.heatmap

    @property
    def page(self) -> int:
        """Lines that PgDn goes down."""
        return max(1, self.cells.container_size.height - 2)

    def do_table(self) -> None:
        """The other view of the same reading; cursor, marks and filter stay."""
        table = not self.table.display
        self.table.display, self.heatmap.display = table, not table
        self.cells.focus()
        self.call_after_refresh(self.redraw)

    def do_sort(self) -> None:
        """By the next column."""
        if self._is_table():
            self.table.sort(self.table.sort_order.next(self.table.columns))

    def do_turn_order(self) -> None:
        """The other end first."""
        if self._is_table():
            self.table.sort(self.table.sort_order.reversed())

    def _is_table(self) -> bool:
        if not self.table.display:
            self.say("Only the table has an order: o shows it")
        return self.table.display

    def _show_heatmap(self) -> None:
        """Forms and groups of rows are the heatmap's."""
        if self.table.display:
            self.do_table()

    def do_meaning(self) -> None:
        """The next meaning of cells."""
        self.board.cell_mode = self.board.cell_mode.next()
        self.session.cell = self.board.cell_mode.setting_name
        self.board.rebuild()
        self.redraw()

    def do_form(self) -> None:
        """The next form of cells."""
        self._show_heatmap()
        self.heatmap.density = self.heatmap.density.next()
        self.redraw()
        self.say(f"Cells: {self.heatmap.density}")

    def do_group(self) -> None:
        """The next grouping of rows."""
        self._show_heatmap()
        every = list(Grouping)
        self.board.grouping = every[(every.index(self.board.grouping) + 1) % len(every)]
        self.board.rebuild()
        self.redraw()
        wanted, there = self.board.grouping, {row.key.kind for row in self.board.full_grid.rows}
        if there and wanted not in there:
            kinds = " and ".join(sorted(there))
            self.say(f"Azure reports no {wanted}s here: rows by {kinds}")
        else:
            self.say(f"Rows by {wanted}")

    def do_detail(self) -> None:
        """Shows the detail pane, or hides it."""
        self.query_one(Detail).toggle_class("-open")
        self.set_class(self.query_one(Detail).has_class("-open"), "-detail")
        self.redraw()

    def redraw_foot(self) -> None:
        """The legend follows what cells mean."""
        self.query_one(Legend).look_again()

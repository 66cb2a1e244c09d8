"""The base class of screens that are one table: title, notice, rows, footer."""

from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from rich.text import Text
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import DataTable

from vmss_tui.text import cell
from vmss_tui.ui.commands.screen import CommandScreen
from vmss_tui.ui.drawing.static_text import StaticText
from vmss_tui.ui.widgets.footer import Footer
from vmss_tui.ui.widgets.header import Part, justified_line

Result = TypeVar("Result")


class RowTable(DataTable[Text]):
    """A table in which Home and End go to the first and the last row."""

    def action_scroll_home(self) -> None:
        """Goes to the first row."""
        self.action_scroll_top()

    def action_scroll_end(self) -> None:
        """Goes to the last row."""
        self.action_scroll_bottom()


class TableScreen(CommandScreen[Result], Generic[Result]):
    """A table of rows with keys. The cursor stays on its key when rows are added, removed or
    moved. A derived screen handles the commands `open` and `refresh` and sets the title."""

    COLUMNS: ClassVar[Sequence[str]]
    columns: tuple[str, ...] = ()
    """The columns that are shown."""
    _title_parts: tuple[list[Part], list[Part]] = ([], [])

    def compose(self) -> ComposeResult:
        """Title, notice, table, footer."""
        yield StaticText(id="title")
        yield StaticText(id="notice")
        yield RowTable(cursor_type="row")
        yield Footer(self.COMMAND_SCOPE, self.command_context, self.session.keys)

    def on_mount(self) -> None:
        """Reads the rows."""
        self.set_columns(self.COLUMNS)
        self.table.focus()
        self.handlers["refresh"]()

    def on_resize(self) -> None:
        """Fits the title to the width."""
        self._draw_title()

    @property
    def table(self) -> RowTable:
        """The table."""
        return self.query_one(RowTable)

    def set_columns(self, names: Sequence[str]) -> None:
        """Shows these columns; removes all rows."""
        self.columns = tuple(names)
        self.table.clear(columns=True)
        for name in names:
            self.table.add_column(Text(name), key=name)

    def set_rows(self, rows: dict[str, list[Text]]) -> None:
        """Shows these rows by key, in columns as wide as their cells. The table itself would
        measure cells only when idle, and cache lines that it drew before."""
        table, cursor_key = self.table, self.cursor_key
        table.clear()
        for index, column in enumerate(table.ordered_columns):
            widths = (cells[index].cell_len for cells in rows.values())
            column.width = max(column.label.cell_len, *widths, 0)
            column.auto_width = False
        for key, cells in rows.items():
            table.add_row(*cells, key=key)
        keys = list(rows)
        row = keys.index(cursor_key) if cursor_key in keys else 0
        table.move_cursor(row=row, animate=False)

    @property
    def cursor_key(self) -> str:
        """The key of the cursor's row; empty where there is none."""
        table = self.table
        if not 0 <= table.cursor_row < table.row_count:
            return ""
        return table.coordinate_to_cell_key(table.cursor_coordinate).row_key.value or ""

    def show_notice(self, text: str) -> None:
        """Shows a text above the rows; hides it where it is empty."""
        notice = self.query_one("#notice", StaticText)
        notice.display = bool(text)
        notice.set_content(Content(f" {cell(text, 400)}"))

    def set_title(self, left: list[Part], right: list[Part]) -> None:
        """Shows these parts in the title line, after the program's name."""
        self._title_parts = left, right
        self._draw_title()

    def _draw_title(self) -> None:
        left, right = self._title_parts
        title = justified_line([Part("vmss-tui", "$quiet"), *left], right, self.size.width)
        self.query_one("#title", StaticText).set_content(title)

    def on_data_table_row_selected(self) -> None:
        """Enter, or a click on the cursor's row."""
        if self.is_active:  # Enter may come twice
            self.handlers["open"]()

    def do_down(self) -> None:
        """Moves a row down."""
        self.table.action_cursor_down()

    def do_up(self) -> None:
        """Moves a row up."""
        self.table.action_cursor_up()

    def do_first(self) -> None:
        """Moves to the first row."""
        self.table.move_cursor(row=0)

    def do_last(self) -> None:
        """Moves to the last row."""
        self.table.move_cursor(row=self.table.row_count - 1)

    def do_page_up(self) -> None:
        """Moves a page up."""
        self.table.action_page_up()

    def do_page_down(self) -> None:
        """Moves a page down."""
        self.table.action_page_down()

"""A table that fills the screen: title, notice, rows, keys. What a row says belongs to others."""

from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from rich.text import Text
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import DataTable

from vmss_tui.text import cell
from vmss_tui.ui.commands.screen import CommandScreen
from vmss_tui.ui.drawing.static_text import StaticText
from vmss_tui.ui.widgets.footer import Hints
from vmss_tui.ui.widgets.header import Part, line

Result = TypeVar("Result")


class Rows(DataTable[Text]):
    """Home and End go to the first and the last row, as the table of keys says."""

    def action_scroll_home(self) -> None:
        """To the first row."""
        self.action_scroll_top()

    def action_scroll_end(self) -> None:
        """To the last row."""
        self.action_scroll_bottom()


class TableScreen(CommandScreen[Result], Generic[Result]):
    """Choose a row. The cursor follows the row's key when rows come, go or move."""

    COLUMNS: ClassVar[Sequence[str]]
    columns: tuple[str, ...] = ()
    """Those that are shown now."""

    def compose(self) -> ComposeResult:
        """Title, notice, table, keys."""
        yield StaticText(id="title")
        yield StaticText(id="notice")
        yield Rows(cursor_type="row")
        yield Hints(self.COMMAND_SCOPE, self.standing, self.session.keys)

    def on_mount(self) -> None:
        """Asks for the rows."""
        self.set_columns(self.COLUMNS)
        self.table.focus()
        self.say_title()
        self.do_refresh()

    def on_resize(self) -> None:
        """The title follows the width."""
        self.say_title()

    @property
    def table(self) -> Rows:
        """The rows."""
        return self.query_one(Rows)

    def set_columns(self, names: Sequence[str]) -> None:
        """These columns from now on; takes every row away."""
        self.columns = tuple(names)
        self.table.clear(columns=True)
        for name in names:
            self.table.add_column(Text(name), key=name)

    def fill(self, rows: dict[str, list[Text]]) -> None:
        """These rows by their keys, in this order, in columns as wide as they need. The table
        would measure them only when idle, and keep lines that were drawn before that."""
        table, at = self.table, self.row_key
        table.clear()
        for place, column in enumerate(table.ordered_columns):
            widths = (cells[place].cell_len for cells in rows.values())
            column.width = max(column.label.cell_len, *widths, 0)
            column.auto_width = False
        for key, cells in rows.items():
            table.add_row(*cells, key=key)
        keys = list(rows)
        table.move_cursor(row=keys.index(at) if at in keys else 0, animate=False)

    @property
    def row_key(self) -> str:
        """Of the cursor's row; empty while there is none."""
        table = self.table
        if not 0 <= table.cursor_row < table.row_count:
            return ""
        return table.coordinate_to_cell_key(table.cursor_coordinate).row_key.value or ""

    def notice(self, words: str) -> None:
        """What is wrong or missing, above the rows."""
        notice = self.query_one("#notice", StaticText)
        notice.display = bool(words)
        notice.set_content(Content(f" {cell(words, 400)}"))

    def heading(self) -> tuple[list[Part], list[Part]]:
        """The title's words, left and right."""
        raise NotImplementedError

    def say_title(self) -> None:
        """Writes the title as it is now."""
        left, right = self.heading()
        words = line([Part("vmss-tui", "$quiet"), *left], right, self.size.width)
        self.query_one("#title", StaticText).set_content(words)

    def on_data_table_row_selected(self) -> None:
        """Enter, or a click on the cursor's row."""
        if self.is_active:  # Enter may come twice
            self.do_open()

    def do_open(self) -> None:
        """Opens the cursor's row."""
        raise NotImplementedError

    def do_refresh(self) -> None:
        """Asks for the rows again."""
        raise NotImplementedError

    def do_down(self) -> None:
        """Down a row."""
        self.table.action_cursor_down()

    def do_up(self) -> None:
        """Up a row."""
        self.table.action_cursor_up()

    def do_first(self) -> None:
        """To the first row."""
        self.table.move_cursor(row=0)

    def do_last(self) -> None:
        """To the last row."""
        self.table.move_cursor(row=self.table.row_count - 1)

    def do_page_up(self) -> None:
        """Up a page."""
        self.table.action_page_up()

    def do_page_down(self) -> None:
        """Down a page."""
        self.table.action_page_down()

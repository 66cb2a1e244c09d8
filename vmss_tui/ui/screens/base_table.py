"""The base class of screens that are one list: title, filter, framed rows, footer."""

from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from vmss_tui.text import cell
from vmss_tui.ui.commands.bindings import COMMANDS_BY_ID, key_labels
from vmss_tui.ui.commands.screen import CommandScreen
from vmss_tui.ui.drawing.static_text import StaticText
from vmss_tui.ui.lists.list_columns import Cell, ListColumn, ListOrder, ListSource, RowMarks
from vmss_tui.ui.lists.list_table import ListTable
from vmss_tui.ui.widgets.footer import Footer
from vmss_tui.ui.widgets.frame import Frame
from vmss_tui.ui.widgets.header import Part, justified_line, product_badge

Result = TypeVar("Result")
_LOW, _FLAT = 16, 12
"""Under these heights the filter's line and the footer are hidden."""


class TableScreen(CommandScreen[Result], Generic[Result]):
    """A list with keys. A derived screen handles the commands `open` and `refresh`, sets the title
    and implements `update_rows`, `draw_cell` and `draw_total`."""

    COLUMNS: ClassVar[Sequence[ListColumn]]
    TITLE_TEXT: ClassVar[str]
    FILTER_HINT: ClassVar[str]
    """The filter's words, for the line above the rows."""
    CORNER_COMMANDS: ClassVar[Sequence[str]] = ("sort", "turn-order")
    HAS_TOTALS: ClassVar[bool] = False
    _title_parts: tuple[list[Part], list[Part]] = ([], [])
    filter_text: str = ""

    def compose(self) -> ComposeResult:
        """Title, filter, notice, frame with the table, footer."""
        yield StaticText(id="title")
        with Horizontal(id="filter-line"):
            yield StaticText(id="filter-hint")
            yield StaticText(id="filter-sign")
            yield Input(id="filter", compact=True)
            yield StaticText(id="filter-result")
        yield StaticText(id="notice")
        yield from self.compose_above()
        source = ListSource(self.draw_cell, self.draw_total, self.row_marks)
        table = ListTable(self.COLUMNS, self.session.appearance, source, has_totals=self.HAS_TOTALS)
        yield Frame([table], self.session.appearance)
        yield Footer(self.COMMAND_SCOPE, self.command_context, self.session.keys)

    def compose_above(self) -> Sequence[Widget]:
        """Widgets between the notice and the frame."""
        return ()

    def on_mount(self) -> None:
        """Reads the rows."""
        self.query_one(Frame).set_title(Content.styled(self.TITLE_TEXT, "bold $foreground"))
        self.query_one("#filter-sign", StaticText).set_content(Content.styled(" / ", "bold $key"))
        self._draw_corner()
        self._draw_filter_line()
        self.table.focus()
        self.handlers["refresh"]()

    def on_resize(self) -> None:
        """Fits the title to the width, and hides lines on a low terminal."""
        height = self.size.height
        self.set_class(height < _LOW, "-low")
        self.set_class(height < _FLAT, "-flat")
        self._draw_title()
        self._draw_corner()
        self._draw_filter_line()

    @property
    def table(self) -> ListTable:
        """The table."""
        return self.query_one(ListTable)

    @property
    def cursor_key(self) -> str:
        """The key of the cursor's row; empty where there is none."""
        return self.table.cursor_key

    # What a derived screen implements

    def update_rows(self) -> None:
        """Filters and sorts the rows again, and shows them in `table.order`."""
        raise NotImplementedError

    def draw_cell(self, key: str, column: str, width: int) -> Cell:
        """A cell of a row."""
        raise NotImplementedError

    def draw_total(self, column: str, width: int) -> Cell:
        """A cell of the line of totals."""
        return ()

    def row_marks(self, key: str) -> RowMarks:
        """The marks before a row."""
        return RowMarks()

    def edge_texts(self) -> tuple[Content, Content]:
        """Texts of the lower edge of the frame: left and right."""
        return Content(""), Content(self._position_text())

    # Drawing

    def set_order(self, order: ListOrder) -> None:
        """Sorts the rows; the cursor stays on its row."""
        self.table.order = order
        self.update_rows()

    def show_notice(self, text: str) -> None:
        """Shows a text above the rows; hides it where it is empty."""
        notice = self.query_one("#notice", StaticText)
        notice.display = bool(text)
        notice.set_content(Content(cell(text, 400)))

    def set_title(self, left: list[Part], right: list[Part]) -> None:
        """Shows these parts in the title line, after the program's name."""
        self._title_parts = left, right
        self._draw_title()

    def set_filter_result(self, text: str, *, is_error: bool = False) -> None:
        """Shows how many rows pass the filter, or what is wrong with it."""
        style = "bold $tone-unhealthy" if is_error else "$quiet"
        content = Content.styled(f" {cell(text, 120)} ", style) if text else Content("")
        self.query_one("#filter-result", StaticText).set_content(content)

    def draw_edges(self) -> None:
        """Draws the texts in the frame's lower edge."""
        left, right = self.edge_texts()
        self.query_one(Frame).set_keys(left, right)
        self.query_one(Footer).update_content()

    def _position_text(self) -> str:
        table = self.table
        total, visible = len(table.keys), len(table.visible_keys)
        if not total or visible == total:
            return f"{total:,}" if total else ""
        first = round(table.scroll_y) + 1
        return f"rows {first:,} to {first + visible - 1:,} of {total:,}"

    def _draw_title(self) -> None:
        left, right = self._title_parts
        badge = product_badge(is_plain=self.app.theme == "vmss-mono")
        rest = justified_line(left, right, max(1, self.size.width - badge.cell_length))
        title = Content.assemble(badge, rest)
        self.query_one("#title", StaticText).set_content(title)

    def _draw_corner(self) -> None:
        """The keys that concern the whole table, where there is room for them."""
        parts: list[Content] = []
        for command_id in self.CORNER_COMMANDS if self.size.width >= 60 else ():
            command = COMMANDS_BY_ID[command_id]
            key = key_labels(command, self.session.keys.get(command_id))[0]
            label = command.footer_label or command.title
            parts.append(Content.assemble((key, "bold $key"), (f" {label}", "$quiet")))
        self.query_one(Frame).set_corner(Content("  ").join(parts))

    def _draw_filter_line(self) -> None:
        key = key_labels(COMMANDS_BY_ID["filter"], self.session.keys.get("filter"))[0]
        hint = Content.assemble((f" {key}", "bold $key"), (f" {self.FILTER_HINT}", "$quiet"))
        if self.filter_text:
            back = key_labels(COMMANDS_BY_ID["back"], self.session.keys.get("back"))[0]
            hint = Content.assemble(
                (f" {key} ", "bold $key"), (cell(self.filter_text, 80), "bold"),
                (f"  {back} shows all", "$quiet"),
            )  # fmt: skip
        self.query_one("#filter-hint", StaticText).set_content(hint)

    def on_list_table_view_changed(self) -> None:
        """Draws what depends on the cursor and on the rows in view."""
        self.draw_edges()

    def on_list_table_heading_clicked(self, message: ListTable.HeadingClicked) -> None:
        """Sorts by the clicked heading, a second time in reverse."""
        self.set_order(self.table.order.by(message.column))

    def on_list_table_row_chosen(self) -> None:
        """Opens the row that was clicked."""
        if self.is_active:
            self.handlers["open"]()

    # Filter

    def do_filter(self) -> None:
        """Opens the filter."""
        self.add_class("-filtering")
        self.query_one("#filter", Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Applies the filter while it is typed."""
        self.filter_text = event.value.strip()
        self._draw_filter_line()
        self.update_rows()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Closes the input; the filter stays."""
        self._close_filter()

    def on_key(self, event: events.Key) -> None:
        """Up and down leave the filter's input for the rows."""
        if event.key in ("up", "down") and isinstance(self.focused, Input):
            self._close_filter()

    def set_filter(self, text: str) -> None:
        """Shows the rows that this filter matches."""
        self.query_one("#filter", Input).value = text

    def clear_filter(self) -> bool:
        """Closes the filter and shows all rows; False where there is no filter."""
        if not self.filter_text and not self.has_class("-filtering"):
            return False
        self.query_one("#filter", Input).value = ""
        self._close_filter()
        return True

    def _close_filter(self) -> None:
        self.remove_class("-filtering")
        self._draw_filter_line()
        self.table.focus()

    # Commands

    def do_sort(self) -> None:
        """Sorts by the next column."""
        self.set_order(self.table.order.next(self.table.columns or self.COLUMNS))

    def do_turn_order(self) -> None:
        """Reverses the order."""
        self.set_order(self.table.order.reversed())

    def sort_by(self, column_id: str) -> None:
        """Sorts by a column, a second time in reverse."""
        column = next(column for column in self.COLUMNS if column.id == column_id)
        self.set_order(self.table.order.by(column))

    def do_down(self) -> None:
        """Moves a row down."""
        self.table.move_to(self.table.cursor_row + 1)

    def do_up(self) -> None:
        """Moves a row up."""
        self.table.move_to(self.table.cursor_row - 1)

    def do_first(self) -> None:
        """Moves to the first row."""
        self.table.move_to(0)

    def do_last(self) -> None:
        """Moves to the last row."""
        self.table.move_to(len(self.table.keys) - 1)

    def do_page_up(self) -> None:
        """Moves a page up."""
        self.table.move_to(self.table.cursor_row - self.table.page)

    def do_page_down(self) -> None:
        """Moves a page down."""
        self.table.move_to(self.table.cursor_row + self.table.page)

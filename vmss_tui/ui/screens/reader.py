"""A long text to read: JSON, help. Nothing can be changed here."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from vmss_tui.text import cell
from vmss_tui.ui.commanded import SHEET


class ReaderScreen(ModalScreen[None]):
    """Shows a text until it is closed."""

    CSS_PATH = SHEET

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,question_mark", "close", "close", show=False),
        Binding("j,down", "scroll(1)", "down", show=False),
        Binding("k,up", "scroll(-1)", "up", show=False),
        Binding("space,pagedown", "page(1)", "page down", show=False),
        Binding("b,pageup", "page(-1)", "page up", show=False),
        Binding("g,home", "end(-1)", "first", show=False),
        Binding("G,end", "end(1)", "last", show=False),
    ]

    def __init__(self, title: str, body: Content) -> None:
        super().__init__()
        self._title, self._body = title, body

    def compose(self) -> ComposeResult:
        """Title, text, how to leave."""
        with Vertical(classes="sheet"):
            yield Static(Content(cell(self._title, 120)), markup=False, classes="sheet-title")
            with VerticalScroll(can_focus=True):
                yield Static(self._body, markup=False)
            yield Static(Content("j k scroll   esc closes"), markup=False, classes="sheet-foot")

    def on_mount(self) -> None:
        """Keys scroll at once."""
        self._text.focus()

    def action_close(self) -> None:
        """Back to where it was opened."""
        self.dismiss(None)

    def action_scroll(self, lines: int) -> None:
        """By lines."""
        self._text.scroll_relative(y=lines, animate=False)

    def action_page(self, pages: int) -> None:
        """By pages."""
        self._text.scroll_relative(y=pages * self._text.size.height, animate=False)

    def action_end(self, which: int) -> None:
        """To the beginning or the end."""
        self._text.scroll_to(y=0 if which < 0 else self._text.max_scroll_y, animate=False)

    @property
    def _text(self) -> VerticalScroll:
        return self.query_one(VerticalScroll)

"""A long text to read: JSON, help. Nothing can be changed here."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from vmss_tui.text import cell
from vmss_tui.ui.screens.sheet import SheetScreen
from vmss_tui.ui.widgets.hung import Hung


class ReaderScreen(SheetScreen):
    """Shows a text until it is closed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "close", "close", show=False),
    ]

    def __init__(self, title: str, body: Content) -> None:
        super().__init__()
        self._title, self._body = title, body

    def compose(self) -> ComposeResult:
        """Title, text, how to leave."""
        with Vertical(classes="sheet"):
            yield Static(Content(cell(self._title, 120)), markup=False, classes="sheet-title")
            with VerticalScroll(can_focus=True):
                yield Hung(self._body)
            yield Static(Content("j k scroll   esc closes"), markup=False, classes="sheet-foot")

    @property
    def scrolled(self) -> VerticalScroll:
        """The text."""
        return self.query_one(VerticalScroll)

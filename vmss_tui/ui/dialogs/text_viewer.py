"""A long text to read: JSON, help. Nothing can be changed here."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from vmss_tui.text import cell
from vmss_tui.ui.dialogs.base_sheet import SheetScreen
from vmss_tui.ui.drawing.hanging_text import HangingText


class TextViewer(SheetScreen):
    """Shows a text until it is closed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "close", "close", show=False),
        Binding("c", "copy", "copy", show=False),
    ]

    def __init__(self, title: str, body: Content, *, copy_text: str = "") -> None:
        """`copies` is what most people want of the text; empty where that is nothing."""
        super().__init__()
        self._title, self._body, self._copy_text = title, body, copy_text

    def compose(self) -> ComposeResult:
        """Title, text, how to leave."""
        with Vertical(classes="sheet"):
            yield Static(Content(cell(self._title, 120)), markup=False, classes="sheet-title")
            with VerticalScroll(can_focus=True):
                yield HangingText(self._body)
            yield Static(self._foot("c copies"), markup=False, classes="sheet-foot")

    @property
    def scrolled(self) -> VerticalScroll:
        """The text."""
        return self.query_one(VerticalScroll)

    def action_copy(self) -> None:
        """Copies, and says so; no terminal tells whether it took it, so the words stay."""
        if self._copy_text:
            self.app.copy_to_clipboard(self._copy_text)
            self.query_one(".sheet-foot", Static).update(self._foot("copied"))

    def _foot(self, word: str) -> Content:
        copies = f"{word} {cell(self._copy_text, 60)}   " if self._copy_text else ""
        return Content(f"{copies}j k scroll   esc closes")

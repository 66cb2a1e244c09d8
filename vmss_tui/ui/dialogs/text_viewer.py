"""A viewer of long texts such as JSON or the help."""

import os
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from vmss_tui.text import cell
from vmss_tui.ui.dialogs.base_sheet import SheetScreen
from vmss_tui.ui.drawing.hanging_text import HangingText
from vmss_tui.ui.terminal.output import clipboard_sequence, takes_clipboard


class TextViewer(SheetScreen):
    """Shows a text until it is closed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "close", "close", show=False),
        Binding("c", "copy", "copy", show=False),
    ]

    def __init__(self, title: str, body: Content, *, copy_text: str = "") -> None:
        """`copy_text` is what `c` copies; empty if there is nothing to copy."""
        super().__init__()
        self.heading, self._body, self._copy_text = title, body, copy_text

    def compose(self) -> ComposeResult:
        """Title, text, keys."""
        with Vertical(classes="sheet"):
            yield Static(Content(cell(self.heading, 120)), markup=False, classes="sheet-title")
            with VerticalScroll(can_focus=True):
                yield HangingText(self._body)
            yield Static(self._foot("c copies"), markup=False, classes="sheet-foot")

    @property
    def scroll_target(self) -> VerticalScroll:
        """The text."""
        return self.query_one(VerticalScroll)

    def action_copy(self) -> None:
        """Copies and notes it. A terminal does not report success, so the text stays visible."""
        if not self._copy_text:
            return
        self.app.copy_to_clipboard(self._copy_text)
        if takes_clipboard(os.environ):
            self.query_one(".sheet-foot", Static).update(self._foot("copied"))
        elif clipboard_sequence(self._copy_text, os.environ) is not None:
            sent = "sent to the terminal; if nothing arrives, select it:"
            self.query_one(".sheet-foot", Static).update(self._foot(sent))

    def _foot(self, word: str) -> Content:
        copies = f"{word} {cell(self._copy_text, 60)}   " if self._copy_text else ""
        return Content(f"{copies}j k scroll   esc closes")

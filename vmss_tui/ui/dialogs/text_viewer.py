"""A viewer of long texts such as JSON or the help."""

import os
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content

from vmss_tui.text import cell
from vmss_tui.ui.dialogs.base_sheet import SheetScreen
from vmss_tui.ui.dialogs.dialog_frame import DialogFrame, key_hints
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
        yield DialogFrame(
            VerticalScroll(HangingText(self._body), can_focus=True),
            title=self.heading,
            keys=self._keys("copy"),
        )

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
            self.query_one(DialogFrame).set_keys(self._keys("copied"))
        elif clipboard_sequence(self._copy_text, os.environ) is not None:
            sent = "sent to the terminal; if nothing arrives, select it:"
            self.query_one(DialogFrame).set_keys(self._keys(sent))

    def _keys(self, text: str) -> Content:
        copies = [("c", f"{text} {cell(self._copy_text, 60)}")] if self._copy_text else []
        return key_hints(*copies, ("j k", "scroll"), ("esc", "close"))

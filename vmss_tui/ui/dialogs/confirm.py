"""The confirmation before a change. The focus starts on Cancel.

Small changes are confirmed by `y`, larger ones by typing the scale set's name. Enter alone never
confirms, and neither does pasted text.
"""

from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Input, Static

from vmss_tui.ui.drawing.hanging_text import HangingText
from vmss_tui.ui.layers import Dialog

_SCROLL_KEYS = ("j", "k")


@dataclass(frozen=True, slots=True)
class Question:
    """A question. `required_name` must be typed exactly to confirm; without one `y` confirms."""

    title: str
    body: Content
    action: str
    required_name: str | None = None


class TypedInput(Input):
    """An input that takes no pasted text."""

    class PasteRefused(Message):
        """Text was pasted."""

    def on_paste(self, event: events.Paste) -> None:
        """Refuses pasted text."""
        event.prevent_default()
        event.stop()
        self.action_paste()

    def action_paste(self) -> None:
        """Refuses the text of the clipboard."""
        self.post_message(self.PasteRefused())


class ConfirmScreen(Dialog[bool]):
    """Asks a question; the result is True only for an explicit confirmation."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "no", "cancel", show=False),
        Binding("y", "yes", "yes", show=False),
        Binding("j,down", "scroll(1)", "down", show=False),
        Binding("k,up", "scroll(-1)", "up", show=False),
        Binding("pagedown", "scroll(10)", "page down", show=False),
        Binding("pageup", "scroll(-10)", "page up", show=False),
    ]

    def __init__(self, question: Question) -> None:
        super().__init__()
        self.question = question

    def compose(self) -> ComposeResult:
        """The question, the instructions, Cancel, and an input if a name is required."""
        question = self.question
        with Vertical(classes="sheet"):
            yield Static(Content(question.title), markup=False, classes="sheet-title")
            with VerticalScroll(can_focus=False):
                yield HangingText(question.body)
            yield Static(self._instructions(), markup=False, id="how", classes="key-hint")
            with Horizontal(classes="answer"):
                yield Button(Content("Cancel"), id="cancel", compact=True)
                if question.required_name is not None:
                    yield TypedInput(
                        id="name", placeholder=f"type {question.required_name}", compact=True
                    )

    def _instructions(self) -> Content:
        question = self.question
        if question.required_name is None:
            return Content.assemble(("y", "bold $accent"), f" {question.action}   j k scroll")
        return Content.assemble(
            ("tab", "bold $accent"), " to the field, type ", (question.required_name, "bold"),
            ", Enter: ", question.action, "   j k scroll",
        )  # fmt: skip

    def on_mount(self) -> None:
        """Focuses Cancel."""
        self.query_one("#cancel", Button).focus()

    def show_body(self, body: Content) -> None:
        """Replaces the body: what it says has changed."""
        self.query_one(HangingText).set_content(body)

    def on_button_pressed(self) -> None:
        """Cancels: there is no other button."""
        self.dismiss(False)

    @on(events.Paste)
    @on(TypedInput.PasteRefused)
    def refuse_paste(self) -> None:
        """Says why pasted text has no effect."""
        name = self.question.required_name
        how = "press y" if name is None else f"press tab, then type {name}"
        self._warn(f"Pasted text does not confirm: {how}")

    def on_key(self, event: events.Key) -> None:
        """Says how to confirm where the name is typed while Cancel has the focus."""
        name, is_command = self.question.required_name, event.key in _SCROLL_KEYS
        if name is not None and event.is_printable and not is_command:
            self._warn(f"Press tab to go to the field first, then type {name}")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Confirms if the name is exact."""
        if event.value == self.question.required_name:
            self.dismiss(True)
            return
        self._warn(f"That is not {self.question.required_name}")

    def action_yes(self) -> None:
        """Confirms, unless a name is required."""
        if self.question.required_name is None:
            self.dismiss(True)

    def _warn(self, text: str) -> None:
        """Shows a warning; it replaces the one before."""
        self.app.clear_notifications()
        self.notify(text, severity="warning", markup=False, timeout=6)

    def action_no(self) -> None:
        """Cancels."""
        self.dismiss(False)

    def action_scroll(self, lines: int) -> None:
        """Scrolls the question while Cancel keeps the focus."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

"""The confirmation before a change. The focus starts on Cancel.

Small changes are confirmed by `y`, larger ones by typing the scale set's name. Enter alone never
confirms, and neither does pasted text.
"""

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Static

from vmss_tui.ui.drawing.hanging_text import HangingText
from vmss_tui.ui.layers import Dialog


@dataclass(frozen=True, slots=True)
class Question:
    """A question. `required_name` must be typed exactly to confirm; without one `y` confirms."""

    title: str
    body: Content
    action: str
    required_name: str | None = None


class TypedInput(Input):
    """An input that ignores pasted text."""

    def on_paste(self, event: events.Paste) -> None:
        """Ignores pasted text."""
        event.prevent_default()
        event.stop()

    def action_paste(self) -> None:
        """Does nothing."""


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
            yield Static(self._instructions(), markup=False, id="how")
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

    def on_button_pressed(self) -> None:
        """Cancels: there is no other button."""
        self.dismiss(False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Confirms if the name is exact."""
        if event.value == self.question.required_name:
            self.dismiss(True)
            return
        self.notify(f"That is not {self.question.required_name}", severity="warning", markup=False)

    def action_yes(self) -> None:
        """Confirms, unless a name is required."""
        if self.question.required_name is None:
            self.dismiss(True)

    def action_no(self) -> None:
        """Cancels."""
        self.dismiss(False)

    def action_scroll(self, lines: int) -> None:
        """Scrolls the question while Cancel keeps the focus."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

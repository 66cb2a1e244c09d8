"""The last question before something changes. Cancel is where it starts.

Small things take a `y`, larger ones the scale set's name typed. Enter alone never confirms,
and neither does anything pasted.
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
    """What is asked. `name` must be typed exactly where it is given; else `y` says yes."""

    title: str
    body: Content
    action: str
    required_name: str | None = None


class TypedInput(Input):
    """An input that only takes what is typed."""

    def on_paste(self, event: events.Paste) -> None:
        """Ignores pasted text."""
        event.prevent_default()
        event.stop()

    def action_paste(self) -> None:
        """Pasting does nothing here."""


class ConfirmScreen(Dialog[bool]):
    """Asks; True only for a deliberate yes."""

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
        """What, the answer, and Cancel."""
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
        """Focus starts on Cancel."""
        self.query_one("#cancel", Button).focus()

    def on_button_pressed(self) -> None:
        """The only button is Cancel."""
        self.dismiss(False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Only the exact name says yes."""
        if event.value == self.question.required_name:
            self.dismiss(True)
            return
        self.notify(f"That is not {self.question.required_name}", severity="warning", markup=False)

    def action_yes(self) -> None:
        """`y`, where that is enough."""
        if self.question.required_name is None:
            self.dismiss(True)

    def action_no(self) -> None:
        """Nothing happens."""
        self.dismiss(False)

    def action_scroll(self, lines: int) -> None:
        """Reads on without leaving Cancel."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

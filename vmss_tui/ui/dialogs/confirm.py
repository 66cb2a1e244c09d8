"""The confirmation before a change. The focus starts on Cancel.

Small changes are confirmed by `y`, larger ones by typing the scale set's name. Enter without the
name cancels, and pasted text never confirms.
"""

from collections.abc import Collection
from typing import ClassVar, cast

from msgspec import Struct
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from vmss_tui.ui.dialogs.dialog_frame import DialogFrame, key_hints
from vmss_tui.ui.dialogs.lit_cells import cells_on, free_rows
from vmss_tui.ui.drawing.hanging_text import HangingText
from vmss_tui.ui.layers import Dialog
from vmss_tui.ui.session import HasSession

_SCROLL_KEYS = ("j", "k")
_PROMPT_COLUMNS = 44
"""Columns of the prompt; a longer name stands in the field only."""
_LEAST_ROWS = 18
"""Rows in which a question is still read without much scrolling."""


class Question(Struct, frozen=True):
    """A question. `required_name` must be typed exactly to confirm; without one `y` confirms."""

    title: str
    body: Content
    action: str
    required_name: str | None = None
    is_danger: bool = False
    """Something is lost that cannot be brought back: the frame is red."""
    name_of: str = "scale set name"
    """What `required_name` is."""
    instance_ids: Collection[str] = ()
    """Ids of the instances that are affected."""


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

    AUTO_FOCUS = "#cancel"
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
        self._refusal = ""
        """Why nothing confirms; empty where it can be confirmed."""
        self.lit_ids = question.instance_ids

    def compose(self) -> ComposeResult:
        """The question, the instructions, Cancel, and an input if a name is required."""
        question, name = self.question, self.question.required_name
        sign = cast(HasSession, self.app).session.appearance.sign("problem")
        rows: list[Widget] = []
        if name is not None:
            rows = [Horizontal(
                Static(self._prompt(), markup=False, id="prompt"),
                TypedInput(id="name", placeholder=name, compact=True),
                Static(self._typed_text(""), markup=False, id="typed", classes="key-label"),
                classes="answer",
            )]  # fmt: skip
        key, hint = ("y", "enter cancels") if name is None else ("enter", "enter on Cancel cancels")
        label = Static(f" {key} {question.action} ", markup=False, id="yes", classes="key-label")
        label.set_class(name is None, "-ready")
        cancel = Button(Content(" esc cancel "), id="cancel", compact=True)
        how = Static(Content(hint), markup=False, id="how", classes="key-hint")
        yield DialogFrame(
            VerticalScroll(HangingText(question.body), can_focus=False),
            *rows,
            Horizontal(label, cancel, how, classes="answer"),
            title=f"{sign} {question.title}" if question.is_danger else question.title,
            keys=key_hints(("esc", "cancel"), ("j k", "scroll")),
            is_danger=question.is_danger,
        )

    def _prompt(self) -> str:
        """The keys that confirm, in their order."""
        name, kind = self.question.required_name or "", self.question.name_of
        keys = f"Press tab, type {name}, press enter"
        is_short = len(keys) <= _PROMPT_COLUMNS
        return keys if is_short else f"Press tab, type the {kind}, press enter"

    def _typed_text(self, typed: str) -> Content:
        """How much of the required name is typed."""
        name = self.question.required_name or ""
        if not typed:
            return Content("")
        if typed == name:
            return Content("matches")
        if not name.startswith(typed):
            return Content.styled("does not match", "bold $tone-unhealthy")
        return Content(f"{len(typed)} of {len(name)}")

    def on_mount(self) -> None:
        """Focuses Cancel."""
        self.query_one("#cancel", Button).focus()
        self.call_after_refresh(self._leave_cells_free)

    def on_resize(self) -> None:
        """Places the question for the new size."""
        self.call_after_refresh(self._leave_cells_free)

    def _leave_cells_free(self) -> None:
        """Keeps the cells in question visible, where enough rows are left beside them: the body
        scrolls in those."""
        if not self.is_active:
            return
        background = self.app.screen_stack[-2]
        free = free_rows(cells_on(background, self.lit_ids), self.size.height, _LEAST_ROWS)
        frame, body = self.query_one(DialogFrame), self.query_one(VerticalScroll)
        self.styles.align_vertical = "top" if free and free.is_above else "bottom"
        around = frame.outer_size.height - body.outer_size.height + frame.styles.margin.bottom
        body.styles.max_height = free.height - around if free else None

    def show_body(self, body: Content) -> None:
        """Replaces the body: what it says has changed."""
        self.query_one(HangingText).set_content(body)

    def refuse(self, reason: str) -> None:
        """From now on nothing confirms, for this reason; an empty one changes nothing."""
        self._refusal = self._refusal or reason
        if self._refusal:
            self.query_one("#yes", Static).remove_class("-ready")

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

    def on_input_changed(self, event: Input.Changed) -> None:
        """Shows how much of the name is typed."""
        self.query_one("#typed", Static).update(self._typed_text(event.value))
        is_ready = event.value == self.question.required_name and not self._refusal
        self.query_one("#yes", Static).set_class(is_ready, "-ready")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Confirms if the name is exact."""
        if event.value == self.question.required_name:
            self._confirm()
            return
        self._warn(f"Name does not match: type {self.question.required_name}")

    def action_yes(self) -> None:
        """Confirms, unless a name is required."""
        if self.question.required_name is None:
            self._confirm()

    def _confirm(self) -> None:
        if self._refusal:
            self._warn(f"Refused: {self._refusal}")
        else:
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

"""The base of forms: labelled fields, the result of what is typed, and a button to submit.

The subclasses know the meaning of the fields; this module sends nothing.
"""

from collections.abc import Mapping
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Label, Static

from vmss_tui.text import cell
from vmss_tui.ui.layers import Dialog
from vmss_tui.ui.session import Session

Result = TypeVar("Result")
_TWO_COLUMN_WIDTH = 72
"""Columns of the screen from which forms may place fields in two columns."""


class FormScreen(Dialog[Result | None], Generic[Result]):
    """A form that is evaluated at every key. The result is None if the form was cancelled."""

    needs_quiet: ClassVar[bool] = False
    FIELDS: ClassVar[Mapping[str, str]]
    """Field id -> label, from top to bottom."""
    PLACEHOLDERS: ClassVar[Mapping[str, str]] = {}
    SUBMIT_LABEL: ClassVar[str]
    """Label of the button next to Cancel."""
    KEY_HINT: ClassVar[str] = "Enter or ctrl+s: review"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "close", show=False),
        Binding("pagedown", "scroll(5)", "down", show=False),
        Binding("pageup", "scroll(-5)", "up", show=False),
        Binding("ctrl+s", "submit", "review", show=False),
    ]

    def __init__(
        self, session: Session, title: str, values: Mapping[str, str], focused_field: str
    ) -> None:
        """`values` are the initial values of the fields; missing ones are empty."""
        super().__init__()
        self.session = session
        self._heading, self._values, self._focused_field = title, values, focused_field

    def compose(self) -> ComposeResult:
        """The fields, then their result, then the buttons."""
        with Vertical(classes="sheet"):
            yield Static(Content(self._heading), markup=False, classes="sheet-title")
            yield from self.compose_fields()
            yield from self.compose_preview()
            with VerticalScroll(can_focus=False, classes="form-result"):
                yield Static(markup=False, id="note")
                yield Static(markup=False, id="outcome")
            with Horizontal(classes="answer"):
                yield Button(Content("Cancel"), id="cancel", compact=True)
                yield Button(Content(self.SUBMIT_LABEL), id="go-on", compact=True)
                yield Static(Content(self.KEY_HINT), markup=False, id="how")

    def compose_fields(self) -> ComposeResult:
        """The fields, in the order of `FIELDS`."""
        with Vertical(classes="fields"):
            yield from map(self.field_row, self.FIELDS)

    def initial_value(self, field: str) -> str:
        """The value of a field before it was edited."""
        return self._values.get(field, "")

    def field_row(self, field: str) -> Horizontal:
        """A label and an input."""
        return Horizontal(
            Label(Content(self.FIELDS[field]), markup=False),
            Input(
                value=self.initial_value(field),
                placeholder=self.PLACEHOLDERS.get(field, ""),
                id=field,
                compact=True,
            ),
            classes="field",
        )

    def compose_preview(self) -> ComposeResult:
        """Widgets between the fields and the result; none in most forms."""
        return ()

    def on_mount(self) -> None:
        """Focuses the first field to edit, and shows the result of the initial values."""
        self.query_one("#note").display = False
        self.query_one(f"#{self._focused_field}", Input).focus()
        self.update_result()

    def on_resize(self) -> None:
        """Uses one column of fields on narrow screens."""
        self.set_class(self.size.width < _TWO_COLUMN_WIDTH, "-slim")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Shows the result at every key."""
        self.update_result()

    def on_input_submitted(self) -> None:
        """Enter submits the form, which asks for confirmation."""
        self.action_submit()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Cancels or submits the form."""
        if event.button.id == "go-on":
            self.action_submit()
        else:
            self.dismiss(None)

    def action_scroll(self, lines: int) -> None:
        """Scrolls the result while a field has the focus."""
        self.query_one(".form-result", VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_close(self) -> None:
        """Cancels the form."""
        self.dismiss(None)

    def action_submit(self) -> None:
        """Evaluates and submits the form."""
        if self.is_active:  # Enter may come twice
            self.update_result()
            self.submit()

    def evaluate(self, typed: Mapping[str, str]) -> None:
        """Shows the result of the typed values by `show_result`, or `show_error` for an invalid
        one."""
        raise NotImplementedError

    def submit(self) -> None:
        """Asks for confirmation, or dismisses the form with its result; does nothing if the typed
        values are invalid."""
        raise NotImplementedError

    def show_result(self, *lines: Content) -> None:
        """Shows the result of the form."""
        self.query_one("#outcome", Static).update(Content("\n").join(lines))

    def show_error(self, reason: str, field: str = "") -> None:
        """Shows why a value is invalid, and marks the field if one is named."""
        if field in self.FIELDS:
            self.query_one(f"#{field}", Input).set_class(True, "-wrong")
            reason = f"{self.FIELDS[field]}: {reason}"
        self.show_result(Content.styled(cell(reason, 600), "bold $tone-unhealthy"))

    def show_note(self, text: str) -> None:
        """Shows a note above the result; hides it if the text is empty."""
        widget = self.query_one("#note", Static)
        widget.display = bool(text)
        widget.update(Content.styled(cell(text, 300), "$quiet"))

    def update_result(self) -> None:
        """Evaluates the fields again."""
        inputs = {field: self.query_one(f"#{field}", Input) for field in self.FIELDS}
        for field_input in inputs.values():
            field_input.set_class(False, "-wrong")
        typed = {field: field_input.value.strip() for field, field_input in inputs.items()}
        self.evaluate(typed)

    def replace_initial_values(self, old: Mapping[str, str], new: Mapping[str, str]) -> None:
        """Replaces the initial values, and the typed ones that are still equal to the old."""
        with self.prevent(Input.Changed):
            for field in self.FIELDS:
                field_input = self.query_one(f"#{field}", Input)
                if field_input.value.strip() == old[field]:
                    field_input.value = new[field]
        self._values = new

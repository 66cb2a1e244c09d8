"""The base of forms: labelled fields with help, the result of what is typed, and a review.

The subclasses know the meaning of the fields; this module sends nothing.
"""

from collections.abc import Iterable, Mapping
from typing import ClassVar, Generic, TypeVar

from msgspec import Struct, field
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import DescendantFocus
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from vmss_tui.text import cell
from vmss_tui.ui.dialogs.dialog_frame import DialogFrame, key_hints
from vmss_tui.ui.drawing.hanging_text import HangingText
from vmss_tui.ui.drawing.static_text import StaticText
from vmss_tui.ui.forms.choice_field import ChoiceField
from vmss_tui.ui.layers import Dialog
from vmss_tui.ui.session import Session

Result = TypeVar("Result")
_TWO_COLUMN_WIDTH = 72
"""Columns of the screen from which forms may place fields in two columns."""
_UNITS_WIDTH = 100
"""Columns of the screen from which units stand beside the values."""
_HIGH_LINES = 30
"""Lines of the screen below which forms leave out what is not needed."""


class FormField(Struct, frozen=True):
    """How a field is shown."""

    label: str
    help: str = ""
    """One or two sentences, shown while the field has the focus."""
    unit: str = ""
    """What may be typed, right of the value: `% or count`."""
    azure_name: str = ""
    """Name of the property in Azure; empty where Azure has none."""
    default: str = ""
    placeholder: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    """Labels by value, for a field with few values; empty where any text can be typed."""


FieldWidget = Input | ChoiceField


class FormScreen(Dialog[Result | None], Generic[Result]):
    """A form that is evaluated at every key. The result is None if the form was cancelled."""

    needs_quiet: ClassVar[bool] = False
    AUTO_FOCUS = ""
    """Not the first field: the one that `on_mount` chooses, and keys before it go to none."""
    FIELDS: ClassVar[Mapping[str, FormField]]
    """Fields by id, in the order of Tab."""
    KEY_HINTS: ClassVar[tuple[tuple[str, str], ...]] = (
        ("tab", "next field"),
        ("enter", "review"),
        ("esc", "cancel"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "close", show=False),
        Binding("down", "app.focus_next", "next field", show=False),
        Binding("up", "app.focus_previous", "previous field", show=False),
        Binding("pagedown", "scroll(5)", "down", show=False),
        Binding("pageup", "scroll(-5)", "up", show=False),
        Binding("enter,ctrl+s", "submit", "review", show=False),
    ]

    def __init__(
        self, session: Session, title: str, values: Mapping[str, str], focused_field: str
    ) -> None:
        """`values` are the initial values of the fields; missing ones are empty."""
        super().__init__()
        self.session = session
        self._heading, self._values, self._focused_field = title, values, focused_field
        self._evaluated: Mapping[str, str] | None = None
        """The typed values whose result is shown."""

    def compose(self) -> ComposeResult:
        """The fields, an error, the result, and the help of the focused field."""
        yield self.form_frame(*self.compose_fields(), self.result_area())

    def form_frame(self, *children: Widget) -> DialogFrame:
        """The frame of the form: the widgets, then error, note and help."""
        return DialogFrame(
            *children,
            StaticText(id="error"),
            Vertical(StaticText(id="help-title"), StaticText(id="help"), classes="field-help"),
            title=self._heading,
            keys=key_hints(*self.KEY_HINTS),
        )

    def result_area(self) -> VerticalScroll:
        """The note and the result, which scroll."""
        return VerticalScroll(
            Static(markup=False, id="note"),
            HangingText(Content(""), id="outcome"),
            can_focus=False,
            classes="form-result",
        )

    def compose_fields(self) -> Iterable[Widget]:
        """The fields, in the order of `FIELDS`."""
        yield Vertical(*map(self.field_row, self.FIELDS), classes="fields")

    def initial_value(self, field: str) -> str:
        """The value of a field before it was edited."""
        return self._values.get(field, "")

    def field_row(self, field: str) -> Horizontal:
        """A label, an input or a choice, and a unit."""
        shown, value = self.FIELDS[field], self.initial_value(field)
        control: FieldWidget
        if shown.choices:
            control = ChoiceField(shown.choices, value, id=field)
        else:
            control = Input(value=value, placeholder=shown.placeholder, id=field, compact=True)
        unit = [Label(Content(shown.unit), markup=False, classes="unit")] if shown.unit else []
        return Horizontal(
            Label(Content(shown.label), markup=False, classes="name"),
            control,
            *unit,
            classes="field",
        )

    def field_widget(self, field: str) -> FieldWidget:
        """The input or the choice of a field."""
        widget = self.query_one(f"#{field}")
        assert isinstance(widget, Input | ChoiceField)
        return widget

    def value_of(self, field: str) -> str:
        """The value of a field as it is typed now, without blanks around it."""
        return self.field_widget(field).value.strip()

    def on_mount(self) -> None:
        """Focuses the first field to edit, and shows the result of the initial values."""
        self.query_one("#note").display = False
        self.query_one("#error").display = False
        self.field_widget(self._focused_field).focus()
        self.show_first_result()

    def on_resize(self) -> None:
        """Uses less room for labels, units and help on small screens."""
        width, height = self.size
        self.set_class(width < _TWO_COLUMN_WIDTH, "-slim")
        self.set_class(width < _UNITS_WIDTH, "-narrow")
        self.set_class(height < _HIGH_LINES, "-low")

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Shows the help of the focused field."""
        shown = self.FIELDS.get(event.widget.id or "")
        if shown is None:
            return
        for row in self.query(".field"):
            row.set_class(event.widget in row.children, "-focused")
        facts = [f"Azure: {shown.azure_name}."] if shown.azure_name else []
        facts += [f"Default: {shown.default}."] if shown.default else []
        self.query_one("#help-title", StaticText).set_content(
            Content.styled(shown.label, "bold $focus")
        )
        self.query_one("#help", StaticText).set_content(
            Content.assemble(shown.help, " " * bool(facts), (" ".join(facts), "$quiet"))
        )

    def on_input_changed(self, event: Input.Changed) -> None:
        """Shows the result at every key."""
        self._update_if_changed()

    @on(ChoiceField.ValueChanged)
    def show_chosen(self) -> None:
        """Shows the result of a chosen value."""
        self._update_if_changed()

    def on_input_submitted(self) -> None:
        """Enter submits the form, which asks for confirmation."""
        self.action_submit()

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
            for wrong in self.query(".-wrong"):
                wrong.focus()  # the line below the fields says what is wrong with it
                break

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
        self.query_one("#error").display = False
        self.show_outcome(*lines)

    def show_outcome(self, *lines: Content) -> None:
        """Replaces the result; an error that is shown stays."""
        self.query_one("#outcome", HangingText).set_content(Content("\n").join(lines))

    def show_error(self, reason: str, field: str = "") -> None:
        """Shows why a value is invalid, and marks the field if one is named."""
        if field in self.FIELDS:
            self.field_widget(field).set_class(True, "-wrong")
            reason = f"{self.FIELDS[field].label}: {reason}"
        self.show_result()
        error = self.query_one("#error", StaticText)
        error.display = True
        error.set_content(Content.styled(cell(reason, 600), "bold $tone-unhealthy"))

    def show_note(self, text: str) -> None:
        """Shows a note above the result; hides it if the text is empty."""
        widget = self.query_one("#note", Static)
        widget.display = bool(text)
        widget.update(Content.styled(cell(text, 300), "$quiet"))

    def show_first_result(self) -> None:
        """Shows the result of the initial values."""
        self.update_result()

    def update_result(self) -> None:
        """Evaluates the fields again."""
        for name in self.FIELDS:
            self.field_widget(name).set_class(False, "-wrong")
        self._evaluated = self._typed_values()
        self.evaluate(self._evaluated)

    def _update_if_changed(self) -> None:
        """Evaluates the fields unless that was done: each field reports its initial value too."""
        if self._typed_values() != self._evaluated:
            self.update_result()

    def _typed_values(self) -> dict[str, str]:
        return {name: self.value_of(name) for name in self.FIELDS}

    def replace_initial_values(self, old: Mapping[str, str], new: Mapping[str, str]) -> None:
        """Replaces the initial values, and the typed ones that are still equal to the old."""
        with self.prevent(Input.Changed, ChoiceField.ValueChanged):
            for name in self.FIELDS:
                widget = self.field_widget(name)
                if widget.value.strip() == old[name]:
                    widget.value = new[name]
        self._values = new

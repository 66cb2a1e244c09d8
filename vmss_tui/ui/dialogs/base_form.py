"""A form over the heatmap: a field a line, what it comes to, and a way on to the question.

What the fields mean belongs to the forms; here nothing is sent and nothing is decided.
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
_SLIM = 72
"""Below so many columns the fields of every form stand one under the other."""


class FormScreen(Dialog[Result | None], Generic[Result]):
    """Fields that are worked out at every key. None where the form was left."""

    FIELDS: ClassVar[Mapping[str, str]]
    """Field -> label, top to bottom."""
    PLACEHOLDERS: ClassVar[Mapping[str, str]] = {}
    GOES_ON: ClassVar[str]
    """What stands on the button beside Cancel."""
    HOW: ClassVar[str] = "Enter or ctrl+s: review"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "close", show=False),
        Binding("pagedown", "scroll(5)", "down", show=False),
        Binding("pageup", "scroll(-5)", "up", show=False),
        Binding("ctrl+s", "go_on", "review", show=False),
    ]

    def __init__(self, session: Session, title: str, values: Mapping[str, str], at: str) -> None:
        """`values` fill the fields; the focus starts in the field `at`."""
        super().__init__()
        self.session = session
        self._heading, self._values, self._at = title, values, at

    def compose(self) -> ComposeResult:
        """The fields, then what they come to."""
        with Vertical(classes="sheet"):
            yield Static(Content(self._heading), markup=False, classes="sheet-title")
            yield from self.fields()
            yield from self.drawn()
            with VerticalScroll(can_focus=False, classes="told"):
                yield Static(markup=False, id="note")
                yield Static(markup=False, id="outcome")
            with Horizontal(classes="answer"):
                yield Button(Content("Cancel"), id="cancel", compact=True)
                yield Button(Content(self.GOES_ON), id="go-on", compact=True)
                yield Static(Content(self.HOW), markup=False, id="how")

    def fields(self) -> ComposeResult:
        """The fields, in the order of the table."""
        with Vertical(classes="fields"):
            yield from map(self.field, self.FIELDS)

    def starting(self, field: str) -> str:
        """What the field had in it at the beginning."""
        return self._values.get(field, "")

    def field(self, field: str) -> Horizontal:
        """A label and what is typed beside it."""
        return Horizontal(
            Label(Content(self.FIELDS[field]), markup=False),
            Input(
                value=self.starting(field),
                placeholder=self.PLACEHOLDERS.get(field, ""),
                id=field,
                compact=True,
            ),
            classes="field",
        )

    def drawn(self) -> ComposeResult:
        """What stands between the fields and the words; nothing in most forms."""
        return ()

    def on_mount(self) -> None:
        """Starts where most people type, with what it comes to as it stands."""
        self.query_one("#note").display = False
        self.query_one(f"#{self._at}", Input).focus()
        self.again()

    def on_resize(self) -> None:
        """Two columns of fields need room."""
        self.set_class(self.size.width < _SLIM, "-slim")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Works out at every key what would come of it."""
        self.again()

    def on_input_submitted(self) -> None:
        """Enter only leads to the question."""
        self.action_go_on()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Cancel, or on to the question."""
        if event.button.id == "go-on":
            self.action_go_on()
        else:
            self.dismiss(None)

    def action_scroll(self, lines: int) -> None:
        """Reads on while a field has the focus."""
        self.query_one(".told", VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_close(self) -> None:
        """Leaves; nothing is sent."""
        self.dismiss(None)

    def action_go_on(self) -> None:
        """On to the question, where the form makes sense."""
        if self.is_active:  # Enter may come twice
            self.again()
            self.go_on()

    def work_out(self, typed: Mapping[str, str]) -> None:
        """What the fields come to now; told by `tell`, or `refuse` where one is wrong."""
        raise NotImplementedError

    def go_on(self) -> None:
        """Asks, or gives the result back, if there is one."""
        raise NotImplementedError

    def tell(self, *lines: Content) -> None:
        """What the form comes to."""
        self.query_one("#outcome", Static).update(Content("\n").join(lines))

    def refuse(self, words: str, field: str = "") -> None:
        """Something is wrong, at a field where one is named."""
        if field in self.FIELDS:
            self.query_one(f"#{field}", Input).set_class(True, "-wrong")
            words = f"{self.FIELDS[field]}: {words}"
        self.tell(Content.styled(cell(words, 600), "bold $tone-unhealthy"))

    def note(self, words: str) -> None:
        """Something to know while typing."""
        found = self.query_one("#note", Static)
        found.display = bool(words)
        found.update(Content.styled(cell(words, 300), "$quiet"))

    def again(self) -> None:
        """Works out anew what the fields come to."""
        fields = {field: self.query_one(f"#{field}", Input) for field in self.FIELDS}
        for typed in fields.values():
            typed.set_class(False, "-wrong")
        self.work_out({field: typed.value.strip() for field, typed in fields.items()})

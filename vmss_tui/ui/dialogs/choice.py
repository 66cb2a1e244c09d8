"""A dialog with a short list of options, chosen by letter or with Enter. Sends nothing."""

from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from vmss_tui.text import cell
from vmss_tui.ui.dialogs.dialog_frame import DialogFrame, key_hints
from vmss_tui.ui.drawing.choice_list import ChoiceList
from vmss_tui.ui.layers import Dialog

Value = TypeVar("Value")


class ChoiceScreen(Dialog[Value | None], Generic[Value]):
    """The result is the value of the chosen option; None if the dialog was closed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "close", "close", show=False),
        Binding("j", "move(1)", "down", show=False),
        Binding("k", "move(-1)", "up", show=False),
    ]

    def __init__(
        self,
        title: str,
        options: Sequence[tuple[str, str | Content, Value]],
        effect: str = "choose",
        *,
        note: str = "Nothing is sent yet.",
    ) -> None:
        """Each option is a letter, a text (`Content` is shown as it is), and the value that it
        stands for; `effect` is what choosing does, and `note` stands below the options, if any."""
        super().__init__()
        self._heading, self._options = title, tuple(options)
        self._effect, self._note = effect, note

    def compose(self) -> ComposeResult:
        """The title, the options, the keys."""
        note = Static(Content(self._note), markup=False, classes="sheet-foot key-hint")
        notes = [note] if self._note else []
        yield DialogFrame(
            ChoiceList(
                *(
                    Option(Content.assemble((f" {key}  ", "bold $key"), _text(text)))
                    for key, text, _ in self._options
                ),
                markup=False,
                compact=True,
            ),
            *notes,
            title=self._heading,
            keys=key_hints(("enter", f"or letter: {self._effect}"), ("esc", "close")),
        )

    def on_mount(self) -> None:
        """Focuses the list, with the first option highlighted."""
        self.query_one(ChoiceList).focus()
        self.query_one(ChoiceList).highlighted = 0

    def on_key(self, event: events.Key) -> None:
        """A letter chooses its option."""
        for key, _, value in self._options:
            if event.character == key:
                event.stop()
                self.dismiss(value)
                return

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter or a click chooses an option."""
        self.dismiss(self._options[event.option_index][2])

    def action_move(self, lines: int) -> None:
        """Moves as the arrow keys do."""
        options = self.query_one(ChoiceList)
        if lines > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

    def action_close(self) -> None:
        """Closes the dialog without a choice."""
        self.dismiss(None)


def _text(text: str | Content) -> str | Content:
    return text if isinstance(text, Content) else cell(text, 200)

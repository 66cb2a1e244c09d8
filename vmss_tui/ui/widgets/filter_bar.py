"""The filter's line: what is typed, how it may go on, and what is wrong with it, in words."""

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input

from vmss_tui.fleet.scale_set import Instance
from vmss_tui.text import cell
from vmss_tui.ui.filtering import BadFilter, Filter, choices, completed, parse_filter
from vmss_tui.ui.widgets.still import Still

Known = Callable[[], Iterable[Instance]]
"""The instances whose values may be chosen."""


class _Suggests(Suggester):
    """The faint rest of the word, which `tab` or `→` takes."""

    def __init__(self, known: Known) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._known = known

    async def get_suggestion(self, value: str) -> str | None:
        """The text with its last word gone on."""
        found = completed(value, choices(value, self._known()))
        return found if found.startswith(value) and found != value else None


class _Field(Input):
    """Tab goes on with the word instead of leaving."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "go_on", "complete", show=False),
    ]

    def __init__(self, known: Known) -> None:
        super().__init__(
            placeholder="ud:2 state:failed zone:1 image:22.04.* !fd:0",
            id="filter",
            compact=True,
            suggester=_Suggests(known),
        )
        self._known = known

    def action_go_on(self) -> None:
        """Takes the first choice."""
        self.value = completed(self.value, choices(self.value, self._known()))
        self.cursor_position = len(self.value)


class FilterBar(Vertical):
    """A line to type in and a line of words below; hidden until it is asked for."""

    class Narrowed(Message):
        """What is shown is to be narrowed to this."""

        def __init__(self, wanted: Filter) -> None:
            super().__init__()
            self.wanted = wanted

    class Kept(Message):
        """The typing is over; the filter stays."""

    def __init__(self, known: Known) -> None:
        super().__init__()
        self._known = known
        self._field, self._words = _Field(known), Still(id="filter-words")

    def compose(self) -> ComposeResult:
        """What is typed, and what is said to it."""
        yield self._field
        yield self._words

    def on_mount(self) -> None:
        """Not asked for yet."""
        self.display = False

    def open(self) -> None:
        """Takes the focus."""
        self.display = self._words.display = True
        self._field.focus()
        self._tell(self._field.value)

    def close(self) -> None:
        """Empty and away."""
        self._field.value = ""
        self.display = False

    def on_input_changed(self, event: Input.Changed) -> None:
        """The filter works as it is typed; while it makes no sense, the last one stays."""
        event.stop()
        if not self.display:
            return
        self._tell(event.value)
        try:
            self.post_message(self.Narrowed(parse_filter(event.value)))
        except BadFilter:
            return

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter keeps the filter; one that means nothing is refused where it stands."""
        event.stop()
        try:
            wanted = parse_filter(event.value)
        except BadFilter as error:
            self._refuse(error)
            return
        self._words.display = False
        self.display = bool(wanted)
        self.post_message(self.Narrowed(wanted))
        self.post_message(self.Kept())

    def _tell(self, text: str) -> None:
        """How the word may go on; what is wrong, where it can no longer come right."""
        found = choices(text, self._known())
        if not found:
            try:
                parse_filter(text)
            except BadFilter as error:
                self._refuse(error)
                return
        said = [f"{name} {count}" if count else name.removesuffix(":") for name, count in found]
        words = (" · " if found and found[0][1] else " ").join(said)
        self._words.say(Content.styled(f" {cell(words, 300)}", "$quiet"))

    def _refuse(self, error: BadFilter) -> None:
        self._words.say(Content.styled(f" {cell(str(error), 300)}", "bold $tone-sick"))

"""The filter's line: what is typed, how it may go on, and what is wrong with it, in words."""

from collections.abc import Callable, Collection, Iterable
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
from vmss_tui.ui.drawing.static_text import StaticText
from vmss_tui.ui.instances.filter import (
    BadFilter,
    Filter,
    completions,
    complete_last_word,
    no_match_reason,
    parse_filter,
    without_last_word,
)

Known = Callable[[], Iterable[Instance]]
"""The instances whose values may be chosen."""


class _Suggests(Suggester):
    """The faint rest of the word, which `tab` or `→` takes."""

    def __init__(self, known: Known) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._known = known

    async def get_suggestion(self, value: str) -> str | None:
        """The text with its last word gone on."""
        found = complete_last_word(value, completions(value, self._known()))
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
        self.value = complete_last_word(self.value, completions(self.value, self._known()))
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
        self._field, self._words = _Field(known), StaticText(id="filter-words")

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
            self.post_message(self.Narrowed(self._wanted(event.value)))
        except BadFilter:
            return

    def _wanted(self, text: str) -> Filter:
        """What is typed; a last word that can go on and finds nothing as it is waits for more."""
        known = tuple(self._known())
        wanted = parse_filter(text, known)
        if completions(text, known) and not any(map(wanted.matches, known)):
            return parse_filter(without_last_word(text), known)
        return wanted

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter keeps the filter, with the faint rest of a word that finds nothing without it; one
        that means nothing, or nothing here, is refused where it stands."""
        event.stop()
        known = tuple(self._known())
        try:
            text = self._gone_on(event.value, known)
            wanted = parse_filter(text, known)
        except BadFilter as error:
            self._refuse(str(error))
            return
        if text != event.value:
            self._field.value = text
        words, never = no_match_reason(wanted, known)
        if words:
            self._refuse(words)
        if never:
            return
        self._words.display = bool(words)
        self.display = bool(wanted)
        self.post_message(self.Narrowed(wanted))
        self.post_message(self.Kept())

    def _gone_on(self, text: str, known: Collection[Instance]) -> str:
        """The text, its last word whole where it finds nothing as it is."""
        whole = complete_last_word(text, completions(text, known))
        try:
            if any(map(parse_filter(text, known).matches, known)):
                return text
        except BadFilter:
            parse_filter(without_last_word(text), known)
        return whole

    def _tell(self, text: str) -> None:
        """How the word may go on; what is wrong, where it can no longer come right."""
        known = tuple(self._known())
        found = completions(text, known)
        if not found:
            try:
                words, _ = no_match_reason(parse_filter(text, known), known)
            except BadFilter as error:
                words = str(error)
            if words:
                self._refuse(words)
                return
        said = [f"{name} {count}" if count else name.removesuffix(":") for name, count in found]
        words = (" · " if found and found[0][1] else " ").join(said)
        self._words.set_content(Content.styled(f" {cell(words, 300)}", "$quiet"))

    def _refuse(self, words: str) -> None:
        self._words.set_content(Content.styled(f" {cell(words, 300)}", "bold $tone-unhealthy"))

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

KnownInstances = Callable[[], Iterable[Instance]]
"""The instances whose values may be chosen."""


class _FilterSuggester(Suggester):
    """The faint rest of the word, which `tab` or `→` takes."""

    def __init__(self, known: KnownInstances) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._known = known

    async def get_suggestion(self, value: str) -> str | None:
        """The text with its last word gone on."""
        suggestion = complete_last_word(value, completions(value, self._known()))
        return suggestion if suggestion.startswith(value) and suggestion != value else None


class _FilterInput(Input):
    """Tab goes on with the word instead of leaving."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "go_on", "complete", show=False),
    ]

    def __init__(self, known: KnownInstances) -> None:
        super().__init__(
            placeholder="ud:2 state:failed zone:1 image:22.04.* !fd:0",
            id="filter",
            compact=True,
            suggester=_FilterSuggester(known),
        )
        self._known = known

    def action_go_on(self) -> None:
        """Takes the first choice."""
        self.value = complete_last_word(self.value, completions(self.value, self._known()))
        self.cursor_position = len(self.value)


class FilterBar(Vertical):
    """A line to type in and a line of words below; hidden until it is asked for."""

    class Changed(Message):
        """What is shown is to be narrowed to this."""

        def __init__(self, new_filter: Filter) -> None:
            super().__init__()
            self.filter = new_filter

    class Accepted(Message):
        """The typing is over; the filter stays."""

    def __init__(self, known: KnownInstances) -> None:
        super().__init__()
        self._known = known
        self._field, self._message = _FilterInput(known), StaticText(id="filter-words")

    def compose(self) -> ComposeResult:
        """What is typed, and what is said to it."""
        yield self._field
        yield self._message

    def on_mount(self) -> None:
        """Not asked for yet."""
        self.display = False

    def open(self) -> None:
        """Takes the focus."""
        self.display = self._message.display = True
        self._field.focus()
        self._show_completions(self._field.value)

    def close(self) -> None:
        """Empty and away."""
        self._field.value = ""
        self.display = False

    def on_input_changed(self, event: Input.Changed) -> None:
        """The filter works as it is typed; while it makes no sense, the last one stays."""
        event.stop()
        if not self.display:
            return
        self._show_completions(event.value)
        try:
            self.post_message(self.Changed(self._effective_filter(event.value)))
        except BadFilter:
            return

    def _effective_filter(self, text: str) -> Filter:
        """What is typed; a last word that can go on and finds nothing as it is waits for more."""
        known = tuple(self._known())
        parsed = parse_filter(text, known)
        if completions(text, known) and not any(map(parsed.matches, known)):
            return parse_filter(without_last_word(text), known)
        return parsed

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter keeps the filter, with the faint rest of a word that finds nothing without it; one
        that means nothing, or nothing here, is refused where it stands."""
        event.stop()
        known = tuple(self._known())
        try:
            text = self._complete(event.value, known)
            parsed = parse_filter(text, known)
        except BadFilter as error:
            self._show_error(str(error))
            return
        if text != event.value:
            self._field.value = text
        reason, is_permanent = no_match_reason(parsed, known)
        if reason:
            self._show_error(reason)
        if is_permanent:
            return
        self._message.display = bool(reason)
        self.display = bool(parsed)
        self.post_message(self.Changed(parsed))
        self.post_message(self.Accepted())

    def _complete(self, text: str, known: Collection[Instance]) -> str:
        """The text, its last word whole where it finds nothing as it is."""
        completed_text = complete_last_word(text, completions(text, known))
        try:
            if any(map(parse_filter(text, known).matches, known)):
                return text
        except BadFilter:
            parse_filter(without_last_word(text), known)
        return completed_text

    def _show_completions(self, text: str) -> None:
        """How the word may go on; what is wrong, where it can no longer come right."""
        known = tuple(self._known())
        choices = completions(text, known)
        if not choices:
            try:
                message, _ = no_match_reason(parse_filter(text, known), known)
            except BadFilter as error:
                message = str(error)
            if message:
                self._show_error(message)
                return
        entries = [f"{name} {count}" if count else name.removesuffix(":") for name, count in choices]
        message = (" · " if choices and choices[0][1] else " ").join(entries)
        self._message.set_content(Content.styled(f" {cell(message, 300)}", "$quiet"))

    def _show_error(self, reason: str) -> None:
        self._message.set_content(Content.styled(f" {cell(reason, 300)}", "bold $tone-unhealthy"))

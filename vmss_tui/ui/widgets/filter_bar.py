"""The filter bar: an input for the filter, and a line with completions or an error."""

from collections.abc import Callable, Collection, Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
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
    complete_last_word,
    completions,
    no_match_reason,
    parse_filter,
    without_last_word,
)

KnownInstances = Callable[[], Iterable[Instance]]
"""Returns the instances whose values are offered as completions."""


class _FilterSuggester(Suggester):
    """Suggests the rest of the last word, which `tab` or `→` accepts."""

    def __init__(self, known_instances: KnownInstances) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._known_instances = known_instances

    async def get_suggestion(self, value: str) -> str | None:
        """The text with its last word completed."""
        suggestion = complete_last_word(value, completions(value, self._known_instances()))
        return suggestion if suggestion.startswith(value) and suggestion != value else None


class _FilterInput(Input):
    """An input in which Tab completes the word instead of moving the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", "complete", show=False),
    ]

    def __init__(self, known_instances: KnownInstances) -> None:
        super().__init__(
            placeholder="ud:2 state:failed zone:1 image:22.04.* !fd:0",
            id="filter",
            compact=True,
            suggester=_FilterSuggester(known_instances),
        )
        self._known_instances = known_instances

    def action_complete(self) -> None:
        """Accepts the first completion."""
        self.value = complete_last_word(
            self.value, completions(self.value, self._known_instances())
        )
        self.cursor_position = len(self.value)


class FilterBar(Vertical):
    """An input and a line of text below it; hidden until it is opened."""

    class Changed(Message):
        """The filter has changed."""

        def __init__(self, new_filter: Filter) -> None:
            super().__init__()
            self.filter = new_filter

    class FilterAccepted(Message):
        """The filter was accepted with Enter."""

    def __init__(self, known_instances: KnownInstances) -> None:
        super().__init__()
        self._known_instances = known_instances
        self._field, self._message = _FilterInput(known_instances), StaticText(id="filter-message")
        self._note, self._note_content = StaticText(id="filter-note"), Content("")

    def compose(self) -> ComposeResult:
        """The input and the line below it."""
        with Horizontal():
            yield self._field
            yield self._note
        yield self._message

    def on_mount(self) -> None:
        """Hides the bar."""
        self.display = False

    def open(self) -> None:
        """Shows the bar and focuses the input."""
        self.display = self._message.display = True
        self._note.set_content(self._note_content)
        self._field.focus()
        self._show_completions(self._field.value)

    def set_note(self, note: Content) -> None:
        """Takes a text for the right end of the input, shown on screens without a legend."""
        self._note_content = note
        if self.display:  # a text of another width costs a layout of the screen
            self._note.set_content(note)

    def close(self) -> None:
        """Clears the input and hides the bar."""
        self._field.value = ""
        self.display = False

    def on_input_changed(self, event: Input.Changed) -> None:
        """Posts the filter while it is typed; an invalid one changes nothing."""
        event.stop()
        if not self.display:
            return
        self._show_completions(event.value)
        try:
            self.post_message(self.Changed(self._effective_filter(event.value)))
        except BadFilter:
            return

    def _effective_filter(self, text: str) -> Filter:
        """The typed filter, without a last word that is incomplete and matches nothing."""
        instances = tuple(self._known_instances())
        parsed = parse_filter(text, instances)
        if completions(text, instances) and not any(map(parsed.matches, instances)):
            return parse_filter(without_last_word(text), instances)
        return parsed

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Accepts the filter, and completes a last word that matches nothing without it. An invalid
        filter, or one that can never match, shows an error instead."""
        event.stop()
        instances = tuple(self._known_instances())
        try:
            text = self._complete(event.value, instances)
            parsed = parse_filter(text, instances)
        except BadFilter as error:
            self._show_error(str(error))
            return
        if text != event.value:
            self._field.value = text
        reason, is_permanent = no_match_reason(parsed, instances)
        if reason:
            self._show_error(reason)
        if is_permanent:
            return
        self._message.display = bool(reason)
        self.display = bool(parsed)
        self.post_message(self.Changed(parsed))
        self.post_message(self.FilterAccepted())

    def _complete(self, text: str, instances: Collection[Instance]) -> str:
        """The text, with its last word completed if it matches nothing as typed."""
        completed_text = complete_last_word(text, completions(text, instances))
        try:
            if any(map(parse_filter(text, instances).matches, instances)):
                return text
        except BadFilter:
            parse_filter(without_last_word(text), instances)
        return completed_text

    def _show_completions(self, text: str) -> None:
        """Shows the completions of the last word; without any, the error if there is one."""
        instances = tuple(self._known_instances())
        choices = completions(text, instances)
        if not choices:
            try:
                message, _ = no_match_reason(parse_filter(text, instances), instances)
            except BadFilter as error:
                message = str(error)
            if message:
                self._show_error(message)
                return
        entries = [
            f"{name} {count}" if count else name.removesuffix(":") for name, count in choices
        ]
        message = (" · " if choices and choices[0][1] else " ").join(entries)
        self._message.set_content(Content.styled(f" {cell(message, 300)}", "$quiet"))

    def _show_error(self, reason: str) -> None:
        self._message.set_content(Content.styled(f" {cell(reason, 300)}", "bold $tone-unhealthy"))

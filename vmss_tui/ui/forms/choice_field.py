"""A form field with few values, changed by space, the arrow keys, a first letter or a click."""

from collections.abc import Mapping
from typing import ClassVar, cast

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from vmss_tui.text import cell
from vmss_tui.ui.drawing.glyphs import Glyphs
from vmss_tui.ui.session import HasSession

SWITCH = {"on": "on", "off": "off"}
"""The choices of a switch."""


class ChoiceField(Widget, can_focus=True):
    """One of a few values. A field with the values `on` and `off` is drawn as a switch."""

    class ValueChanged(Message):
        """Another value was chosen."""

        def __init__(self, field: "ChoiceField") -> None:
            super().__init__()
            self.field = field

        @property
        def control(self) -> "ChoiceField":
            """The field, for handlers that select by it."""
            return self.field

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,right", "step(1)", "next value", show=False),
        Binding("left", "step(-1)", "previous value", show=False),
    ]

    def __init__(self, choices: Mapping[str, str], value: str, *, id: str) -> None:
        """`choices` are labels by value. A `value` that is not among them is one more choice."""
        super().__init__(id=id)
        self._choices = dict(choices)
        if value not in self._choices:
            self._choices = {value: cell(value, 40) or "not set", **self._choices}
        self._value = value
        self._is_switch = set(self._choices) - {""} == set(SWITCH)
        self.set_class(self._is_switch, "-switch")

    @property
    def value(self) -> str:
        """The chosen value."""
        return self._value

    @value.setter
    def value(self, value: str) -> None:
        self._choices.setdefault(value, cell(value, 40) or "not set")
        if value != self._value:
            self._value = value
            self.refresh()
            self.post_message(self.ValueChanged(self))

    def render(self) -> Content:
        """The switch with its value, or the value with a sign that there are others."""
        label = self._choices[self._value]
        glyphs = cast(HasSession, self.app).session.appearance.glyphs
        is_ascii = glyphs is Glyphs.ASCII
        if self._is_switch:
            return self._render_switch(label, is_ascii=is_ascii)
        sign = "v" if is_ascii else "▾"
        room = max(1, self.size.width - 3)
        text = Content(f" {label}").truncate(room, ellipsis=True, pad=True)
        return Content.assemble(text, f" {sign}")

    def _render_switch(self, label: str, *, is_ascii: bool) -> Content:
        if is_ascii or self.app.theme == "vmss-mono":
            return Content(f" [{'x' if self._value == 'on' else ' '}] {label}")
        if self._value == "on":
            knob = Content.assemble(("   ", "on $cell-good"), ("  ", "on $foreground"))
        else:
            knob = Content.assemble(("  ", "on $cell-off"), ("   ", "on $gauge-background"))
        return Content.assemble(knob, f" {label}")

    def action_step(self, steps: int) -> None:
        """Chooses the next or the previous value."""
        values = list(self._choices)
        self.value = values[(values.index(self._value) + steps) % len(values)]

    def on_click(self) -> None:
        """Chooses the next value."""
        self.action_step(1)

    def on_key(self, event: events.Key) -> None:
        """A letter chooses the next value that begins with it."""
        letter = (event.character or "").lower()
        if not letter.isalnum():
            return
        event.stop()
        values = list(self._choices)
        start = values.index(self._value) + 1
        for value in values[start:] + values[:start]:
            if self._choices[value].lower().startswith(letter):
                self.value = value
                return

"""The question when the dashboard is closed while runs are live: detach, pause first, or stay."""

from collections.abc import Sequence
from enum import StrEnum
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Button, Static

from vmss_tui.shell import quote_words
from vmss_tui.text import cell
from vmss_tui.ui.dialogs.dialog_frame import DialogFrame, key_hints
from vmss_tui.ui.layers import Dialog

_DETACH = "the run continues in its own process"
_MAX_SHOWN = 8
"""Runs whose commands are shown."""


class LeaveChoice(StrEnum):
    """What happens to the live runs."""

    DETACH = "detach"
    PAUSE = "pause"


class LeaveScreen(Dialog[LeaveChoice | None]):
    """The result is None for Stay, which has the focus at first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,s", "leave", "stay", show=False),
        Binding("d,q", "leave('detach')", "detach", show=False),
        Binding("p", "leave('pause')", "pause and leave", show=False),
    ]

    def __init__(self, runs: Sequence[str], command_options: Sequence[str] = ()) -> None:
        """`runs` are the names of the live runs, `command_options` those of the commands that show
        them."""
        super().__init__()
        self._options = tuple(command_options)
        self._names = tuple(cell(name, 60) for name in runs)

    def compose(self) -> ComposeResult:
        """The runs and the three choices."""
        names, several = self._names, len(self._names) > 1
        title = f"{len(names)} runs are live" if several else f"Run {names[0]} is live"
        detach = "each run continues in its own process" if several else _DETACH
        pause = (
            "each pauses before its next batch" if several else "it pauses before its next batch"
        )
        keys = Content.assemble(
            ("d", "bold $key"), f"  detach and leave: {detach}\n",
            ("p", "bold $key"), f"  pause and leave: {pause}",
        )  # fmt: skip
        shown = names[:_MAX_SHOWN]
        commands = [quote_words(("vmss-tui", "attach", name, *self._options)) for name in shown]
        lines = [f"{command}  shows it again" for command in commands]
        if more := len(names) - len(shown):
            runs = quote_words(("vmss-tui", "runs", *self._options))
            lines.append(f"and {more} more: {runs} lists them")
        yield DialogFrame(
            Static(keys, markup=False, classes="key-hint"),
            Static(Content("\n" + "\n".join(lines)), markup=False, classes="live-runs"),
            Horizontal(Button(Content("Stay"), id="cancel", compact=True), classes="answer"),
            title=title,
            keys=key_hints(("esc", "stay")),
        )

    def on_mount(self) -> None:
        """Focuses Stay."""
        self.query_one("#cancel", Button).focus()

    def on_button_pressed(self) -> None:
        """Stays: there is no other button."""
        self.dismiss(None)

    def action_leave(self, choice: str = "") -> None:
        """Dismisses with the choice; an empty one is Stay."""
        self.dismiss(LeaveChoice(choice) if choice else None)

"""The question when the dashboard is closed while runs or campaigns are live: detach, pause first,
or stay."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Button, Static

from vmss_tui.fleet.phrases import pluralize
from vmss_tui.shell import quote_words
from vmss_tui.text import cell
from vmss_tui.ui.dialogs.dialog_frame import DialogFrame, key_hints
from vmss_tui.ui.layers import Dialog

_MAX_SHOWN = 8
"""Runs and campaigns whose commands are shown."""


class LiveWork(NamedTuple):
    """What is live: names of runs that belong to no live campaign, and of campaigns."""

    runs: tuple[str, ...] = ()
    campaigns: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All names."""
        return (*self.campaigns, *self.runs)

    @property
    def title(self) -> str:
        """`Run web-7f3a is live`, `2 runs and 1 campaign are live`."""
        if len(self.names) == 1:
            return f"{'Run' if self.runs else 'Campaign'} {cell(self.names[0], 60)} is live"
        runs, campaigns = len(self.runs), len(self.campaigns)
        counts = (
            pluralize(runs, "run", "runs") if runs else "",
            pluralize(campaigns, "campaign", "campaigns") if campaigns else "",
        )
        return f"{' and '.join(filter(None, counts))} are live"

    def commands(self, options: Sequence[str]) -> Iterator[tuple[str, str]]:
        """`run` or `campaign`, and the command that shows it again."""
        for name in self.campaigns:
            yield "campaign", quote_words(("vmss-tui", "campaign", "attach", name, *options))
        for name in self.runs:
            yield "run", quote_words(("vmss-tui", "attach", name, *options))


class LeaveChoice(StrEnum):
    """What happens to what is live."""

    DETACH = "detach"
    PAUSE = "pause"


class LeaveScreen(Dialog[LeaveChoice | None]):
    """The result is None for Stay, which has the focus at first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,s", "leave", "stay", show=False),
        Binding("d,q", "leave('detach')", "detach", show=False),
        Binding("p", "leave('pause')", "pause and leave", show=False),
    ]

    def __init__(self, work: LiveWork, command_options: Sequence[str] = ()) -> None:
        """`command_options` are those of the commands that show the work again."""
        super().__init__()
        self._options = tuple(command_options)
        self._work = work

    def compose(self) -> ComposeResult:
        """What is live, and the three choices."""
        work = self._work
        kind = "run" if work.runs else "campaign"
        detach, pause = f"the {kind} continues in its own process", "it pauses"
        if len(work.names) > 1:
            detach, pause = "each continues in its own process", "each pauses"
        if work.campaigns:
            pause += ", and its runs before their next batch"
        else:
            pause += " before its next batch"
        keys = Content.assemble(
            ("d", "bold $key"), f"  detach and leave: {detach}\n",
            ("p", "bold $key"), f"  pause and leave: {pause}",
        )  # fmt: skip
        commands = [command for _, command in work.commands(self._options)]
        lines = [f"{cell(command, 120)}  shows it again" for command in commands[:_MAX_SHOWN]]
        if (more := len(commands) - _MAX_SHOWN) > 0:
            runs = quote_words(("vmss-tui", "runs", *self._options))
            lines.append(f"and {more} more: {runs} lists runs")
        yield DialogFrame(
            Static(keys, markup=False, classes="key-hint"),
            Static(Content("\n" + "\n".join(lines)), markup=False, classes="live-runs"),
            Horizontal(Button(Content("Stay"), id="cancel", compact=True), classes="answer"),
            title=work.title,
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

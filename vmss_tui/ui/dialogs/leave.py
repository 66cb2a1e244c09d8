"""The question when the dashboard is closed while a run is live: detach, pause first, or stay."""

from enum import StrEnum
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from vmss_tui.text import cell
from vmss_tui.ui.layers import Dialog


class LeaveChoice(StrEnum):
    """What happens to the live run."""

    DETACH = "detach"
    PAUSE = "pause"


class LeaveScreen(Dialog[LeaveChoice | None]):
    """The result is None for Stay, which has the focus at first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,s", "leave", "stay", show=False),
        Binding("d,q", "leave('detach')", "detach", show=False),
        Binding("p", "leave('pause')", "pause and leave", show=False),
    ]

    def __init__(self, run: str) -> None:
        super().__init__()
        self._run_name = run

    def compose(self) -> ComposeResult:
        """The run and the three choices."""
        name = cell(self._run_name, 60)
        text = Content.assemble(
            ("d", "bold $accent"), "  detach and leave: the run goes on in its own process\n",
            ("p", "bold $accent"), "  pause and leave: it holds before its next batch\n\n",
            (f"vmss-tui attach {name} shows it again.", "$quiet"),
        )  # fmt: skip
        with Vertical(classes="sheet"):
            yield Static(Content(f"Run {name} is live"), markup=False, classes="sheet-title")
            yield Static(text, markup=False)
            with Horizontal(classes="answer"):
                yield Button(Content("Stay"), id="cancel", compact=True)

    def on_mount(self) -> None:
        """Focuses Stay."""
        self.query_one("#cancel", Button).focus()

    def on_button_pressed(self) -> None:
        """Stays: there is no other button."""
        self.dismiss(None)

    def action_leave(self, choice: str = "") -> None:
        """Dismisses with the choice; an empty one is Stay."""
        self.dismiss(LeaveChoice(choice) if choice else None)

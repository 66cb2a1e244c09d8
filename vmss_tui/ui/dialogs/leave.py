"""Leaving while a run is live: it goes on without us, or holds first, or we stay."""

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
    """How to go."""

    DETACH = "detach"
    PAUSE = "pause"


class LeaveScreen(Dialog[LeaveChoice | None]):
    """None: stay, which is where the focus starts."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,s", "leave", "stay", show=False),
        Binding("d,q", "leave('detach')", "detach", show=False),
        Binding("p", "leave('pause')", "pause and leave", show=False),
    ]

    def __init__(self, run: str) -> None:
        super().__init__()
        self._run_name = run

    def compose(self) -> ComposeResult:
        """What goes on, and the three ways."""
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
        """Focus starts on what changes nothing."""
        self.query_one("#cancel", Button).focus()

    def on_button_pressed(self) -> None:
        """The only button is Stay."""
        self.dismiss(None)

    def action_leave(self, choice: str = "") -> None:
        """One of the ways."""
        self.dismiss(LeaveChoice(choice) if choice else None)

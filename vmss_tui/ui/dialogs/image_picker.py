"""The picker: one list over everything, filtered by typing. Gives back what was chosen.

It reads in a thread, says how far that is, and leaves at once with esc: what still comes is
dropped, and a reading of many requests ends with the next one.
"""

import threading
from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from vmss_tui.gateway import ReadCancelled
from vmss_tui.text import cell
from vmss_tui.ui.background.messages import ReadProgress
from vmss_tui.ui.background.replies import PageArrived, PageFailed
from vmss_tui.ui.background.workers import post_from_thread, run_in_thread
from vmss_tui.ui.layers import Dialog
from vmss_tui.ui.session import Session
from vmss_tui.ui.text.picker_rows import Choice, Page, Read, label_width, matching_choices

_MAX_LABEL_WIDTH = 48
"""Columns of a label before what is said of it."""


class ImagePicker(Dialog[str | None]):
    """Choose a line; None where nothing was chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "close", show=False),
        Binding("down", "move('cursor_down')", "down", show=False),
        Binding("up", "move('cursor_up')", "up", show=False),
        Binding("pagedown", "move('page_down')", "page down", show=False),
        Binding("pageup", "move('page_up')", "page up", show=False),
        Binding("ctrl+home", "move('first')", "first", show=False),
        Binding("ctrl+end", "move('last')", "last", show=False),
        Binding("ctrl+r", "reload", "read again", show=False),
    ]

    def __init__(self, session: Session, title: str, read: Read) -> None:
        """`read` is called in a thread, and again where somebody wants the list anew."""
        super().__init__()
        self.session = session
        self._title, self._read = title, read
        self._page = Page(())
        self._shown: tuple[Choice, ...] = ()
        self._closed = threading.Event()

    def compose(self) -> ComposeResult:
        """What it is about, what narrows it, the lines, what could not be read."""
        with Vertical(classes="sheet"):
            yield Static(Content(cell(self._title, 120)), markup=False, classes="sheet-title")
            yield Input(placeholder="type to narrow", compact=True, id="narrow")
            yield Static(markup=False, id="head")
            yield OptionList(markup=False, compact=True)
            yield Static(markup=False, id="foot")
            keys = "Enter chooses   ctrl+r reads again   esc closes"
            yield Static(Content(keys), markup=False, classes="sheet-foot")

    def on_mount(self) -> None:
        """Asks at once; typing narrows."""
        self._list.can_focus = False
        self.query_one(Input).focus()
        self._load(fresh=False)

    def on_unmount(self) -> None:
        """Nobody waits any more."""
        self._closed.set()

    def action_close(self) -> None:
        """Leaves; a reading under way is given up."""
        self._closed.set()
        self.dismiss(None)

    def action_reload(self) -> None:
        """Reads the list anew, whatever is kept."""
        self._load(fresh=True)

    def action_move(self, how: str) -> None:
        """Moves in the list while the field has the focus."""
        getattr(self._list, f"action_{how}")()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrows as it is typed."""
        self._show_matching(event.value)

    def on_input_submitted(self) -> None:
        """Takes the line under the cursor."""
        index = self._list.highlighted
        if index is not None and index < len(self._shown):
            self.dismiss(self._shown[index].value)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click chooses as well."""
        self.dismiss(self._shown[event.option_index].value)

    def on_read_progress(self, message: ReadProgress) -> None:
        """A slow list tells how far it is."""
        self._show_head(f"{message.text} …")

    def on_page_arrived(self, message: PageArrived) -> None:
        """There is something to choose from."""
        self._page = message.page
        self._show_matching(self.query_one(Input).value)
        taken_at = message.page.taken_at
        read = f" · read {self.session.appearance.clock(taken_at)}" if taken_at else ""
        self._show_head(f"{message.page.head}{read}")
        error = f"not read: {message.page.foot}" if message.page.foot else ""
        self._show_foot(error)

    def on_page_failed(self, message: PageFailed) -> None:
        """It could not be read, and why; a value may still be typed into the field."""
        self._show_head("")
        self._show_foot(message.error)

    def _load(self, *, fresh: bool) -> None:
        read, closed = self._read, self._closed

        def report_progress(text: str) -> None:
            if closed.is_set():
                raise ReadCancelled("no longer wanted")
            post_from_thread(self, ReadProgress(text))

        run_in_thread(self, lambda: PageArrived(read(report_progress, fresh)), PageFailed)

    def _show_matching(self, query: str) -> None:
        self._shown = matching_choices(self._page.choices, query)
        self._list.clear_options()
        self._list.add_options(self._options(self._shown))
        model_index = next((index for index, choice in enumerate(self._shown) if choice.own), 0)
        self._list.highlighted = (0 if query else model_index) if self._shown else None

    def _options(self, choices: Sequence[Choice]) -> list[Option]:
        width, sign = label_width(choices, _MAX_LABEL_WIDTH), self.session.appearance.sign("cursor")
        return [
            Option(
                Content.assemble(
                    (f"{sign if choice.own else ' '} ", "bold $accent"),
                    (
                        f"{cell(choice.label, 200):<{width}}",
                        "bold $accent" if choice.own else "" if choice.fits else "$quiet",
                    ),
                    (f"  {cell(choice.words, 200)}", "$quiet"),
                )
            )
            for choice in choices
        ]

    def _show_head(self, text: str) -> None:
        self.query_one("#head", Static).update(Content.styled(cell(text, 300), "$quiet"))

    def _show_foot(self, text: str) -> None:
        widget = self.query_one("#foot", Static)
        widget.display = bool(text)
        widget.update(Content.styled(cell(text, 600), "bold $tone-unhealthy"))

    @property
    def _list(self) -> OptionList:
        return self.query_one(OptionList)

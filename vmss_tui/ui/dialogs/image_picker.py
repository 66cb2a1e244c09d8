"""The picker: one list over everything, narrowed by typing. Gives back what was chosen.

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
from vmss_tui.ui.text.picker_rows import Choice, Page, Read, label_width, narrowed

_WIDEST = 48
"""Columns of a label before what is said of it."""


class ImagePicker(Dialog[str | None]):
    """Choose a line; None where nothing was chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "close", show=False),
        Binding("down", "go('cursor_down')", "down", show=False),
        Binding("up", "go('cursor_up')", "up", show=False),
        Binding("pagedown", "go('page_down')", "page down", show=False),
        Binding("pageup", "go('page_up')", "page up", show=False),
        Binding("ctrl+home", "go('first')", "first", show=False),
        Binding("ctrl+end", "go('last')", "last", show=False),
        Binding("ctrl+r", "again", "read again", show=False),
    ]

    def __init__(self, session: Session, title: str, read: Read) -> None:
        """`read` is called in a thread, and again where somebody wants the list anew."""
        super().__init__()
        self.session = session
        self._title, self._read = title, read
        self._page = Page(())
        self._shown: tuple[Choice, ...] = ()
        self._gone = threading.Event()

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
        self._ask(fresh=False)

    def on_unmount(self) -> None:
        """Nobody waits any more."""
        self._gone.set()

    def action_close(self) -> None:
        """Leaves; a reading under way is given up."""
        self._gone.set()
        self.dismiss(None)

    def action_again(self) -> None:
        """Reads the list anew, whatever is kept."""
        self._ask(fresh=True)

    def action_go(self, how: str) -> None:
        """Moves in the list while the field has the focus."""
        getattr(self._list, f"action_{how}")()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrows as it is typed."""
        self._show(event.value)

    def on_input_submitted(self) -> None:
        """Takes the line under the cursor."""
        at = self._list.highlighted
        if at is not None and at < len(self._shown):
            self.dismiss(self._shown[at].value)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click chooses as well."""
        self.dismiss(self._shown[event.option_index].value)

    def on_read_progress(self, message: ReadProgress) -> None:
        """A slow list tells how far it is."""
        self._head(f"{message.text} …")

    def on_page_arrived(self, message: PageArrived) -> None:
        """There is something to choose from."""
        self._page = message.page
        self._show(self.query_one(Input).value)
        taken = message.page.taken_at
        read = f" · read {self.session.appearance.clock(taken)}" if taken else ""
        self._head(f"{message.page.head}{read}")
        words = f"not read: {message.page.foot}" if message.page.foot else ""
        self._foot(words)

    def on_page_failed(self, message: PageFailed) -> None:
        """It could not be read, and why; a value may still be typed into the field."""
        self._head("")
        self._foot(message.error)

    def _ask(self, *, fresh: bool) -> None:
        read, gone = self._read, self._gone

        def hear(words: str) -> None:
            if gone.is_set():
                raise ReadCancelled("no longer wanted")
            post_from_thread(self, ReadProgress(words))

        run_in_thread(self, lambda: PageArrived(read(hear, fresh)), PageFailed)

    def _show(self, words: str) -> None:
        self._shown = narrowed(self._page.choices, words)
        self._list.clear_options()
        self._list.add_options(self._lines(self._shown))
        own = next((at for at, each in enumerate(self._shown) if each.own), 0)
        self._list.highlighted = (0 if words else own) if self._shown else None

    def _lines(self, choices: Sequence[Choice]) -> list[Option]:
        width, sign = label_width(choices, _WIDEST), self.session.appearance.sign("cursor")
        return [
            Option(
                Content.assemble(
                    (f"{sign if each.own else ' '} ", "bold $accent"),
                    (
                        f"{cell(each.label, 200):<{width}}",
                        "bold $accent" if each.own else "" if each.fits else "$quiet",
                    ),
                    (f"  {cell(each.words, 200)}", "$quiet"),
                )
            )
            for each in choices
        ]

    def _head(self, words: str) -> None:
        self.query_one("#head", Static).update(Content.styled(cell(words, 300), "$quiet"))

    def _foot(self, words: str) -> None:
        found = self.query_one("#foot", Static)
        found.display = bool(words)
        found.update(Content.styled(cell(words, 600), "bold $tone-unhealthy"))

    @property
    def _list(self) -> OptionList:
        return self.query_one(OptionList)

"""The picker: one list of values, filtered by typing; the result is the chosen value.

The list is read in a thread with progress messages. Closing the picker discards later replies, and
cancels a list that needs many requests before the next one.
"""

import threading
from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from vmss_tui.gateway import ReadCancelled
from vmss_tui.text import cell
from vmss_tui.ui.background.messages import ReadProgress
from vmss_tui.ui.background.replies import PageArrived, PageFailed
from vmss_tui.ui.background.workers import post_from_thread, run_in_thread
from vmss_tui.ui.dialogs.dialog_frame import DialogFrame, key_hints
from vmss_tui.ui.drawing.choice_list import ChoiceList
from vmss_tui.ui.layers import Dialog
from vmss_tui.ui.session import Session
from vmss_tui.ui.text.picker_rows import Choice, Page, PageReader, label_width, matching_choices

_MAX_LABEL_WIDTH = 48
"""Columns of a label before its description."""


class ImagePicker(Dialog[str | None]):
    """The result is the chosen value; None if the picker was closed."""

    needs_quiet: ClassVar[bool] = False
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

    def __init__(self, session: Session, title: str, read: PageReader) -> None:
        """`read` is called in a thread, and again when the list is reloaded."""
        super().__init__()
        self.session = session
        self._title, self._read = title, read
        self._page = Page(())
        self._choices: tuple[Choice, ...] = ()
        self._cancelled = threading.Event()

    def compose(self) -> ComposeResult:
        """Title, filter input, head, list, errors, keys."""
        yield DialogFrame(
            Input(placeholder="type to filter", compact=True, id="narrow"),
            Static(markup=False, id="head"),
            ChoiceList(markup=False, compact=True),
            Static(markup=False, id="foot"),
            title=self._title,
            keys=key_hints(
                ("type", "to filter"), ("enter", "choose"), ("ctrl+r", "refresh"), ("esc", "close")
            ),
        )

    def on_mount(self) -> None:
        """Starts to read the list; focuses the filter input."""
        self._list.can_focus = False
        self.query_one(Input).focus()
        self._load(fresh=False)

    def on_unmount(self) -> None:
        """Cancels reading."""
        self._cancelled.set()

    def action_close(self) -> None:
        """Closes the picker and cancels reading."""
        self._cancelled.set()
        self.dismiss(None)

    def action_reload(self) -> None:
        """Reads the list again, not from the cache."""
        self._load(fresh=True)

    def action_move(self, how: str) -> None:
        """Moves in the list while the input has the focus."""
        getattr(self._list, f"action_{how}")()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filters the list by the typed words."""
        self._show_matching(event.value)

    def on_input_submitted(self) -> None:
        """Chooses the highlighted line."""
        index = self._list.highlighted
        if index is not None and index < len(self._choices):
            self.dismiss(self._choices[index].value)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Chooses the clicked line."""
        self.dismiss(self._choices[event.option_index].value)

    def on_read_progress(self, message: ReadProgress) -> None:
        """Shows the progress of a list that needs many requests."""
        self._show_head(f"{message.text} …")

    def on_page_arrived(self, message: PageArrived) -> None:
        """Shows the list."""
        self._page = message.page
        self._show_matching(self.query_one(Input).value)
        taken_at = message.page.taken_at
        read = f" · data from {self.session.appearance.clock(taken_at)}" if taken_at else ""
        self._show_head(f"{message.page.head}{read}")
        error = f"Not read: {message.page.error}" if message.page.error else ""
        self._show_foot(error)

    def on_page_failed(self, message: PageFailed) -> None:
        """Shows why the list cannot be read; the value can still be typed into the form."""
        self._show_head("")
        self._show_foot(message.error)

    def _load(self, *, fresh: bool) -> None:
        read, cancelled = self._read, self._cancelled

        def report_progress(text: str) -> None:
            if cancelled.is_set():
                raise ReadCancelled("no longer wanted")
            post_from_thread(self, ReadProgress(text))

        run_in_thread(self, lambda: PageArrived(read(report_progress, fresh)), PageFailed)

    def _show_matching(self, query: str) -> None:
        self._choices = matching_choices(self._page.choices, query)
        self._list.clear_options()
        self._list.add_options(self._options(self._choices))
        model_values = (i for i, choice in enumerate(self._choices) if choice.is_model_value)
        highlighted = 0 if query else next(model_values, 0)
        self._list.highlighted = highlighted if self._choices else None

    def _options(self, choices: Sequence[Choice]) -> list[Option]:
        width = label_width(choices, _MAX_LABEL_WIDTH)
        return [self._option(choice, width) for choice in choices]

    def _option(self, choice: Choice, width: int) -> Option:
        sign = self.session.appearance.sign("cursor") if choice.is_model_value else " "
        style = "" if choice.is_allowed else "$quiet"
        return Option(
            Content.assemble(
                (f"{sign} ", "bold $accent"),
                (
                    f"{cell(choice.label, 200):<{width}}",
                    "bold $accent" if choice.is_model_value else style,
                ),
                (f"  {cell(choice.description, 200)}", "$quiet"),
            )
        )

    def _show_head(self, text: str) -> None:
        lines = "\n".join(cell(line) for line in text.splitlines())
        self.query_one("#head", Static).update(Content.styled(lines, "$quiet"))

    def _show_foot(self, text: str) -> None:
        widget = self.query_one("#foot", Static)
        widget.display = bool(text)
        widget.update(Content.styled(cell(text, 600), "bold $tone-unhealthy"))

    @property
    def _list(self) -> ChoiceList:
        return self.query_one(ChoiceList)

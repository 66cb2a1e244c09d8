"""The commands of the screen of one instance."""

import os
from collections.abc import Callable
from typing import Any, Protocol

from textual.widget import Widget

from vmss_tui.text import cell
from vmss_tui.ui.instance_screen.activity_tab import ActivityTab
from vmss_tui.ui.instance_screen.boot_log_tab import BootLogTab
from vmss_tui.ui.instance_screen.extensions_tab import ExtensionsTab
from vmss_tui.ui.instance_screen.json_tab import JsonTab
from vmss_tui.ui.instance_screen.summary_tab import SummaryTab
from vmss_tui.ui.instance_screen.tab import InstanceTab
from vmss_tui.ui.terminal.output import clipboard_sequence, takes_clipboard


class TabScreen(Protocol):
    """The screen, as its commands need it."""

    tabs: tuple[InstanceTab, ...]

    @property
    def active_tab(self) -> InstanceTab:
        """The tab that is shown."""

    @property
    def app(self) -> Any:
        """The app, for its clipboard."""

    def open_tab(self, index: int) -> None:
        """Shows a tab."""

    def read_document(self) -> None:
        """Reads the instance."""

    def move_to_instance(self, step: int) -> None:
        """Shows the next or previous instance."""

    def read_scale_set(self) -> None:
        """Reads the set again."""

    def leave(self, command_id: str | None) -> None:
        """Closes the screen; that of the scale set carries out the command."""

    def say(self, text: str, *, warning: bool = False, seconds: float | None = None) -> None:
        """Shows a notification."""


class TabCommands:
    """Tabs, scrolling, the log, and commands that the screen of the scale set carries out."""

    def __init__(self, screen: TabScreen) -> None:
        self._screen = screen

    @property
    def _target(self) -> Widget:
        return self._screen.active_tab.scroll_target

    def _tab_index(self) -> int:
        return self._screen.tabs.index(self._screen.active_tab)

    def do_instance_tab(self, key: str) -> None:
        """Opens the tab with this number."""
        if int(key) <= len(self._screen.tabs):
            self._screen.open_tab(int(key) - 1)

    def do_next_tab(self) -> None:
        """Opens the next tab."""
        self._screen.open_tab(self._tab_index() + 1)

    def do_previous_tab(self) -> None:
        """Opens the previous tab."""
        self._screen.open_tab(self._tab_index() - 1)

    def do_next_instance(self) -> None:
        """Shows the next instance of the map."""
        self._screen.move_to_instance(1)

    def do_previous_instance(self) -> None:
        """Shows the previous instance of the map."""
        self._screen.move_to_instance(-1)

    def do_refresh(self) -> None:
        """Reads what the tab shows again."""
        tab = self._screen.active_tab
        if isinstance(tab, SummaryTab):
            self._screen.read_scale_set()
        elif not tab.state.is_reading:
            shares = isinstance(tab, ExtensionsTab | JsonTab)
            self._screen.read_document() if shares else tab.read()

    # Scrolling

    def do_down(self) -> None:
        """Scrolls down."""
        self._target.scroll_relative(y=1, animate=False)

    def do_up(self) -> None:
        """Scrolls up."""
        self._target.scroll_relative(y=-1, animate=False)

    def do_page_down(self) -> None:
        """Scrolls a page down."""
        self._target.scroll_relative(y=self._target.size.height, animate=False)

    def do_page_up(self) -> None:
        """Scrolls a page up."""
        self._target.scroll_relative(y=-self._target.size.height, animate=False)

    def do_first(self) -> None:
        """Scrolls to the top; a log that is there already reads more."""
        tab = self._screen.active_tab
        if isinstance(tab, BootLogTab) and round(self._target.scroll_y) == 0:
            tab.read_earlier()
        self._target.scroll_to(y=0, animate=False)

    def do_last(self) -> None:
        """Scrolls to the end."""
        self._target.scroll_to(y=self._target.max_scroll_y, animate=False)

    # The log and the activity

    def do_search(self) -> None:
        """Searches the log."""
        self._with_log(BootLogTab.search)

    def do_next_error(self) -> None:
        """Goes to the next match or error."""
        self._with_log(lambda tab: tab.go_to_next(1))

    def do_previous_error(self) -> None:
        """Goes to the previous match or error."""
        self._with_log(lambda tab: tab.go_to_next(-1))

    def do_longer_span(self) -> None:
        """Reads more of the Activity Log."""
        tab = self._screen.active_tab
        if isinstance(tab, ActivityTab):
            tab.read_more()
        else:
            self._screen.say("Only the Activity tab has a span (4)", warning=True)

    def do_copy_line(self) -> None:
        """Copies the current line of the log."""
        self._with_log(self._copy)

    def _copy(self, tab: BootLogTab) -> None:
        line = tab.line_to_copy
        if not line:
            self._screen.say("There is no line to copy", warning=True)
            return
        self._screen.app.copy_to_clipboard(line)
        if takes_clipboard(os.environ):
            self._screen.say(f"Copied {cell(line, 80)}")
        elif clipboard_sequence(line, os.environ) is not None:
            self._screen.say(f"Sent to the terminal's clipboard: {cell(line, 80)}")

    def _with_log(self, act: Callable[[BootLogTab], None]) -> None:
        tab = self._screen.active_tab
        if isinstance(tab, BootLogTab):
            act(tab)
        else:
            self._screen.say("Only the boot log is searched (3)", warning=True)

    # Leaving

    def do_back(self) -> None:
        """Ends a search, else goes back to the scale set."""
        if not self._screen.active_tab.close_panel():
            self._screen.leave(None)

    def do_leave(self) -> None:
        """Goes back to the scale set."""
        self._screen.leave(None)

    def do_retry(self) -> None:
        """Retries the failed instances of the run."""
        self._screen.leave("retry")

    def do_revert(self) -> None:
        """Rolls the run back."""
        self._screen.leave("revert")

    def do_actions(self) -> None:
        """Opens the popup of actions."""
        self._screen.leave("actions")

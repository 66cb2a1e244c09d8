"""The dashboard's frame: paints first, then connects; owns the session and the looks.

Imports no screen and nothing of a run before the first frame: `connecting` does so in a thread.
"""

import gc
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import App, ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import BindingType
from textual.content import Content
from textual.driver import Driver
from textual.filter import LineFilter
from textual.screen import Screen
from textual.widgets import Input, Static

from vmss_tui.text import cell
from vmss_tui.ui.commands.bindings import CommandScope, bindings_for
from vmss_tui.ui.commands.keys import key_names
from vmss_tui.ui.connect import Connected, ConnectionFailed, connect_after_first_frame
from vmss_tui.ui.drawing.glyphs import Appearance, Glyphs
from vmss_tui.ui.drawing.themes import THEMES, next_theme, variable_defaults
from vmss_tui.ui.session import Session, utc_now
from vmss_tui.ui.terminal.output import (
    GREYSCALE_FILTERS,
    clipboard_sequence,
    exit_on_signals,
    output_filters,
)
from vmss_tui.ui.terminal.performance import clear_line_caches, shorten_switch_interval
from vmss_tui.ui.terminal.textual_private import (
    app_driver,
    app_event_loop,
    app_exception,
    exit_with_exception,
    handle_exception,
    set_exception_handler,
    store_clipboard,
)

if TYPE_CHECKING:
    from textual.command import Provider

    from vmss_tui.fleet.scale_set_id import ScaleSetId
    from vmss_tui.runtime.session import Services

Resolve = Callable[["Services"], "ScaleSetId"]
"""Finds the scale set that was named on the command line; may ask Azure."""


def _commands_provider() -> "type[Provider]":
    from vmss_tui.ui.commands.palette import CommandsProvider

    return CommandsProvider


class VmssApp(App[int]):
    """`run()` gives the exit code: 0, 1 where no connection could be had, 128+n for signal n."""

    TITLE = "vmss-tui"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for(CommandScope.APP)]
    COMMANDS = {_commands_provider}  # noqa: RUF012 - as Textual has it
    ENABLE_COMMAND_PALETTE = False  # ours is opened by `do_palette`
    VERTICAL_BREAKPOINTS = [(0, "-short"), (16, "-tall")]  # noqa: RUF012 - as Textual has it
    session: Session
    retry_interval: ClassVar[float] = 15.0
    """Seconds until another try where there was no connection."""

    def __init__(
        self,
        connect: "Callable[[], Services]",
        scale_set: "ScaleSetId | Resolve | None" = None,
        *,
        appearance: Appearance | None = None,
        keys: Mapping[str, str] | None = None,
        cell_mode: str = "state",
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """`connect` is called in a thread after the first frame, and may raise `GatewayError`;
        `keys` moves commands by id, `cell` is what cells mean at first; `now` is UTC."""
        super().__init__()
        # Textual's own handler prints a traceback, which shows the values of variables.
        set_exception_handler(self, partial(exit_with_exception, self))
        self.animation_level = "none"
        self.appearance = appearance or Appearance()
        self._no_colours = bool(os.environ.get("NO_COLOR"))
        plain = self.appearance.glyphs is Glyphs.ASCII
        self._own_filters = output_filters(plain=plain, coloured=not self._no_colours)
        self._connect, self._wanted = connect, scale_set
        self._keys = {each: key_names(moved) for each, moved in (keys or {}).items()}
        self._now, self._cell = now, cell_mode
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = self.appearance.theme
        self.set_keymap(self._keys)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our tones, for themes that do not know them."""
        return variable_defaults()

    def get_driver_class(self) -> type[Driver]:
        """Ours, which knows what a closed terminal means."""
        from vmss_tui.ui.terminal.driver import TerminalDriver

        return TerminalDriver

    def run(self, **how: Any) -> int | None:
        """Runs to the end; raises what nobody foresaw, once the terminal is as it was."""
        before, threading.excepthook = threading.excepthook, self._thread_failed
        try:
            code = super().run(**how)
        finally:
            threading.excepthook = before
            if hasattr(self, "session"):  # it was connected
                self.session.operations.close()
        if (error := app_exception(self)) is not None:
            raise error
        return code

    def _thread_failed(self, failed: threading.ExceptHookArgs) -> None:
        """A defect in a thread is one of the program: else its screen would wait for ever."""
        from vmss_tui.ui.terminal.driver import HANGUP_EXIT_CODE, TerminalDriver

        loop, error = app_event_loop(self), failed.exc_value
        if loop is None or loop.is_closed():
            return
        driver = app_driver(self)
        if isinstance(driver, TerminalDriver) and driver.is_writer_thread(failed.thread):
            loop.call_soon_threadsafe(self.exit, HANGUP_EXIT_CODE)
        elif isinstance(error, Exception):
            loop.call_soon_threadsafe(handle_exception, self, error)

    def copy_to_clipboard(self, text: str) -> None:
        """Copies where the terminal can; else shows the text, to be selected."""
        store_clipboard(self, text)
        sequence = clipboard_sequence(text, os.environ)
        if sequence is None:
            from vmss_tui.ui.app_screens import copying_screen

            self.push_screen(copying_screen(text))
        elif (driver := app_driver(self)) is not None:
            driver.write(sequence)

    def pop_screen(self) -> AwaitComplete:
        """Back to the screen below."""
        clear_line_caches(self.screen)
        return super().pop_screen()

    def switch_screen(self, screen: Screen[Any] | str) -> AwaitComplete:
        """Another screen in place of this one."""
        clear_line_caches(self.screen)
        return super().switch_screen(screen)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """No cursor blinks: nothing is drawn while nothing happens."""
        if isinstance(event.widget, Input):
            event.widget.cursor_blink = False

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What every line passes before it is drawn; in ASCII our own frames too."""
        theirs = (
            each for each in super().get_line_filters() if not isinstance(each, GREYSCALE_FILTERS)
        )
        return [*theirs, *self._own_filters]

    def compose(self) -> ComposeResult:
        """The first frame: one line, until there is something to show."""
        yield Static(Content(" vmss-tui  connecting …"), markup=False, id="first")

    def on_mount(self) -> None:
        """Connects once the first frame is painted."""
        exit_on_signals(self)
        shorten_switch_interval()
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        gc.enable()  # off while what the first frame needs was imported
        connect, wanted = self._connect, self._wanted

        def work() -> Connected:
            cockpit = connect()
            return Connected(cockpit, wanted(cockpit) if callable(wanted) else wanted)

        connect_after_first_frame(self, work)

    def on_connected(self, message: Connected) -> None:
        """Opens the scale set that was named, or the list."""
        from vmss_tui.ui.app_screens import first_screen

        self._failed = False
        cockpit = message.services
        self.session = Session(self.appearance, cockpit, self._now, self._keys, read_only_locked=cockpit.read_only)
        self.session.demo_hint, self.session.cell_mode = cockpit.welcome, self._cell
        self.push_screen(first_screen(message.scale_set), self._left)

    def on_connection_failed(self, message: ConnectionFailed) -> None:
        """Says why, and tries again: a network comes back, somebody signs in next door."""
        words = Content.assemble(
            (" vmss-tui", "$quiet"),
            "\n\n ",
            (cell(message.error, 1000), "bold $tone-unhealthy"),
            (f"\n\n tried again every {self.retry_interval:.0f} s   q leaves", "$quiet"),
        )
        self.query_one("#first", Static).update(words)
        self._failed = True
        self.set_timer(self.retry_interval, self._begin)

    _failed = False

    def _left(self, _: None) -> None:
        self.exit(0)

    # Commands that are everywhere

    def action_app_command(self, command_id: str) -> None:
        """Runs one of the app's own commands."""
        getattr(self, f"do_{command_id.replace('-', '_')}")()

    def do_theme(self) -> None:
        """The next theme."""
        if self._no_colours:
            self.notify("NO_COLOR is set: no theme has any colours", markup=False, timeout=3)
        else:
            self.theme = next_theme(self.theme)

    def do_help(self) -> None:
        """All keys."""
        from vmss_tui.ui.app_screens import help_screen

        self.clear_notifications()
        self.push_screen(help_screen(self.screen, self._keys))

    def do_palette(self) -> None:
        """Finds a command by name."""
        from vmss_tui.ui.app_screens import palette_screen

        if hasattr(self, "session"):  # nothing is found before it is connected
            self.clear_notifications()
            self.push_screen(palette_screen())

    def do_quit(self) -> None:
        """As `q` on the first screen."""
        self.exit(1 if self._failed else 0)

    def do_how_to_leave(self) -> None:
        """ctrl+c never leaves: it is pressed too easily."""
        self.notify("q leaves; a live run goes on by itself", markup=False, timeout=3)

    def do_suspend(self) -> None:
        """Back to the shell."""
        self.action_suspend_process()

    def key_q(self) -> None:
        """Leaves while there is no screen yet that could."""
        if len(self.screen_stack) == 1:
            self.do_quit()

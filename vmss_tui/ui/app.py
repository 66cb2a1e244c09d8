"""The Textual app: draws a first frame, then connects; owns the session and the theme.

No screen and nothing about runs is imported before the first frame; `connect` does so in a thread.
"""

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
from vmss_tui.ui.commands.bindings import CommandScope, bindings_for, command_key
from vmss_tui.ui.commands.handlers import handlers_by_command
from vmss_tui.ui.commands.keys import key_names
from vmss_tui.ui.connect import (
    Connected,
    ConnectionFailed,
    ScaleSetResolver,
    connect_after_first_frame,
)
from vmss_tui.ui.drawing.glyphs import Appearance, Glyphs
from vmss_tui.ui.drawing.themes import THEMES, next_theme, variable_defaults
from vmss_tui.ui.key_queue import KeyGuard, KeyQueue
from vmss_tui.ui.session import Session, utc_now
from vmss_tui.ui.terminal.compaction import compact_update
from vmss_tui.ui.terminal.output import (
    GREYSCALE_FILTERS,
    clipboard_sequence,
    exit_on_signals,
    output_filters,
)
from vmss_tui.ui.terminal.performance import (
    START_SECONDS,
    clear_line_caches,
    resume_garbage_collection,
)
from vmss_tui.ui.terminal.textual_private import (
    app_driver,
    app_event_loop,
    app_exception,
    exit_with_exception,
    handle_exception,
    rewrite_partial_updates,
    set_ascii_corners,
    set_exception_handler,
    store_clipboard,
    use_native_rule_hash,
)

if TYPE_CHECKING:
    from vmss_tui.fleet.scale_set_id import ScaleSetId
    from vmss_tui.runtime.session import Services

_DIALOGS_AFTER = 1.0
"""Seconds from the first screen to the import of dialogs, which would delay its first frames."""


class VmssApp(App[int]):
    """`run()` returns the exit code: 0, 1 without a connection, 128+n for signal n."""

    TITLE = "vmss-tui"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for(CommandScope.APP)]
    ENABLE_COMMAND_PALETTE = False  # `do_palette` opens a palette of our own
    VERTICAL_BREAKPOINTS = [(0, "-short"), (16, "-tall")]  # noqa: RUF012 - as Textual declares it
    session: Session
    retry_interval: ClassVar[float] = 15.0
    """Seconds until another attempt to connect."""

    def __init__(
        self,
        connect: "Callable[[], Services]",
        scale_set: "ScaleSetId | ScaleSetResolver | None" = None,
        *,
        appearance: Appearance | None = None,
        keys: Mapping[str, str] | None = None,
        cell_mode: str = "state",
        now: Callable[[], datetime] = utc_now,
        key_guard: KeyGuard | None = None,
    ) -> None:
        """`connect` is called in a thread after the first frame and may raise `GatewayError`.
        `keys` are configured keys by command id, `cell_mode` is the setting's name of what cells
        show at first; `now` returns the time in UTC; `key_guard` says which keys a dialog takes."""
        use_native_rule_hash()
        super().__init__()
        # Textual's own handler prints a traceback, which shows the values of variables.
        set_exception_handler(self, partial(exit_with_exception, self))
        self.animation_level = "none"
        self.appearance = appearance or Appearance()
        self._no_colours = bool(os.environ.get("NO_COLOR"))
        plain = self.appearance.glyphs is Glyphs.ASCII
        if plain:
            set_ascii_corners()
        self._own_filters = output_filters(
            plain=plain,
            coloured=not self._no_colours,
            has_palette=self.console.color_system == "256",
        )
        self._connect, self._target = connect, scale_set
        self._keys = {
            command_id: key_names(command_keys) for command_id, command_keys in (keys or {}).items()
        }
        self._now, self._cell_mode = now, cell_mode
        self._connection_failed = False
        self._handlers = handlers_by_command((self,), CommandScope.APP)
        self.key_queue = KeyQueue(self, super().on_event, key_guard or KeyGuard())
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = self.appearance.theme
        self.set_keymap(self._keys)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The program's own colours, for themes without them."""
        return variable_defaults()

    def get_driver_class(self) -> type[Driver]:
        """A driver that exits when the terminal is closed."""
        from vmss_tui.ui.terminal.driver import TerminalDriver

        return TerminalDriver

    def run(self, **options: Any) -> int | None:
        """Runs to the end. Raises an unexpected error once the terminal is restored."""
        previous, threading.excepthook = threading.excepthook, self._thread_failed
        try:
            code = super().run(**options)
        finally:
            threading.excepthook = previous
            if hasattr(self, "session"):  # it was connected
                self.session.operations.close()
        if (error := app_exception(self)) is not None:
            raise error
        return code

    def _thread_failed(self, failure: threading.ExceptHookArgs) -> None:
        """Ends the program after an unexpected error in a thread: it may never reply."""
        from vmss_tui.ui.terminal.driver import HANGUP_EXIT_CODE, TerminalDriver

        loop, error = app_event_loop(self), failure.exc_value
        if loop is None or loop.is_closed():
            return
        driver = app_driver(self)
        if isinstance(driver, TerminalDriver) and driver.is_writer_thread(failure.thread):
            loop.call_soon_threadsafe(self.exit, HANGUP_EXIT_CODE)
        elif isinstance(error, Exception):
            loop.call_soon_threadsafe(handle_exception, self, error)

    async def on_event(self, event: events.Event) -> None:
        """Passes keys and pasted text on one after the other."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            await self.key_queue.put(event)
        else:
            await super().on_event(event)

    def copy_to_clipboard(self, text: str) -> None:
        """Copies the text, or shows it to be selected where the terminal has no clipboard."""
        store_clipboard(self, text)
        sequence = clipboard_sequence(text, os.environ)
        if sequence is None:
            from vmss_tui.ui.app_screens import clipboard_screen

            self.push_screen(clipboard_screen(text))
        elif (driver := app_driver(self)) is not None:
            driver.write(sequence)

    def pop_screen(self) -> AwaitComplete:
        """Closes the top screen."""
        clear_line_caches(self.screen)
        return super().pop_screen()

    def switch_screen(self, screen: Screen[Any] | str) -> AwaitComplete:
        """Replaces the top screen."""
        clear_line_caches(self.screen)
        return super().switch_screen(screen)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Stops the cursor of inputs from blinking: nothing is drawn while nothing changes."""
        if isinstance(event.widget, Input):
            event.widget.cursor_blink = False

    def get_line_filters(self) -> Sequence[LineFilter]:
        """The filters that every line passes before it is drawn."""
        textual_filters = (
            line_filter
            for line_filter in super().get_line_filters()
            if not isinstance(line_filter, GREYSCALE_FILTERS)
        )
        return [*textual_filters, *self._own_filters]

    def compose(self) -> ComposeResult:
        """The first frame: one line."""
        yield Static(Content(" vmss-tui  connecting …"), markup=False, id="first")

    def on_mount(self) -> None:
        """Connects once the first frame is drawn."""
        exit_on_signals(self)
        screen_changed = self.key_queue.guard.screen_changed
        self.screen_change_signal.subscribe(self, screen_changed, immediate=True)
        rewrite_partial_updates(compact_update)
        self.set_timer(START_SECONDS, resume_garbage_collection)
        self.call_after_refresh(self._start_connecting)

    def _start_connecting(self) -> None:
        connect_after_first_frame(self, self._connect, self._target)

    def on_connected(self, message: Connected) -> None:
        """Opens the scale set named on the command line, or the list."""
        from vmss_tui.ui.app_screens import first_screen, import_dialogs

        self._connection_failed = False
        services = message.services
        locked = services.read_only
        self.session = Session(
            self.appearance, services, self._now, self._keys, read_only_locked=locked
        )
        self.session.demo_hint, self.session.cell_mode = message.welcome, self._cell_mode
        self.push_screen(first_screen(self.session, message.opening), self._first_screen_closed)
        self.set_timer(_DIALOGS_AFTER, import_dialogs)

    def on_connection_failed(self, message: ConnectionFailed) -> None:
        """Shows the error and tries again: a network may come back, or the operator may sign in."""
        text = Content.assemble(
            (" vmss-tui", "$quiet"),
            "\n\n ",
            (cell(message.error, 1000), "bold $tone-unhealthy"),
            (f"\n\n tried again every {self.retry_interval:.0f} s   q leaves", "$quiet"),
        )
        self.query_one("#first", Static).update(text)
        self._connection_failed = True
        self.set_timer(self.retry_interval, self._start_connecting)

    def _first_screen_closed(self, _result: None) -> None:
        self.exit(0)

    # Commands of the app, available on every screen

    def action_app_command(self, command_id: str) -> None:
        """Runs a command of the app."""
        self._handlers[command_id]()

    def do_theme(self) -> None:
        """Switches to the next theme."""
        if self._no_colours:
            self.notify("NO_COLOR is set: no theme has any colours", markup=False, timeout=3)
        else:
            self.theme = next_theme(self.theme)

    def do_help(self) -> None:
        """Opens the help screen."""
        from vmss_tui.ui.app_screens import help_screen

        self.clear_notifications()
        self.push_screen(help_screen(self.screen, self._keys))

    def do_palette(self) -> None:
        """Opens the command palette."""
        from vmss_tui.ui.app_screens import palette_screen

        if hasattr(self, "session"):  # there are no commands before it is connected
            self.clear_notifications()
            self.push_screen(palette_screen())

    def do_quit(self) -> None:
        """Leaves, as `q` does on the first screen: asks first where a run is live."""
        if hasattr(self, "session"):
            from vmss_tui.ui.departure import leave_program

            leave_program(self, self.session.services)
        else:
            self.exit(1 if self._connection_failed else 0)

    def do_how_to_leave(self) -> None:
        """Says how to leave: ctrl+c is pressed too easily to exit by it."""
        key = command_key("leave", self._keys) or "q"
        self.notify(f"{key} leaves; a live run continues by itself", markup=False, timeout=3)

    def do_suspend(self) -> None:
        """Suspends the process, back to the shell."""
        self.action_suspend_process()

    def key_q(self) -> None:
        """Exits while no screen is open yet that handles `q`."""
        if len(self.screen_stack) == 1:
            self.do_quit()

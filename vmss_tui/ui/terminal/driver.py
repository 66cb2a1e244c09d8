"""A terminal driver that exits the program when the terminal is closed.

Textual's own driver reads from a closed terminal in an endless loop (100 % CPU), and prints a
traceback where reading fails. Here both exit the app with 129, as SIGHUP does.
"""

import os
import selectors
import signal
from codecs import getincrementaldecoder
from threading import Thread

from textual.drivers.linux_driver import LinuxDriver

from vmss_tui.ui.terminal.textual_private import (
    driver_writer_thread,
    exit_app_of,
    input_parser,
)

HANGUP_EXIT_CODE = 128 + signal.SIGHUP
_READ_SIZE = 4096
_ESCAPE_DELAY = 0.1
"""Seconds after which an escape character without a successor is the Escape key."""


class TerminalDriver(LinuxDriver):
    """Reads keys until the terminal is closed; writes nothing to a closed terminal."""

    def run_input_thread(self) -> None:
        """Posts an event for each key and mouse action; invalid UTF-8 is replaced."""
        parser = input_parser(self)
        decode = getincrementaldecoder("utf-8")(errors="replace").decode
        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(_ESCAPE_DELAY):
                    if not (data := self._read()):
                        exit_app_of(self, HANGUP_EXIT_CODE)
                        return
                    for event in parser.feed(decode(data)):
                        self.process_message(event)
                for event in parser.tick():
                    self.process_message(event)

    def _read(self) -> bytes:
        """The next input; empty where the terminal is closed (Linux may raise EIO instead)."""
        try:
            return os.read(self.fileno, _READ_SIZE)
        except OSError:
            return b""

    def write(self, data: str) -> None:
        """Writes, unless the writer thread has ended because the terminal is closed."""
        thread = driver_writer_thread(self)
        if thread is not None and thread.is_alive():
            super().write(data)

    def is_writer_thread(self, thread: Thread | None) -> bool:
        """Whether this is the writer thread, which fails when the terminal is closed."""
        return thread is not None and thread is driver_writer_thread(self)

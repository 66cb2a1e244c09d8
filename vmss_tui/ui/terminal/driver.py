"""A terminal driver that exits the program when the terminal is closed, and follows its size.

Textual's own driver reads from a closed terminal in an endless loop (100 % CPU), and prints a
traceback where reading fails. Here both exit the app with 129, as SIGHUP does.

It also reads the size in a signal handler, which a second signal may interrupt: the sizes then
arrive in the wrong order, and the screen stays drawn for one that the terminal no longer has.
Here the event loop reads it, one signal after the other.
"""

import asyncio
import os
import selectors
import shutil
import signal
import sys
from codecs import getincrementaldecoder
from threading import Thread

from textual.drivers.linux_driver import LinuxDriver
from textual.events import Resize
from textual.geometry import Size

from vmss_tui.ui.terminal.textual_private import (
    driver_writer_thread,
    exit_app_of,
    input_parser,
    post_event,
    queue_output,
)

HANGUP_EXIT_CODE = 128 + signal.SIGHUP
_READ_SIZE = 4096
_ESCAPE_DELAY = 0.1
"""Seconds after which an escape character without a successor is the Escape key."""
_QUEUE_DELAY = 0.1
"""Seconds between two looks whether the writer thread still takes output."""


class TerminalDriver(LinuxDriver):
    """Reads keys until the terminal is closed; writes nothing to a closed terminal."""

    def start_application_mode(self) -> None:
        """Takes over the terminal. To be called in the event loop of the app."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        asyncio.get_running_loop().add_signal_handler(signal.SIGWINCH, self._post_size)

    def _post_size(self) -> None:
        """Posts the terminal's size now. Where the terminal reports sizes by itself too, the app
        receives the same one twice, which has no effect."""
        size = Size(*shutil.get_terminal_size())
        post_event(self, Resize(size, size))

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
        self._queue_output(data)

    def close(self) -> None:
        """Waits until everything is written. What a closed terminal has not taken is dropped:
        Python would try to write it once more as it exits, fail, and return 120."""
        thread, terminal = driver_writer_thread(self), sys.__stderr__
        self._queue_output(None)
        if thread is None or terminal is None:
            return
        thread.join()
        try:
            terminal.flush()
        except OSError:
            _redirect_to_null(terminal.fileno())

    def _queue_output(self, data: str | None) -> None:
        """Textual waits for space in the queue for ever, even where its reader has ended."""
        thread = driver_writer_thread(self)
        while thread is not None and thread.is_alive():
            if queue_output(thread, data, _QUEUE_DELAY):
                return

    def is_writer_thread(self, thread: Thread | None) -> bool:
        """Whether this is the writer thread, which fails when the terminal is closed."""
        return thread is not None and thread is driver_writer_thread(self)


def _redirect_to_null(descriptor: int) -> None:
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, descriptor)
    os.close(null)

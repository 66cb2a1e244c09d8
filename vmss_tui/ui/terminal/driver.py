"""Textual's terminal driver for terminals that go away: a closed one ends the program.

The stock driver asks a closed terminal for input for ever (100 % CPU without anybody there), and
prints a traceback where reading fails. Here both are what SIGHUP is: the app's own exit with 129.
"""

import os
import selectors
import signal
from codecs import getincrementaldecoder
from threading import Thread

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

HUNG_UP = 128 + signal.SIGHUP
_MOST = 4096
_TICK = 0.1
"""Seconds after which an Escape that nothing follows is the key."""


class TerminalDriver(LinuxDriver):
    """Reads keys until the terminal is closed; writes nothing to one that is."""

    def run_input_thread(self) -> None:
        """Passes on what is typed; bytes that are no UTF-8 are shown as such, never fatal."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")(errors="replace").decode
        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(_TICK):
                    if not (data := self._read()):
                        self._loop.call_soon_threadsafe(self._app.exit, HUNG_UP)
                        return
                    for event in parser.feed(decode(data)):
                        self.process_message(event)
                for event in parser.tick():
                    self.process_message(event)

    def _read(self) -> bytes:
        """What was typed; empty where the terminal is closed, which Linux also says by EIO."""
        try:
            return os.read(self.fileno, _MOST)
        except OSError:
            return b""

    def write(self, data: str) -> None:
        """Writes, unless the thread that does so has met a closed terminal."""
        if self._writer_thread is not None and self._writer_thread.is_alive():
            super().write(data)

    def writes_in(self, thread: Thread | None) -> bool:
        """Is this the thread that writes? It fails where the terminal is closed."""
        return thread is not None and thread is self._writer_thread

"""One command of the program at a terminal of its own, to answer its questions."""

import os
import pty
import select
import subprocess
import sys
import time


class PromptTerminal:
    """One command in a demo world, with a terminal as its stdin and stderr; stdout is dropped."""

    def __init__(self, *arguments: str) -> None:
        self._ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "vmss_tui", "--demo", "--speed", "60", *arguments]
        self.process = subprocess.Popen(
            command,
            stdin=theirs,
            stdout=subprocess.DEVNULL,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self.seen = ""

    def sees(self, words: str) -> None:
        """Reads until the words are there."""
        deadline = time.monotonic() + 30
        while words not in self.seen and time.monotonic() < deadline and self._read():
            pass
        assert words in self.seen, self.seen

    def types(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def leaves(self) -> int:
        """Reads to the end and gives the exit code."""
        while self._read():
            pass
        os.close(self._ours)
        return self.process.wait(timeout=30)

    def _read(self) -> bool:
        if not select.select([self._ours], [], [], 30)[0]:
            return False
        try:
            found = os.read(self._ours, 65_536)
        except OSError:  # the other side is closed
            return False
        self.seen += found.decode()
        return bool(found)

"""One command of the program at a terminal of its own, to answer its questions."""

import os
import pty
import select
import sys
import time

from tests.support.program_forks import Fork


class PromptTerminal:
    """One command in a demo world, in a terminal but for its stdout, which is dropped."""

    def __init__(self, *arguments: str) -> None:
        self._terminal, program_end = pty.openpty()
        command = [sys.executable, "-m", "vmss_tui", "--demo", "--speed", "60", *arguments]
        self.process = Fork(
            command, os.environ, stdin=program_end, stderr=program_end, own_session=True
        )
        os.close(program_end)
        self.output = ""

    def wait_for_text(self, text: str) -> None:
        """Reads until the text is in the output."""
        deadline = time.monotonic() + 30
        while text not in self.output and time.monotonic() < deadline and self._read():
            pass
        assert text in self.output, self.output

    def type(self, keys: str) -> None:
        """Sends keys."""
        os.write(self._terminal, keys.encode())

    def wait_for_exit(self) -> int:
        """Reads to the end; returns the exit code."""
        while self._read():
            pass
        os.close(self._terminal)
        return self.process.wait(timeout=30)

    def _read(self) -> bool:
        if not select.select([self._terminal], [], [], 30)[0]:
            return False
        try:
            data = os.read(self._terminal, 65_536)
        except OSError:  # the other side is closed
            return False
        self.output += data.decode()
        return bool(data)

"""A demo world whose replies carry hostile text, and a check of what the program writes."""

import base64
import fcntl
import re
import struct
import termios
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.support.hostile_relay import HostileRelay
from tests.support.processes import TIMEOUT, Machine, Terminal
from tests.support.terminal_bytes import parse_output

SET = "web-rg/web-vmss"
_ESCAPE = "\x1b[27u"
"""The key as a terminal of the Kitty protocol sends it, which is no start of another key."""
CLEAN_ID = re.compile(rb"/subscriptions/[0-9a-f-]+/resourceGroups/web-rg/[\w./-]+", re.IGNORECASE)


@dataclass
class HostileWorld:
    """A machine, its demo world, and the relay that makes the replies of the world hostile."""

    machine: Machine
    relay: HostileRelay

    def press(self, terminal: Terminal, *keys: str) -> None:
        """Types one key after the other, each when the screen has answered the last."""
        for key in keys:
            terminal.press(_ESCAPE if key == "\x1b" else key)
            _wait_for_rest(terminal, moves=self.machine.speed > 0)


def _wait_for_rest(terminal: Terminal, *, moves: bool) -> None:
    """Reads until the program has taken what was typed, writes nothing more, and sleeps.

    On a busy computer silence alone says nothing: the program may be waiting for a processor.
    Where the world moves, the program may never sleep: it is then given a second.
    """
    quiet, deadline = 0, time.monotonic() + (1.0 if moves else TIMEOUT)
    while quiet < 2:
        if time.monotonic() > deadline:
            assert moves, f"the program does not rest:\n{terminal.text}"
            return
        written, is_idle = terminal.read(0.02), _is_idle(terminal)
        quiet = quiet + 1 if is_idle and not written else 0


def _is_idle(terminal: Terminal) -> bool:
    """Every key was read, and no thread of the program runs."""
    unread = struct.unpack("i", fcntl.ioctl(terminal.descriptor, termios.TIOCOUTQ, bytes(4)))[0]
    threads = Path(f"/proc/{terminal.pid}/task").glob("*/stat")
    try:
        stats = [path.read_text() for path in threads]
    except OSError:  # a thread has ended meanwhile
        return False
    return not unread and all(stat.rpartition(")")[2].split()[0] in "SZ" for stat in stats)


class StartWorld(Protocol):
    """Starts a demo world behind a relay that makes its replies hostile."""

    def __call__(
        self, *, include_catalogue: bool = ..., speed: float = ..., scenario: str = ...
    ) -> HostileWorld: ...


def check_harmless(output: bytes) -> str:
    """Checks that nothing in the output could do harm; returns its text."""
    text, copies, forbidden = parse_output(output)
    assert not forbidden, forbidden[:5]
    assert all(CLEAN_ID.fullmatch(base64.b64decode(copy)) for copy in copies), copies
    assert not re.search(r"^\s*FORGED", text, re.MULTILINE), "somebody else began a line"
    return text

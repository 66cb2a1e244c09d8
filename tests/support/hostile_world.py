"""A demo world whose replies carry hostile text, and a check of what the program writes."""

import base64
import re
from dataclasses import dataclass
from typing import Protocol

from tests.support.hostile_relay import HostileRelay
from tests.support.processes import Machine, Terminal
from tests.support.terminal_bytes import parse_output

SET = "web-rg/web-vmss"
CLEAN_ID = re.compile(rb"/subscriptions/[0-9a-f-]+/resourceGroups/web-rg/[\w./-]+", re.IGNORECASE)


@dataclass
class HostileWorld:
    """A machine, its demo world, and the relay that makes the replies of the world hostile."""

    machine: Machine
    relay: HostileRelay

    def press(self, terminal: Terminal, *keys: str) -> None:
        """Types one key after the other, each when the screen has answered the last."""
        for key in keys:
            terminal.press(key)
            terminal.wait_for_silence(0.2 if key == "\x1b" else 0.1, at_most=1.0)


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

"""The time from the start of the demo, in a terminal of 120 x 36, to the first row of its heat map.

The program is a process of its own. What it writes is read at once and not drawn.
"""

import fcntl
import os
import pty
import re
import select
import signal
import statistics
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.rows import Row
from tests.support.processes import Machine

ROUNDS = 5
TIMEOUT = 30.0
"""Seconds after which a start has failed."""
FIRST_LABEL = b"UD 0"
_SEQUENCE = re.compile(rb"\x1b\[[0-9;?]*[a-zA-Z]")
_COMMAND = (sys.executable, "-m", "vmss_tui", "--demo")


def rows() -> Iterator[Row]:
    """The median of several starts, with and without the start of the simulator."""
    with tempfile.TemporaryDirectory() as home:
        machine = Machine(Path(home))
        seconds_to_first_row(machine)  # compiles what was never imported
        fresh = []
        for _ in range(ROUNDS):
            machine.end()
            fresh.append(seconds_to_first_row(machine))
        running = [seconds_to_first_row(machine) for _ in range(ROUNDS)]
        machine.end()
    yield _row("start of the demo to the first row of its heat map", fresh, 1.0)
    yield _row("the same, with the demo running", running, 0.7)


def _row(name: str, seconds: list[float], target: float) -> Row:
    note = f"{min(seconds):.2f} to {max(seconds):.2f} s"
    return Row(name, statistics.median(seconds), target, "s", note=note)


def seconds_to_first_row(machine: Machine) -> float:
    """Starts the dashboard, and ends it once the label of the first domain has been written."""
    start = time.perf_counter()
    process, terminal = pty.fork()
    if process == 0:
        os.execve(_COMMAND[0], _COMMAND, machine.environment | {"TERM": "xterm-256color"})
    try:
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
        written = b""
        while FIRST_LABEL not in _SEQUENCE.sub(b"", written):
            assert time.perf_counter() - start < TIMEOUT, written[-500:]
            if select.select([terminal], [], [], 1.0)[0]:
                written += os.read(terminal, 1 << 16)
        return time.perf_counter() - start
    finally:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        os.close(terminal)

"""A soak test of the dashboard in a pseudo-terminal: keys are pressed while a run is live.

`python -m tests.end_to_end.soak [SECONDS [SPEED]]` does it for each scenario and prints the result;
the tests do a shorter one. 90 seconds are 90 minutes of the demo. Then the clock of the demo is
stopped, and nothing may be written any more.
"""

import os
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from statistics import median

import requests

from tests.support.processes import Machine, Terminal
from tests.support.terminal_bytes import parse_output
from vmss_tui import demo
from vmss_tui.demo import DemoWorld
from vmss_tui.runtime.storage.run_folder import RunFolder

SCENARIOS = {"flaky-arm": "web-rg/web-vmss", "thousand": "big-rg/big-vmss"}
KEYS = (
    "h", "j", "k", "l", "j", "l", "n", "N", "m", "m", "w", "s", "f", "f", "d", "d", "o", "o", ",",
    ";", "g", "G", "r", "t", "t", "t", " ", "v", "jj", "v", "\\", "a", "u", "\x1b[6~", "\x1b[5~",
    "e", "\x1b", "b", "\x1b", "\r", "i", "\x1b", "?", "\x1b", "y", "\x1b", ":", "zone", "\x1b", "/",
    "ud:1", "\x1b", "/", "state:outdated\r", "\x1b", "E", "\x1b", "C", "\x1b", "R", "\x1b", "\x1b",
    "U", "\x1b", "x", "\x1b", "[", "]", "c", "\t", "A", "\x1b", "\x1b", "\r",
)  # fmt: skip
"""Every key except those that confirm a change. Enter opens the scale set again from the list."""
MOST_READS_BETWEEN_THROTTLED = 8
KEY_INTERVAL = 0.15
"""Real seconds between two keys, so that an Escape is a key of its own."""


@dataclass
class SoakResult:
    """The result of a soak test."""

    scenario: str
    simulated_seconds: float
    keys: int = 0
    memory: list[tuple[float, float]] = field(default_factory=list)
    """(real seconds since the first frame, MiB resident)."""
    output: bytes = b""
    idle_output: bytes = b"?"
    """The output while the clock was stopped."""
    code: int | None = None
    crashes: int = 0
    upgraded: list[str] = field(default_factory=list)

    @property
    def memory_growth(self) -> float:
        """The memory at the end divided by the memory in the middle."""
        end = self.memory[-1][0]
        middle = [mib for at, mib in self.memory if end * 0.5 <= at <= end * 0.7]
        late = [mib for at, mib in self.memory if at >= end * 0.8]
        return median(late) / median(middle)

    @property
    def forbidden(self) -> list[bytes]:
        """Bytes that no terminal driver writes."""
        return parse_output(self.output)[2]

    def summary(self) -> str:
        """The result in one line."""
        last, minutes = self.memory[-1][1], self.simulated_seconds / 60
        return (
            f"{self.scenario}: {minutes:.0f} simulated minutes, {self.keys} keys, "
            f"{len(self.output) / 1024:.0f} KiB written, "
            f"{last:.0f} MiB (x{self.memory_growth:.3f}), {len(self.forbidden)} forbidden, "
            f"{len(self.idle_output)} bytes while time stood still, "
            f"{self.crashes} crashes, {len(self.upgraded)} upgraded, exit {self.code}"
        )


def soak(folder: Path, scenario: str, seconds: float, speed: float, silence: float) -> SoakResult:
    """Soaks one scenario for `seconds` real seconds, then reads until it is silent."""
    machine = Machine(folder, speed=speed, world=DemoWorld(scenario))
    terminal: Terminal | None = None
    try:
        run = start_run(machine, SCENARIOS[scenario])
        pass_throttled_read(machine)
        command = machine.command()
        terminal = Terminal(command, machine.environment, 120, 36, anew=True)
        terminal.wait_for_text(SCENARIOS[scenario].partition("/")[2])
        terminal.wait_for_text("UD 4")
        result = press_keys(terminal, machine, SoakResult(scenario, seconds * speed), seconds)
        machine.control("clock", {"speed": 0})
        result.idle_output = read_until_idle(terminal, silence)
        os.kill(terminal.pid, 15)
        result.code = terminal.wait_for_exit()
        result.output = bytes(terminal.output)
        result.crashes = len(list(machine.state.glob("crashes/*")))
        result.upgraded = machine.upgraded()
        assert run.read_run()[0].seq > 3, "the run did nothing"
        return result
    finally:
        if terminal is not None:
            terminal.close()
        machine.end()


def start_run(machine: Machine, scale_set: str) -> RunFolder:
    """Starts a run that lasts as long as the test."""
    options = ("--all", "--max-batch", "2", "--pause-between", "30", "--max-new-failures", "50")
    done = machine.run("run", scale_set, *options, "--yes", "--detach")
    assert done.returncode == 0, done.stderr
    return machine.single_run()


def pass_throttled_read(machine: Machine) -> None:
    """Reads until a read is throttled, where the world throttles some, so that it is none of those
    that the first screen needs: the dashboard would then be empty for 17 s."""
    world = demo.find_running(machine.state, machine.world)
    assert world is not None, "the demo is gone"
    path = f"/subscriptions/{world.subscription_id}/providers/Microsoft.Compute"
    url = f"{world.endpoint}{path}/virtualMachineScaleSets?api-version=2026-04-01"
    for _ in range(MOST_READS_BETWEEN_THROTTLED):
        answer = requests.get(url, headers={"Authorization": "Bearer soak"}, timeout=10)
        if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            break


def press_keys(
    terminal: Terminal, machine: Machine, result: SoakResult, seconds: float
) -> SoakResult:
    dice = random.Random(result.scenario)
    start = time.monotonic()
    at = 0
    while (now := time.monotonic() - start) < seconds:
        # The keys in their order, with a jump now and then.
        at = dice.randrange(len(KEYS)) if dice.random() < 0.05 else (at + 1) % len(KEYS)
        terminal.press(KEYS[at])
        result.keys += 1
        until_next = time.monotonic() + KEY_INTERVAL
        while (left := until_next - time.monotonic()) > 0:
            terminal.read(left)
        result.memory.append((now, resident_memory(terminal.pid)))
    return result


def read_until_idle(terminal: Terminal, silence: float) -> bytes:
    """Reads until nothing is written for `silence` seconds; returns the last output.

    A reading under way may still arrive, and its age is shown once; after that nothing changes.
    """
    deadline = time.monotonic() + 4 * silence + 20.0
    while (output := terminal.read(silence)) and time.monotonic() < deadline:
        continue
    return output


def resident_memory(pid: int) -> float:
    """The resident memory of a process in MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1048576


def main(arguments: list[str]) -> int:
    """Soaks every scenario; returns 1 where one of them failed."""
    seconds = float(arguments[0]) if arguments else 90.0
    speed = float(arguments[1]) if arguments[1:] else 60.0
    failed = 0
    for scenario in SCENARIOS:
        with tempfile.TemporaryDirectory() as folder:
            result = soak(Path(folder) / "home", scenario, seconds, speed, silence=10.0)
        sound = not result.forbidden and result.idle_output == b"" and result.crashes == 0
        sound = sound and 0.9 <= result.memory_growth <= 1.1 and result.code == 143
        failed += not sound
        sys.stdout.write(f"{'ok  ' if sound else 'MISS'} {result.summary()}\n")
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

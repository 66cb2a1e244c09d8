"""Signals and exit codes, changing sizes, terminal names and the bell."""

import os
import random
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.terminal.conftest import OpenDashboard, open_in_terminals
from tests.support.local_world import serve_world
from tests.support.measurement import Stopwatch, report_seconds
from tests.support.processes import TIMEOUT, Machine, Terminal, wait_until
from tests.support.relay import Relay
from tests.support.terminal_bytes import parse_output
from vmss_tui.simulator.server import Simulator
from vmss_tui.ui.background.messages import RunStatus
from vmss_tui.ui.screens.scale_set.run_commands import needs_attention
from vmss_tui.upgrade.run.run import Phase, Run

SET = "web-rg/web-vmss"
SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A machine whose demo world does not move."""
    result = Machine(tmp_path, speed=0.0)
    with serve_world(result.state, speed=0.0):
        yield result
    result.end()


@pytest.fixture
def open_dashboard(machine: Machine) -> Iterator[OpenDashboard]:
    """Opens the program on a machine of the test's own."""
    yield from open_in_terminals(machine)


def is_restored(terminal: Terminal) -> bool:
    """Is the alternate screen left, the cursor shown, and are mouse and paste switched off?"""
    output = bytes(terminal.output)
    return all(
        output.rfind(off) > output.rfind(on)
        for on, off in (
            (b"\x1b[?1049h", b"\x1b[?1049l"),
            (b"\x1b[?25l", b"\x1b[?25h"),
            (b"\x1b[?1000h", b"\x1b[?1000l"),
            (b"\x1b[?2004h", b"\x1b[?2004l"),
        )
    )


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("when", ["looking", "asking", "connecting"])
def test_a_signal_leaves_a_restored_terminal_and_128_and_its_number(
    still_machine: Machine,
    open_still: OpenDashboard,
    silent_server: str,
    number: signal.Signals,
    when: str,
) -> None:
    if when == "connecting":
        target = ["--endpoint", silent_server, "--subscription", SUBSCRIPTION, SET]
        command = [sys.executable, "-m", "vmss_tui", *target]
        terminal = Terminal(command, still_machine.environment)
    else:
        terminal = open_still(SET)
    terminal.wait_for_text("connecting" if when == "connecting" else "UD 4")
    if when == "asking":
        terminal.press("u", "U")
        terminal.wait_for_text("Upgrade 16 instances")
    os.kill(terminal.pid, number)
    assert terminal.wait_for_exit() == 128 + number
    assert is_restored(terminal)
    assert b"Traceback" not in bytes(terminal.output)
    if when == "connecting":
        terminal.close()


def test_the_dashboard_is_left_at_once_in_the_middle_of_a_reading_that_drips(
    machine: Machine,
) -> None:
    with Simulator("web-100", speed=0.0, page_size=30) as simulator:
        relay = Relay(simulator.endpoint)
        target = ["--endpoint", relay.endpoint, "--subscription", simulator.subscription_id]
        command = [sys.executable, "-m", "vmss_tui", *target, SET]
        terminal = Terminal(command, machine.environment, 120, 36)
        terminal.wait_for_text("UD 4")
        relay.drip(0.05, "/virtualMachines")
        terminal.press("r")
        assert relay.dripped.wait(TIMEOUT)
        stopwatch = Stopwatch()
        terminal.press("q")
        while terminal.pid and stopwatch.seconds < TIMEOUT and not is_restored(terminal):
            terminal.read(0.02)
        restored = report_seconds("from q to the restored terminal", stopwatch.seconds)
        code = terminal.wait_for_exit()
        ended = report_seconds("from q to the end of the program", stopwatch.seconds)
        terminal.close()
        relay.close()
    assert code == 0
    assert restored < 2.0
    assert ended < 3.0


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_signal_ends_a_command_with_128_and_its_number(
    machine: Machine, number: signal.Signals
) -> None:
    process = machine.start("run", SET, "--domain", "1", "--yes")
    folder = machine.single_run()
    wait_until(lambda: folder.read_run()[0].seq >= 2, "the worker's first records")
    process.send_signal(number)
    _, errors = process.communicate(timeout=TIMEOUT)
    code = process.wait()
    assert (code if code >= 0 else 128 - code) == 128 + number
    assert "Traceback" not in errors
    assert folder.is_live, "the run goes on"


@pytest.mark.parametrize("term", ["linux", "vt100", "screen", "xterm-mono", "ansi", "no-such-one"])
def test_a_terminal_of_any_name_is_drawn_on_and_restored(
    open_still: OpenDashboard, term: str
) -> None:
    terminal = open_still(SET, term=term)
    terminal.wait_for_text("UD 4")
    terminal.press("q")
    assert terminal.wait_for_exit() == 0
    assert is_restored(terminal)
    assert parse_output(bytes(terminal.output))[2] == []


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_that_cannot_draw_is_told_of_status(
    open_still: OpenDashboard, term: str
) -> None:
    terminal = open_still(SET, term=term)
    assert terminal.wait_for_exit() == 2
    assert b"vmss-tui status" in bytes(terminal.output)
    assert b"\x1b" not in bytes(terminal.output)


def test_a_storm_of_sizes_ends_in_a_whole_screen(open_still: OpenDashboard) -> None:
    dice = random.Random(1)
    terminal = open_still(SET, columns=200, lines=60)
    terminal.wait_for_text("UD 4")
    for _ in range(150):
        terminal.resize(dice.randint(1, 220), dice.randint(1, 70))
        if dice.random() < 0.3:
            terminal.press(dice.choice("hjklmdwos?/ub"))
            terminal.press("\x1b")
        terminal.read(0.005)
    terminal.resize(120, 36)
    terminal.wait_for_silence(0.1)
    terminal.press("\x1b", "\x1b", "\x1b")
    terminal.wait_for_silence(0.15)
    terminal.press("?")
    terminal.wait_for_text("next problem")
    os.kill(terminal.pid, signal.SIGTERM)
    assert terminal.wait_for_exit() == 143
    assert parse_output(bytes(terminal.output))[2] == []


def test_the_bell_rings_when_the_run_on_screen_is_done(
    machine: Machine, open_dashboard: OpenDashboard
) -> None:
    terminal = open_dashboard(SET)
    terminal.wait_for_text("UD 4")
    terminal.press("u", "U")
    terminal.wait_for_question("Upgrade 16 instances")
    terminal.press("y")
    terminal.wait_for_text("Upgrading")
    before = bytes(terminal.output)
    machine.control("clock", {"speed": 60})
    terminal.wait_for_text("Completed")
    terminal.wait_for_silence()
    rung = bytes(terminal.output)[len(before) :]
    assert rung.replace(b"default\x07", b"").count(b"\x07") == 1


def run_status(phase: Phase, reason: str = "", name: str = "web-1") -> RunStatus:
    """The status of a run, as a screen gets it."""
    return RunStatus(name, Run(phase=phase, reason=reason), (), True, "")


@pytest.mark.parametrize(
    ("before", "now", "rings"),
    [
        (None, run_status(Phase.FAULTED), False),
        (run_status(Phase.ROLLING_FORWARD), run_status(Phase.FAULTED), True),
        (run_status(Phase.ROLLING_FORWARD), run_status(Phase.COMPLETED), True),
        (run_status(Phase.ROLLING_FORWARD), run_status(Phase.PAUSED, "checkpoint"), True),
        (run_status(Phase.ROLLING_FORWARD), run_status(Phase.PAUSED, "asked"), False),
        (run_status(Phase.ROLLING_FORWARD), run_status(Phase.CANCELLED), False),
        (run_status(Phase.FAULTED), run_status(Phase.FAULTED), False),
        (run_status(Phase.ROLLING_FORWARD), run_status(Phase.FAULTED, name="web-2"), False),
    ],
)
def test_the_bell_is_for_checkpoints_halts_and_ends_that_are_seen_to_come(
    before: RunStatus | None, now: RunStatus, rings: bool
) -> None:
    assert needs_attention(before, now) is rings


def test_who_detaches_is_told_in_the_shell_how_to_come_back(
    machine: Machine, open_dashboard: OpenDashboard
) -> None:
    started = machine.run("run", SET, "--yes", "--detach", "--domain", "0")
    assert started.returncode == 0, started.stderr
    name = machine.single_run().name
    terminal = open_dashboard(SET)
    terminal.wait_for_text("Upgrading")
    terminal.press("q")
    terminal.wait_for_question(f"Run {name} is live")
    terminal.press("d")
    assert terminal.wait_for_exit() == 0
    after = terminal.output[terminal.output.rindex(b"\x1b[?1049l") :]
    assert f"vmss-tui attach {name} shows the run again".encode() in after


def test_tables_of_80_columns_leave_out_empty_columns_and_cut_no_version_and_no_time(
    machine: Machine, open_dashboard: OpenDashboard
) -> None:
    ended = machine.run("run", SET, "--yes", "--detach", "--domain", "0")
    assert ended.returncode == 0, ended.stderr
    listed = open_dashboard("list")
    listed.wait_for_text("22.04.202511010")
    assert "…" not in listed.text
    runs = open_dashboard("runs")
    runs.wait_for_screen(
        lambda text: bool(re.search(r"\d{4}-\d\d-\d\d \d\d:\d\dZ", text)), "the time"
    )
    images = open_dashboard("images", SET)
    images.wait_for_text("22.04.202511010")
    assert "…" not in images.text


@pytest.mark.parametrize(
    ("command", "closed", "code", "message"),
    [
        (["list"], ">&-", 1, "stdout is closed"),
        ([SET], ">&-", 1, "stdout is closed"),
        ([SET], "<&-", 2, "the dashboard needs a terminal"),
        (["power", SET, "restart", "--all"], "<&-", 2, "--yes"),
        (["list"], "<&- >&- 2>&-", 1, ""),
        (["runs"], "2>&-", 0, ""),
    ],
)
def test_closed_streams_get_a_sentence_and_their_exit_code(
    still_machine: Machine, command: list[str], closed: str, code: int, message: str
) -> None:
    shell = ["/bin/sh", "-c", f'exec "$@" {closed}', "sh", *still_machine.command(*command)]
    ended = subprocess.run(
        shell,
        env=still_machine.environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert (ended.returncode, message in ended.stderr) == (code, True), ended.stderr
    assert "defect" not in ended.stderr
    assert not (still_machine.state / "crashes").exists()

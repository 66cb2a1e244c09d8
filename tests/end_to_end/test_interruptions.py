"""A connection that drips one byte after the other: workers and commands can still be ended.

`RELEASE` ends the dripping, so that a program that cannot be interrupted fails and does not hang.
"""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.measurement import Stopwatch, report_seconds
from tests.support.processes import TIMEOUT, Machine, wait_until
from tests.support.program_forks import Fork
from tests.support.relay import Relay
from tests.support.worker_harness import WorkerHarness
from vmss_tui.errors import ExitCode
from vmss_tui.simulator.server import Simulator
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.events import Intent, IntentKind

INTERVAL, RELEASE = 0.05, 8.0
AT_ONCE = 2.0
"""Real seconds: the one that is promised, and another for a busy machine."""


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[WorkerHarness]:
    """A run whose worker is started by the test."""
    result = WorkerHarness(tmp_path, speed=20.0)
    yield result
    result.end()


def start_dripping(relay: Relay, from_path: str = "") -> threading.Timer:
    """Drips from the next response on; returns the timer that ends it."""
    relay.drip(INTERVAL, from_path)
    timer = threading.Timer(RELEASE, relay.drip, (0.0,))
    timer.start()
    return timer


def start_dripping_worker(harness: WorkerHarness) -> tuple[Fork, threading.Timer]:
    """A worker with an open batch, in the middle of a reading that drips."""
    worker = harness.start_worker()
    harness.wait_for_batch(worker)
    timer = start_dripping(harness.relay)
    assert harness.relay.dripped.wait(TIMEOUT)
    return worker, timer


def test_a_worker_ends_at_sigterm_in_the_middle_of_a_reading(harness: WorkerHarness) -> None:
    worker, timer = start_dripping_worker(harness)
    stopwatch = Stopwatch()
    worker.send_signal(signal.SIGTERM)
    code, errors = harness.wait_for_exit(worker)
    timer.cancel()
    assert (code, errors) == (0, "")
    assert report_seconds("from SIGTERM to the end of the worker", stopwatch.seconds) < AT_ONCE
    assert not harness.folder.is_live


@pytest.mark.parametrize("kind", [IntentKind.PAUSE, IntentKind.ABORT])
def test_a_worker_hears_an_intent_in_the_middle_of_a_reading(
    harness: WorkerHarness, kind: IntentKind
) -> None:
    _, timer = start_dripping_worker(harness)
    stopwatch = Stopwatch()
    harness.folder.append_intent(Intent(kind=kind, by="a-person", id="an-intent"))
    wait_until(lambda: harness.events(ev.IntentHandled), f"the answer to {kind}")
    timer.cancel()
    assert report_seconds(f"from {kind} to its record", stopwatch.seconds) < AT_ONCE
    (handled,) = harness.events(ev.IntentHandled)
    assert handled.kind == kind


def test_a_list_of_scale_sets_ends_at_ctrl_c_in_the_middle_of_its_readings(tmp_path: Path) -> None:
    with Simulator("web-100", speed=0.0) as simulator:
        relay = Relay(simulator.endpoint)
        timer = start_dripping(relay, "/virtualMachines")
        target = ("--endpoint", relay.endpoint, "--subscription", simulator.subscription_id)
        command = Fork(
            [sys.executable, "-m", "vmss_tui", *target, "list"],
            Machine(tmp_path).environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert relay.dripped.wait(TIMEOUT)
        stopwatch = Stopwatch()
        command.send_signal(signal.SIGINT)
        output, _ = command.communicate(timeout=TIMEOUT)
        seconds = report_seconds("from Ctrl-C to the end of the command", stopwatch.seconds)
        timer.cancel()
        relay.close()
    assert command.returncode == ExitCode.INTERRUPTED
    assert output == ""
    assert seconds < AT_ONCE

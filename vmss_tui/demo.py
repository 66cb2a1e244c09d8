"""Starts, finds and ends the simulator processes of the demo.

The simulator is a separate process, so that a dashboard can be killed and a run resumed as with
Azure. All `--demo` commands of a user share one process per scenario and seed; it ends by itself
after five minutes without a request.

Imports little: the dashboard starts the demo before anything else.
"""

import contextlib
import os
import select
import signal
import subprocess
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

import msgspec

from vmss_tui.errors import VmssError
from vmss_tui.fleet.phrases import shorten_list
from vmss_tui.runtime.self_command import COMMAND
from vmss_tui.runtime.storage.state_folder import (
    blocking_lock,
    ensure_private_folder,
    open_private,
    write_private,
)
from vmss_tui.target import DemoWorld as DemoWorld
from vmss_tui.text import cell

if TYPE_CHECKING:
    from vmss_tui.gateway import AzureContext

DEFAULT_SPEED = 5.0
IDLE_EXIT = 300
"""Real seconds without a request after which a demo process ends."""
START_TIMEOUT = 30.0


class DemoWorldGone(VmssError):
    """The demo world of a run has ended."""


class DemoFailed(VmssError):
    """The demo did not start; the message contains its last output."""


class NotInDemo(DemoFailed):
    """The demo world has no such scale set, but another one has; the message names it."""


class DemoProcess(msgspec.Struct, frozen=True, kw_only=True):
    """A running demo: the first line that `simulate` prints, and the process id."""

    endpoint: str
    subscription_id: str
    scale_sets: tuple[str, ...]
    title: str = ""
    hint: str = ""
    pid: int = 0


def demo_welcome(world: DemoWorld) -> tuple[str, str]:
    """The scenario's title, and a hint for what to try first; empty for an unknown scenario."""
    from vmss_tui.simulator.scenarios.catalog import SCENARIOS

    scenario = SCENARIOS.get(world.scenario)
    return (scenario.title, scenario.hint) if scenario is not None else ("", "")


def recorded_welcome(state: Path, world: DemoWorld) -> tuple[str, str]:
    """As `demo_welcome`, from what the running demo has reported: without the catalogue."""
    process = _read_process(state, world)
    if process is None or not process.title:
        return demo_welcome(world)
    return process.title, process.hint


def is_recorded(state: Path, world: DemoWorld, group: str, name: str) -> bool:
    """Whether the running demo of this world has reported a scale set of this name, in any case:
    faster than `check_scale_set`, which reads the catalogue of scenarios."""
    process = _read_process(state, world)
    labels = process.scale_sets if process is not None else ()
    return f"{group}/{name}".lower() in map(str.lower, labels)


def check_scale_set(world: DemoWorld, group: str, name: str) -> None:
    """Raises `NotInDemo` where only worlds of other scenarios have a scale set of this name."""
    from vmss_tui.simulator.scenarios.catalog import SCENARIOS

    owners, scenario = scenarios_with(group, name), SCENARIOS.get(world.scenario)
    if not owners or scenario is None or scenario.name in owners:
        return
    labels = [f"{spec.group}/{spec.name}" for spec in scenario.sets]
    own = shorten_list(labels, 3, separator=", ", rest=" and {more} more") or "no scale set"
    options = " or ".join(f"--scenario {owner}" for owner in owners)
    raise NotInDemo(
        f"the demo world {world.scenario} has no {group}/{name} (it has {own}): add {options} "
        "after --demo"
    )


def scenarios_with(group: str, name: str) -> tuple[str, ...]:
    """Names of the scenarios that have a scale set of this name, in any case."""
    from vmss_tui.simulator.scenarios.catalog import SCENARIOS

    key = (group.lower(), name.lower())
    return tuple(
        scenario.name
        for scenario in SCENARIOS.values()
        if any((spec.group.lower(), spec.name.lower()) == key for spec in scenario.sets)
    )


def start_or_join(state: Path, world: DemoWorld) -> DemoProcess:
    """The running demo of this world, started if there is none; raises `DemoFailed`."""
    folder = ensure_private_folder(state / "demo")
    with blocking_lock(folder / f"{world.name}.lock"):
        process = find_running(state, world)
        if process is not None and world.fresh:
            _terminate(process)
            process = None
        if process is None:
            process = _start(folder, world)

            from vmss_tui.runtime.runs.demo_runs import end_demo_runs
            from vmss_tui.runtime.storage.run_store import FolderStore

            endpoint = process.endpoint  # of the new world: earlier runs there are of an old one
            end_demo_runs(
                FolderStore(state),
                lambda other: other != endpoint and is_reachable(other),
                datetime.now(UTC),
            )
            write_private(folder / f"{world.name}.json", msgspec.json.encode(process))
        elif world.speed is not None:
            _request_clock(process.endpoint, {"speed": world.speed})
        return process


class EarlyStart:
    """Starts or joins a demo in a thread, while this process still imports what shows it."""

    def __init__(self, state: Path, world: DemoWorld) -> None:
        self._state, self._world = state, world
        self._process: DemoProcess | None = None
        self._error: Exception | None = None
        self._thread: threading.Thread | None = threading.Thread(
            target=self._run, name="demo", daemon=True
        )
        self._thread.start()

    def _run(self) -> None:
        try:
            self._process = start_or_join(self._state, self._world)
        except (VmssError, OSError) as error:
            self._error = error

    def result(self) -> DemoProcess:
        """Waits for the demo; raises what starting it raised. A later call starts or joins it."""
        thread, self._thread = self._thread, None
        if thread is None:
            return start_or_join(self._state, self._world)
        thread.join()
        if self._process is None:
            raise self._error or DemoFailed("the demo did not start")
        return self._process


def find_running(state: Path, world: DemoWorld) -> DemoProcess | None:
    """The demo of this world if its process exists and its clock responds."""
    process = _read_process(state, world)
    if process is None or process.pid <= 1:
        return None
    try:
        os.kill(process.pid, 0)
    except OSError:
        return None
    return process if is_reachable(process.endpoint) else None


def _read_process(state: Path, world: DemoWorld) -> DemoProcess | None:
    """What the demo of this world has recorded when it started; it may have ended since."""
    try:
        data = (state / "demo" / f"{world.name}.json").read_bytes()
        return msgspec.json.decode(data, type=DemoProcess)
    except (OSError, msgspec.MsgspecError):
        return None


def stop(state: Path, world: DemoWorld) -> None:
    """Ends the demo of this world, if there is one."""
    if process := find_running(state, world):
        _terminate(process)


def is_reachable(endpoint: str) -> bool:
    """Whether a simulator responds at this endpoint."""
    try:
        return "speed" in _request_clock(endpoint)
    except (OSError, ValueError):
        return False


def _request_clock(endpoint: str, change: dict[str, float] | None = None) -> dict[str, object]:
    """Reads the demo's clock, after changing it if `change` is given."""
    from vmss_tui.runtime.loopback import request_json

    clock = request_json(f"{endpoint}/_simulator/clock", change, timeout=5)
    return clock if isinstance(clock, dict) else {}


def _start(folder: Path, world: DemoWorld) -> DemoProcess:
    speed = DEFAULT_SPEED if world.speed is None else world.speed
    command = [*COMMAND, "simulate", "--scenario", world.scenario]
    command += ["--seed", str(world.seed), "--speed", str(speed), "--idle-exit", str(IDLE_EXIT)]
    log_path = folder / f"{world.name}.log"
    log = open_private(log_path, os.O_WRONLY | os.O_TRUNC)
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
    finally:
        os.close(log)
    assert process.stdout is not None
    with process.stdout as stdout:
        line = _first_line(stdout)
    try:
        fields = msgspec.json.decode(line)
        return msgspec.convert({**fields, "pid": process.pid}, DemoProcess)
    except (msgspec.MsgspecError, TypeError) as error:
        process.terminate()
        process.wait()
        raise DemoFailed(f"the demo did not start: {_last_log_line(log_path)}") from error


def _first_line(stdout: IO[bytes]) -> bytes:
    """The first line of the new process's output; empty if it ended or took too long."""
    ready, _, _ = select.select([stdout], [], [], START_TIMEOUT)
    return stdout.readline() if ready else b""


def _terminate(process: DemoProcess) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGTERM)
    deadline = time.monotonic() + 10
    while is_reachable(process.endpoint) and time.monotonic() < deadline:
        time.sleep(0.05)


def _last_log_line(log_path: Path) -> str:
    lines = log_path.read_text("utf-8", errors="replace").strip().splitlines()
    return (
        cell(lines[-1].removeprefix("vmss-tui: "))
        if lines
        else f"no message in {START_TIMEOUT:.0f} s"
    )


def require_world(name: str, context: "AzureContext") -> None:
    """Raises `DemoWorldGone` where the run or campaign is of a demo world that has ended."""
    if context.demo and not is_reachable(context.endpoint):
        raise DemoWorldGone(
            f"the demo world of {name} ({context.endpoint}) no longer exists: it can "
            "be viewed (attach) but not resumed; start a new one"
        )

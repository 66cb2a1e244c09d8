"""The demo's simulator process: start, find again, end. Knows processes, and no scale sets.

It is a process of its own, so that a dashboard may be killed and a run resumed exactly as against
Azure. Every `--demo` command of a user meets the same living world, by scenario and seed; a
world that nobody asks anything of for five minutes ends by itself.
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO

import msgspec

from vmss_tui.errors import VmssError
from vmss_tui.runtime.self_command import COMMAND
from vmss_tui.runtime.storage.state_folder import (
    open_private,
    ensure_private_folder,
    blocking_lock,
    write_private,
)
from vmss_tui.target import DemoWorld as DemoWorld
from vmss_tui.text import cell

DEFAULT_SPEED = 5.0
IDLE_EXIT = 300
"""Real seconds without a request after which a demo ends."""
START_TIMEOUT = 30.0


class DemoFailed(VmssError):
    """The demo did not start; the message is what it said."""


class Demo(msgspec.Struct, frozen=True, kw_only=True):
    """A living demo world: the first line of `simulate`, and whose process it is."""

    endpoint: str
    subscription_id: str
    scale_sets: tuple[str, ...]
    pid: int = 0


def welcome(world: DemoWorld) -> tuple[str, str]:
    """What the world's story is called, and what to try in it first; empty where it is unknown."""
    from vmss_tui.simulator.scenarios.catalog import SCENARIOS

    scenario = SCENARIOS.get(world.scenario)
    return (scenario.title, scenario.hint) if scenario is not None else ("", "")


def enter(state: Path, world: DemoWorld) -> Demo:
    """The living demo of this world, started where there is none; raises `DemoFailed`."""
    folder = ensure_private_folder(state / "demo")
    with blocking_lock(folder / f"{world.name}.lock"):
        found = living(state, world)
        if found is not None and world.fresh:
            _end(found)
            found = None
        if found is None:
            found = _start(folder, world)
            write_private(folder / f"{world.name}.json", msgspec.json.encode(found))
        elif world.speed is not None:
            _ask(found.endpoint, {"speed": world.speed})
        return found


def living(state: Path, world: DemoWorld) -> Demo | None:
    """The demo of this world where it is alive: its process is there and its clock answers."""
    try:
        data = (state / "demo" / f"{world.name}.json").read_bytes()
        found = msgspec.json.decode(data, type=Demo)
        os.kill(found.pid, 0)
    except (OSError, msgspec.MsgspecError):
        return None
    return found if found.pid > 1 and answers(found.endpoint) else None


def leave(state: Path, world: DemoWorld) -> None:
    """Ends the demo of this world, if there is one."""
    if found := living(state, world):
        _end(found)


def answers(endpoint: str) -> bool:
    """Is there a simulator at this address?"""
    try:
        return "speed" in _ask(endpoint)
    except (OSError, ValueError):
        return False


def _ask(endpoint: str, change: dict[str, float] | None = None) -> dict[str, object]:
    """The demo's clock, changed first where a change is given. Loopback only, never a proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    data = json.dumps(change).encode() if change is not None else None
    request = urllib.request.Request(
        f"{endpoint}/_simulator/clock", data, {"Content-Type": "application/json"}
    )
    with opener.open(request, timeout=5) as answer:
        told = json.load(answer)
    return told if isinstance(told, dict) else {}


def _start(folder: Path, world: DemoWorld) -> Demo:
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
    with process.stdout as first:
        line = _first_line(first)
    try:
        told = msgspec.json.decode(line)
        return msgspec.convert({**told, "pid": process.pid}, Demo)
    except (msgspec.MsgspecError, TypeError) as error:
        process.terminate()
        process.wait()
        raise DemoFailed(f"the demo did not start: {_last_words(log_path)}") from error


def _first_line(stdout: IO[bytes]) -> bytes:
    """What the new process says first; empty where it ended or took too long."""
    ready, _, _ = select.select([stdout], [], [], START_TIMEOUT)
    return stdout.readline() if ready else b""


def _end(found: Demo) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(found.pid, signal.SIGTERM)
    deadline = time.monotonic() + 10
    while answers(found.endpoint) and time.monotonic() < deadline:
        time.sleep(0.05)


def _last_words(log_path: Path) -> str:
    lines = log_path.read_text("utf-8", errors="replace").strip().splitlines()
    return (
        cell(lines[-1].removeprefix("vmss-tui: "))
        if lines
        else f"it said nothing in {START_TIMEOUT:.0f} s"
    )

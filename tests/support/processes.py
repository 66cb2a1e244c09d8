"""The program as a process in a demo world, and in a pseudo-terminal."""

import contextlib
import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pyte
import requests

from tests.support.program_forks import Fork, may_fork, run_fork
from tests.support.terminal_screen import TerminalScreen
from vmss_tui import demo
from vmss_tui.runtime.storage.run_folder import RunFolder
from vmss_tui.runtime.storage.run_store import FolderStore

_T = TypeVar("_T")

_KEY_HINTS = ("enter cancels", "enter on Cancel cancels", "Nothing is sent yet", "detach and leave")
"""One of them is on the screen while a question takes an answer."""

_PAUSES = 8
"""How much longer `wait_until` waits than its condition takes."""
TIMEOUT = 60.0
"""Seconds after which a wait fails."""


@dataclass
class Machine:
    """A user's machine: a home folder, and the demo world that runs in it."""

    home: Path
    speed: float = 60.0
    world: demo.DemoWorld = field(default_factory=demo.DemoWorld)
    module: str = "vmss_tui"
    """The module that is run; another one may patch the program first."""

    @property
    def environment(self) -> dict[str, str]:
        """Without az, settings or earlier runs."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("AZURE_", "VMSS_"))}
        return inherited | {
            "HOME": str(self.home),
            "XDG_STATE_HOME": str(self.home / "state"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "AZURE_CONFIG_DIR": str(self.home / "azure"),
        }

    @property
    def state(self) -> Path:
        """The program's state folder."""
        return self.home / "state" / "vmss-tui"

    def command(self, *arguments: str) -> list[str]:
        """The command line of the program in this machine's demo world."""
        world = ["--scenario", self.world.scenario, "--speed", f"{self.speed}"]
        return [sys.executable, "-m", self.module, "--demo", *world, *arguments]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end."""
        return run_fork(self.command(*arguments), self.environment)

    def start(self, *arguments: str) -> Fork:
        """Starts a command and returns at once."""
        pipe = subprocess.PIPE
        return Fork(self.command(*arguments), self.environment, stdout=pipe, stderr=pipe)

    def single_run(self) -> RunFolder:
        """The only run of this machine."""
        folders = wait_until(lambda: FolderStore(self.state).all() if self.state.exists() else ())
        assert len(folders) == 1
        return folders[0]

    def run_with_open_batch(self) -> RunFolder:
        """The only run, once its first batch has been requested."""
        folder = self.single_run()
        wait_until(lambda: folder.read_run()[0].open_batch, "the first batch")
        return folder

    def upgraded(self) -> list[str]:
        """Ids of instances whose upgrade began, once for each upgrade."""
        effects = self.control("ledger")["effects"]
        return [effect["instance_id"] for effect in effects if effect["kind"] == "upgrade"]

    def upgrade_posts(self) -> int:
        """How many upgrades were requested."""
        requests = self.control("ledger")["requests"]
        return sum(request["path"].endswith("/manualupgrade") for request in requests)

    def control(self, what: str, body: Any = None) -> Any:
        """The simulator's own interface."""
        world = demo.find_running(self.state, self.world)
        assert world is not None, "the demo is gone"
        url = f"{world.endpoint}/_simulator/{what}"
        response = requests.request("POST" if body else "GET", url, json=body, timeout=10)
        response.raise_for_status()
        return response.json()

    def end(self) -> None:
        """Ends workers and the demo."""
        if self.state.exists():
            for folder in FolderStore(self.state).all():
                if (owner := folder.lock_owner()) and owner.run == folder.name:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(owner.pid, signal.SIGKILL)
            demo.stop(self.state, self.world)


def wait_until(
    condition: Callable[[], _T], description: str = "it", timeout: float = TIMEOUT
) -> _T:
    """Evaluates a condition until it is true and returns its value; fails after `timeout` s.

    Between two evaluations it waits longer than one takes, to leave the processor to the program.
    """
    deadline = time.monotonic() + timeout
    start = time.thread_time()
    while not (result := condition()):
        assert time.monotonic() < deadline, f"{description} did not happen in {timeout:.0f} s"
        threading.Event().wait(max(0.01, _PAUSES * (time.thread_time() - start)))
        start = time.thread_time()
    return result


class Terminal:
    """The program in a pseudo-terminal, and its screen in a terminal emulator.

    The program is a `Fork`; other commands, and the program with `anew`, are started anew.
    """

    def __init__(
        self,
        command: list[str],
        environment: dict[str, str],
        columns: int = 80,
        lines: int = 24,
        term: str = "xterm-256color",
        *,
        anew: bool = False,
    ) -> None:
        self._screen = TerminalScreen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self._undrawn = bytearray()  # to draw takes long, and not everything is looked at
        self._text: str | None = None
        self.output = bytearray()
        self._fork: Fork | None = None
        environment = environment | {"TERM": term}
        if may_fork(command, environment) and not anew:
            self.descriptor, end = pty.openpty()
            set_size(end, columns, lines)
            self._fork = Fork(
                command, environment, stdin=end, stdout=end, stderr=end, own_session=True
            )
            os.close(end)
            self.pid = self._fork.pid
            return
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            set_size(0, columns, lines)  # the size that the program reads first
            os.execve(command[0], command, environment)

    def resize(self, columns: int, lines: int) -> None:
        """Changes the size of the terminal."""
        set_size(self.descriptor, columns, lines)
        self.screen.resize(lines, columns)
        self._text = None

    def press(self, *keys: str) -> None:
        """Sends keys as a terminal encodes them."""
        for key in keys:
            os.write(self.descriptor, key.encode())

    @property
    def screen(self) -> TerminalScreen:
        """The screen with all output that was read."""
        if self._undrawn:
            self._stream.feed(bytes(self._undrawn))
            self._undrawn.clear()
        return self._screen

    @property
    def text(self) -> str:
        """The text on the screen."""
        self._text = self.screen.text if self._text is None else self._text
        return self._text

    def read(self, seconds: float) -> bytes:
        """Reads what the program writes within so many seconds; empty where it writes nothing."""
        ready, _, _ = select.select([self.descriptor], [], [], seconds)
        if not ready:
            return b""
        try:
            data = os.read(self.descriptor, 65536)
        except OSError:  # the other side has closed
            return b""
        self.output += data
        self._undrawn += data
        self._text = None
        return data

    def wait_for_silence(self, silence: float = 0.25, at_most: float = 3.0) -> None:
        """Reads until nothing was written for `silence` seconds.

        An Escape counts as a key only where nothing follows it for a tenth of a second.
        """
        start = time.monotonic()
        while time.monotonic() - start < at_most:
            if not self.read(silence):
                return

    def wait_for_text(self, expected: str, timeout: float = TIMEOUT) -> str:
        """Waits until a text is on the screen; returns the screen."""
        return self.wait_for_screen(lambda text: expected in text, repr(expected), timeout)

    def wait_for_question(self, title: str) -> str:
        """Waits until a dialog with this text takes an answer: it then shows its keys."""

        def is_open(text: str) -> bool:
            return title in text and any(hint in text for hint in _KEY_HINTS)

        description = f"{title!r}, with the keys that answer it,"
        self.wait_for_screen(is_open, description)
        self.wait_for_silence()  # the rest of a frame that still had the keys of another dialog
        return self.wait_for_screen(is_open, description)

    def wait_for_screen(
        self, condition: Callable[[str], bool], description: str = "it", timeout: float = TIMEOUT
    ) -> str:
        """Waits until the text of the screen meets a condition."""
        deadline = time.monotonic() + timeout
        while not condition(self.text):
            assert time.monotonic() < deadline, f"{description} is not on the screen:\n{self.text}"
            self.read(0.1)
        return self.text

    def wait_for_exit(self) -> int:
        """Waits for the end of the program; returns its exit code, 128+n for a signal."""
        deadline = time.monotonic() + TIMEOUT
        while time.monotonic() < deadline:
            self.read(0.05)
            code = self._exit_code()
            if code is not None:
                while self.read(0):  # output that arrived since the last read
                    pass
                self.pid = 0
                return code if code >= 0 else 128 - code
        raise AssertionError(f"the program did not end:\n{self.text}")

    def _exit_code(self) -> int | None:
        if self._fork is not None:
            return self._fork.poll()
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        return os.waitstatus_to_exitcode(status) if pid else None

    def hang_up(self) -> None:
        """Closes the terminal, and waits for the end of the program."""
        os.close(self.descriptor)
        wait_until(lambda: self._exit_code() is not None, "the end of the program")

    def close(self) -> None:
        """Kills the program where it still runs."""
        if self._fork is not None:
            self._fork.kill()
            self._fork.wait()
        elif self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.descriptor)


def set_size(descriptor: int, columns: int, lines: int) -> None:
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))


def worker_pid(folder: RunFolder) -> int:
    """The process id of the worker that has locked the scale set of a run."""
    owner = folder.lock_owner()
    assert owner is not None
    return owner.pid


def events(ndjson: str) -> list[dict[str, Any]]:
    """The events of `run --json` or `attach --json`."""
    return [json.loads(line) for line in ndjson.splitlines()]

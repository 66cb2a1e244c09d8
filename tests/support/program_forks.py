"""Processes of the program that are forked from one process, which has imported it already.

Each is a real process with its own signals, streams, terminal and exit code; only the import of the
modules is not repeated. `Fork` starts one. `python -m tests.support.program_forks SOCKET` is the
process that forks them: one for each process of pytest, started at the first request. It ends with
its stdin.

A request is one line of JSON with the three standard streams as ancillary data; the answer is a
line with the process id, and at the end of the process one with its exit code, negative for a
signal.
"""

import atexit
import contextlib
import gc
import importlib
import io
import json
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple, Self

from tests.support.paths import ROOT

_TIMEOUT = 60.0
_LANGUAGE = ("LC_ALL", "LC_CTYPE", "LANG", "PYTHONIOENCODING", "PYTHONUTF8")
_STARTING = threading.Lock()
_PACKAGES = ("vmss_tui", "textual.widgets")
_MODULES = ("azure.mgmt.compute", "azure.identity", "azure.core.pipeline.transport")
"""What the program imports when it needs it, besides its own modules."""


class Fork:
    """One process of the program; it has the methods of `subprocess.Popen` that tests need."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        stdin: int = subprocess.DEVNULL,
        stdout: int = subprocess.DEVNULL,
        stderr: int = subprocess.DEVNULL,
        own_session: bool = False,
    ) -> None:
        """`command` is `PYTHON -m MODULE ARGUMENT...`; the streams are descriptors, `PIPE` or
        `DEVNULL`.

        `own_session`: a session of its own, whose terminal is the stdin where that is one.
        """
        assert may_fork(command, environment), command
        self._command = command
        self.returncode: int | None = None
        self.stdout, program_stdout = _output(stdout)
        self.stderr, program_stderr = _output(stderr)
        program_stdin = os.open(os.devnull, os.O_RDONLY) if stdin == subprocess.DEVNULL else stdin
        request = {
            "module": command[2],
            "arguments": list(command[3:]),
            "environment": dict(environment),
            "folder": f"{Path.cwd()}",
            "own_session": own_session,
        }
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(_server_address())
        streams = [program_stdin, program_stdout, program_stderr]
        socket.send_fds(self._connection, [b"."], streams)
        self._connection.sendall(json.dumps(request).encode() + b"\n")
        self._answers = self._connection.makefile("rb")
        self.pid = int(self._answers.readline())
        for given, used in zip((stdin, stdout, stderr), streams, strict=True):
            if given != used:
                os.close(used)

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._wait(0.0)

    def wait(self, timeout: float = _TIMEOUT) -> int:
        """Waits for its end and returns the exit code; raises `TimeoutExpired`."""
        code = self._wait(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(self._command, timeout)
        return code

    def _wait(self, timeout: float) -> int | None:
        if self.returncode is None:
            self._connection.settimeout(timeout)
            with selectors.DefaultSelector() as selector:
                selector.register(self._connection, selectors.EVENT_READ)
                if not selector.select(timeout):
                    return None
            self._connection.settimeout(_TIMEOUT)
            self.returncode = int(self._answers.readline())
            self._answers.close()
            self._connection.close()
        return self.returncode

    def communicate(self, timeout: float = _TIMEOUT) -> tuple[str, str]:
        """Reads stdout and stderr to their ends, waits, and returns both as text."""
        output, errors = bytearray(), bytearray()
        deadline = time.monotonic() + timeout
        with selectors.DefaultSelector() as selector:
            for stream, data in ((self.stdout, output), (self.stderr, errors)):
                if stream is not None and not stream.closed:
                    selector.register(stream, selectors.EVENT_READ, (stream, data))
            while selector.get_map():
                events = selector.select(deadline - time.monotonic())
                if not events and time.monotonic() >= deadline:
                    raise subprocess.TimeoutExpired(self._command, timeout)
                for key, _ in events:
                    _read_stream(selector, *key.data)
        self.wait(max(0.0, deadline - time.monotonic()))
        return output.decode(), errors.decode()

    def send_signal(self, number: int) -> None:
        """Sends a signal where it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kills it where it still runs."""
        self.send_signal(signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.communicate()


def _output(given: int) -> tuple[io.FileIO | None, int]:
    """The end to read, where there is one, and the descriptor that the program gets."""
    if given == subprocess.DEVNULL:
        return None, os.open(os.devnull, os.O_WRONLY)
    if given != subprocess.PIPE:
        return None, given
    reader, writer = os.pipe()
    return io.FileIO(reader), writer


def _read_stream(selector: selectors.BaseSelector, stream: io.FileIO, data: bytearray) -> None:
    part = stream.read(65_536)
    if part:
        data += part
    else:
        selector.unregister(stream)
        stream.close()


def may_fork(command: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Whether a command runs a module, with the language of this process: the encoding of streams
    follows from it."""
    is_module = list(command[:2]) == [sys.executable, "-m"]
    return is_module and all(environment.get(n) == os.environ.get(n) for n in _LANGUAGE)


def run_fork(
    command: Sequence[str], environment: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    """Runs a command to its end, without a terminal."""
    fork = Fork(command, environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output, errors = fork.communicate()
    return subprocess.CompletedProcess(command, fork.wait(), output, errors)


def _server_address() -> str:
    """The address of the socket of the process that forks, which is started at the first call."""
    with _STARTING:
        return _start_server()


@cache
def _start_server() -> str:
    folder = tempfile.TemporaryDirectory(prefix="vmss-tui-forks-")
    address = f"{folder.name}/socket"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.program_forks", address],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )

    def end() -> None:
        process.kill()
        process.wait()
        folder.cleanup()

    atexit.register(end)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n", "the process that forks did not start"
    return address


class _Request(NamedTuple):
    """What a fork becomes."""

    module: str
    arguments: list[str]
    environment: dict[str, str]


def serve(address: str) -> _Request:
    """Answers each request in a process of its own, which forks the program and waits for it.
    Returns in the forked process only."""
    for name in (*_names_of_modules(), *_MODULES):
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listener, selectors.DefaultSelector() as selector:
        listener.bind(address)
        listener.listen(64)
        os.write(1, b"ready\n")
        selector.register(listener, selectors.EVENT_READ)
        selector.register(0, selectors.EVENT_READ)
        while all(key.fileobj is listener for key, _ in selector.select()):
            connection, _ = listener.accept()
            if os.fork() == 0:
                selector.close()
                listener.close()
                return _fork(connection)
            connection.close()
    os._exit(0)


def _names_of_modules() -> list[str]:
    return [
        module.name
        for package in _PACKAGES
        for module in pkgutil.walk_packages(
            importlib.import_module(package).__path__, f"{package}."
        )
        if not module.name.endswith("__main__")
    ]


def _fork(connection: socket.socket) -> _Request:
    """Forks the program: returns in it. The process that called it answers, and ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _, streams, _, _ = socket.recv_fds(connection, 1, 3)
    request = json.loads(connection.makefile().readline())
    pid = os.fork()
    if pid:
        for stream in streams:
            os.close(stream)
        connection.sendall(b"%d\n" % pid)
        _, status = os.waitpid(pid, 0)
        with contextlib.suppress(BrokenPipeError):
            connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
        os._exit(0)
    connection.close()
    if request["own_session"]:
        os.setsid()
    for descriptor, stream in enumerate(streams):
        os.dup2(stream, descriptor)
        os.close(stream)
    if request["own_session"] and os.isatty(0):
        os.close(os.open(os.ttyname(0), os.O_RDWR))  # which makes it the controlling terminal
    os.chdir(request["folder"])
    return _Request(request["module"], request["arguments"], request["environment"])


def _become(request: _Request) -> None:
    """Runs a module as a new interpreter would."""
    os.environ.clear()
    os.environ.update(request.environment)
    time.tzset()
    sys.stdin = sys.__stdin__ = _text(0, "r")  # type: ignore[misc]
    sys.stdout = sys.__stdout__ = _text(1, "w")  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = _text(2, "w", errors="backslashreplace")  # type: ignore[misc]
    sys.argv = [request.module, *request.arguments]
    runpy.run_module(request.module, run_name="__main__", alter_sys=True)


def _text(descriptor: int, mode: str, errors: str = "strict") -> io.TextIOWrapper:
    """A standard stream as the interpreter opens it."""
    stream = open(descriptor, f"{mode}b", closefd=False)  # noqa: SIM115 - as long as the process
    by_line = mode == "w" and (descriptor == 2 or os.isatty(descriptor))
    return io.TextIOWrapper(stream, encoding="utf-8", errors=errors, line_buffering=by_line)


if __name__ == "__main__":
    _become(serve(sys.argv[1]))

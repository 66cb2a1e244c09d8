"""Processes of the program that are forked from one process, which has imported it already.

`python -m tests.support.worker_forks SOCKET` serves requests on a Unix socket. A request is one
line of JSON with the descriptors of the output: the arguments of the program, its environment, the
incident of `crash_process` (its arguments; empty: none), and the number that a passed-on descriptor
must have. The reply is two lines of JSON: the process id, and later the exit code, negative for a
signal. Workers that such a process starts are forked in the same way.

A file `NAME.json` in the folder that `VMSS_FORK_INCIDENTS` names holds the incident of the first
worker of the campaign or scale set NAME.
"""

import array
import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.support.crash_process import INCIDENTS
from tests.support.paths import ROOT
from tests.support.processes import TIMEOUT, wait_until
from vmss_tui.runtime.runs import worker

RunForkedWorker = Callable[..., tuple[int, str]]
"""Runs the worker of a run to its end: (exit code, stderr) of (run, environment, incident, *global
options)."""

ADDRESS_VARIABLE = "VMSS_FORKS"
INCIDENTS_VARIABLE = "VMSS_FORK_INCIDENTS"
_MODULES = (
    "azure.core.rest._http_response_impl",
    "azure.core.rest._requests_basic",
    "azure.mgmt.compute",
    "vmss_tui.arm.blobs.container_client",
    "vmss_tui.arm.connect",
    "vmss_tui.cli.campaigns.watch",
    "vmss_tui.cli.commands.run",
    "vmss_tui.cli.program",
    "vmss_tui.runtime.campaigns.campaign_worker",
    "vmss_tui.runtime.runs.halted_worker",
    "vmss_tui.runtime.runs.worker",
    "vmss_tui.wiring",
)
"""What each process would import."""
_WORKERS = ("worker", worker.CAMPAIGN_COMMAND)


class ForkedProcess:
    """A process of the program; as much of `subprocess.Popen` as `launch_worker` uses."""

    def __init__(
        self,
        address: str,
        arguments: Sequence[str],
        environment: dict[str, str],
        outputs: tuple[int, int],
        *,
        incident: Sequence[str] = (),
        passed_on: int | None = None,
    ) -> None:
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(address)
        request = [list(arguments), environment, list(incident), passed_on]
        descriptors = [*outputs] if passed_on is None else [*outputs, passed_on]
        socket.send_fds(self._connection, [json.dumps(request).encode() + b"\n"], descriptors)
        self._reply = b""
        self.pid = int(self._line(TIMEOUT))
        self._code: int | None = None

    def wait(self, timeout: float = TIMEOUT) -> int:
        """Its exit code; raises `TimeoutExpired`."""
        if self._code is None:
            self._code = int(self._line(timeout))
            self._connection.close()
        return self._code

    def kill(self) -> None:
        """Sends SIGKILL."""
        os.kill(self.pid, signal.SIGKILL)

    def terminate(self) -> None:
        """Sends SIGTERM."""
        os.kill(self.pid, signal.SIGTERM)

    def _line(self, timeout: float) -> bytes:
        self._connection.settimeout(timeout)
        while b"\n" not in self._reply:
            try:
                data = self._connection.recv(4096)
            except TimeoutError as error:
                raise subprocess.TimeoutExpired("fork", timeout) from error
            assert data, "the process that forks workers has ended"
            self._reply += data
        line, _, self._reply = self._reply.partition(b"\n")
        return line


@contextmanager
def fork_server(folder: Path) -> Iterator[str]:
    """Starts the process that forks others, and ends it; gives its address."""
    address = folder / "forks.sock"
    process = subprocess.Popen([sys.executable, "-m", __name__, f"{address}"], cwd=ROOT)
    try:
        wait_until(address.exists, "the process that forks workers")
        yield f"{address}"
    finally:
        process.kill()
        process.wait()


def run_forked(
    address: str,
    arguments: Sequence[str],
    environment: dict[str, str],
    incident: Sequence[str] = (),
) -> tuple[int, str, str]:
    """Runs a command of the program to its end: exit code, stdout, stderr."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        outputs = (out.fileno(), errors.fileno())
        code = ForkedProcess(address, arguments, environment, outputs, incident=incident).wait()
        out.seek(0)
        errors.seek(0)
        return code, out.read().decode(), errors.read().decode()


@contextmanager
def forked_workers(folder: Path) -> Iterator[RunForkedWorker]:
    """A process that forks workers of runs."""
    with fork_server(folder) as address:

        def run(
            name: str, environment: dict[str, str], incident: Sequence[str], *options: str
        ) -> tuple[int, str]:
            arguments = [*options, "worker", name]
            code, _, errors = run_forked(address, arguments, environment, incident)
            return code, errors

        yield run


def forking_subprocess(address: str) -> Any:
    """In place of the module `subprocess` of `runtime.runs.worker`: `launch_worker` forks."""

    def popen(command: list[str], stdout: int, stderr: int, pass_fds: Any, **_: Any) -> Any:
        arguments = command[command.index("vmss_tui") + 1 :]
        passed_on = next(iter(pass_fds), None)
        outputs = (stdout, stderr)
        return ForkedProcess(address, arguments, {**os.environ}, outputs, passed_on=passed_on)

    return SimpleNamespace(
        Popen=popen, DEVNULL=subprocess.DEVNULL, TimeoutExpired=subprocess.TimeoutExpired
    )


def serve(address: str) -> None:
    """Answers each request in a process of its own, which forks the other one and waits for it."""
    for module in _MODULES:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()  # a collection in a worker would copy what it shares with this process
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{address}.new")
        listener.listen(64)
        Path(f"{address}.new").rename(address)
        while True:
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                _answer(connection, address)
                os._exit(0)
            connection.close()


def _answer(connection: socket.socket, address: str) -> None:
    size = array.array("i").itemsize
    data = b""
    descriptors: list[int] = []
    while not data.endswith(b"\n"):
        part, received, _, _ = socket.recv_fds(connection, 1 << 20, 3 * size)
        data, descriptors = data + part, [*descriptors, *received]
    arguments, environment, incident, passed_on = json.loads(data)
    pid = os.fork()
    if pid == 0:
        os.setsid()
        connection.close()
        os.dup2(descriptors[0], 1)
        os.dup2(descriptors[1], 2)
        if passed_on is not None:
            os.dup2(descriptors[2], passed_on)
        os._exit(_work(arguments, environment, incident, address))
    for descriptor in descriptors:
        os.close(descriptor)
    with suppress(BrokenPipeError):  # who asked may be killed
        connection.sendall(f"{pid}\n".encode())
    _, status = os.waitpid(pid, 0)
    with suppress(BrokenPipeError):
        connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())


def _work(
    arguments: list[str], environment: dict[str, str], incident: list[str], address: str
) -> int:
    from vmss_tui.__main__ import main

    os.environ.clear()
    os.environ.update(environment)
    worker.subprocess = forking_subprocess(address)  # type: ignore[attr-defined]
    if incident := incident or _first_incident(arguments):
        kind, *more = incident
        INCIDENTS[kind](*more)
    sys.argv = ["vmss-tui", *arguments]
    try:
        return main()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _first_incident(arguments: list[str]) -> list[str]:
    """The incident of the first worker of a campaign or scale set; empty where there is none."""
    folder, command = os.environ.get(INCIDENTS_VARIABLE, ""), arguments[:1]
    if not folder or command[0] not in _WORKERS:
        return []
    path = Path(folder) / f"{arguments[1].rpartition('-')[0]}.json"
    try:
        incident: list[str] = json.loads(path.read_bytes())
        path.unlink()
    except FileNotFoundError:
        return []
    return incident


if __name__ == "__main__":
    serve(sys.argv[1])

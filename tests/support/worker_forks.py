"""Worker processes that are forked from one process, which has imported the program already.

`python -m tests.support.worker_forks SOCKET` serves requests on a Unix socket. A request is one
line of JSON: the incident of `crash_process` (its arguments; empty: none), the name of the run, the
environment, and global options. The reply is one line of JSON: the exit code, negative for a
signal, and what the worker wrote to stderr.
"""

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
from contextlib import contextmanager
from pathlib import Path

from tests.support.crash_process import INCIDENTS
from tests.support.paths import ROOT
from tests.support.processes import TIMEOUT, wait_until

RunForkedWorker = Callable[..., tuple[int, str]]
"""Runs the worker of a run to its end: (exit code, stderr) of (run, environment, incident, *global
options)."""

_MODULES = (
    "azure.core.rest._http_response_impl",
    "azure.core.rest._requests_basic",
    "azure.mgmt.compute",
    "vmss_tui.arm.blobs.container_client",
    "vmss_tui.arm.connect",
    "vmss_tui.cli.commands.run",
    "vmss_tui.cli.program",
    "vmss_tui.runtime.runs.halted_worker",
    "vmss_tui.runtime.runs.worker",
    "vmss_tui.wiring",
)
"""What each worker would import."""


@contextmanager
def forked_workers(folder: Path) -> Iterator[RunForkedWorker]:
    """Starts the process that forks workers, and ends it."""
    address = folder / "forks.sock"
    process = subprocess.Popen([sys.executable, "-m", __name__, f"{address}"], cwd=ROOT)

    def run(
        name: str, environment: dict[str, str], incident: Sequence[str], *options: str
    ) -> tuple[int, str]:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(TIMEOUT)
            connection.connect(f"{address}")
            request = [list(incident), name, environment, options]
            connection.sendall(json.dumps(request).encode() + b"\n")
            code, errors = json.loads(connection.makefile().readline())
        return code, errors

    try:
        wait_until(address.exists, "the process that forks workers")
        yield run
    finally:
        process.kill()
        process.wait()


def serve(address: str) -> None:
    """Answers each request in a process of its own, which forks the worker and waits for it."""
    for module in _MODULES:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()  # a collection in a worker would copy what it shares with this process
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{address}.new")
        listener.listen()
        Path(f"{address}.new").rename(address)
        while True:
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                _answer(connection)
                os._exit(0)
            connection.close()


def _answer(connection: socket.socket) -> None:
    incident, name, environment, options = json.loads(connection.makefile().readline())
    with tempfile.TemporaryFile() as errors:
        pid = os.fork()
        if pid == 0:
            os.setsid()
            os.dup2(errors.fileno(), 2)
            os._exit(_work(incident, name, environment, options))
        _, status = os.waitpid(pid, 0)
        errors.seek(0)
        reply = [os.waitstatus_to_exitcode(status), errors.read().decode()]
    connection.sendall(json.dumps(reply).encode() + b"\n")


def _work(incident: list[str], name: str, environment: dict[str, str], options: list[str]) -> int:
    from vmss_tui.__main__ import main

    os.environ.clear()
    os.environ.update(environment)
    if incident:
        kind, *arguments = incident
        INCIDENTS[kind](*arguments)
    sys.argv = ["vmss-tui", *options, "worker", name]
    try:
        return main()
    finally:
        sys.stderr.flush()


if __name__ == "__main__":
    serve(sys.argv[1])

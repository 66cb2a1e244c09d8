"""The operator's own commands: the gate before each batch, and the notify hook.

Each is an argument list, without a shell; it gets a process group of its own, a JSON document on
stdin, and the unchanged environment of the process that started the run. The exit code of a gate
decides, its output is recorded, and it never outlives the worker (`gate_guard`). A notify hook is
not waited for, and its output is discarded.
"""

import contextlib
import errno
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import msgspec
from msgspec import Struct

from vmss_tui import text
from vmss_tui.config.file_access import program_refusal
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.runtime.runs import gate_guard
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.events.control import VERDICT
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.plan.policy import PolicyError
from vmss_tui.upgrade.run.run import Run, Stage

MAX_OUTPUT = 4000
"""Characters of a gate's output that are recorded: the last ones."""
NOTIFY_TIMEOUT = 120.0
"""Real seconds after which a notify hook is ended."""
_READ_SIZE = 65_536
_GUARD_COMMAND = (sys.executable, "-P", "-S", str(Path(gate_guard.__file__).absolute()))


def resolve_command(argv: Sequence[str], field: str = "gate") -> tuple[str, ...]:
    """The command with the program's absolute path, independent of the working folder.

    Raises `PolicyError` where the program does not exist.
    """
    if not argv:
        return ()
    path = shutil.which(_expand_home(argv[0]))
    if path is None:
        (program,) = text.redact_arguments(argv[:1])
        raise PolicyError(field, f"must name a command that can be run: {program!a} is not found")
    command = (str(Path(path).absolute()), *argv[1:])
    if reason := program_refusal(command):
        raise PolicyError(field, f"must not name a file that others can change: {reason}")
    return command


def _expand_home(program_path: str) -> str:
    """The path with the home folder in place of a leading `~/`, where there is a home folder."""
    if not program_path.startswith("~/"):
        return program_path
    try:
        return str(Path.home()) + program_path[1:]
    except RuntimeError:  # neither $HOME nor an account
        return program_path


def encode_gate_input(
    name: str, plan: Plan, event: ev.GateStarted, snapshot: Snapshot | None
) -> bytes:
    """A gate's stdin: the run, the finished batch and the next one."""
    return msgspec.json.encode(
        {
            "run": name,
            "scale_set": plan.scale_set.resource_id,
            "batch": event.number,
            "finished": _describe_instances(event.finished, snapshot),
            "next": _describe_instances(event.instance_ids, snapshot),
        }
    )


def encode_notify_input(name: str, run: Run, event: ev.AnyEvent) -> bytes:
    """A notify hook's stdin: the run, its progress, and the event, without secrets."""
    return msgspec.json.encode(
        {
            "run": name,
            "scale_set": run.plan.scale_set.resource_id if run.plan else "",
            "phase": run.phase,
            "reason": run.reason,
            "message": run.message,
            "planned": run.total,
            **{stage.value: run.count(stage) for stage in Stage},
            "event": text.redact_json(msgspec.to_builtins(event)),
        }
    )


def _describe_instances(ids: Sequence[str], snapshot: Snapshot | None) -> list[dict[str, Any]]:
    by_id = snapshot.by_id if snapshot else {}
    entries: list[dict[str, Any]] = []
    for instance_id in ids:
        instance = by_id.get(instance_id)
        entries.append(
            {
                "instance_id": instance_id,
                "name": instance.name if instance else "",
                "computer_name": instance.computer_name if instance else None,
                "zone": instance.zone if instance else None,
                "placement_group": instance.placement_group if instance else None,
                "update_domain": instance.update_domain if instance else None,
                "fault_domain": instance.fault_domain if instance else None,
            }
        )
    return entries


class GateResult(Struct, frozen=True):
    """The result of a gate."""

    failure: str
    """Empty where the gate has allowed the batch."""
    seconds: float
    output: str
    code: int | None = None
    """Its exit code; None where it was not run, was ended by a signal, or did not exit in time."""


class GateProcess:
    """A running gate. It ends with this process, even if that is killed."""

    def __init__(self, argv: Sequence[str], document: bytes, timeout: float) -> None:
        self._command, self._timeout = argv[0], timeout
        self._started_at = time.monotonic()
        if reason := program_refusal(argv):  # it may have changed since the run was planned
            raise PermissionError(errno.EPERM, reason)
        self._tail = b""
        self._line, guard_end = socket.socketpair()
        with _temporary_stdin(document) as stdin, guard_end:
            self._process = subprocess.Popen(
                [*_GUARD_COMMAND, str(guard_end.fileno()), *argv],
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(guard_end.fileno(),),
                start_new_session=True,
            )
        self._reader = threading.Thread(target=self._read, name="gate", daemon=True)
        self._reader.start()

    def wait(self, seconds: float) -> GateResult | None:
        """Waits for these seconds; None while it runs. Kills it after its timeout."""
        try:
            code = self._process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            if time.monotonic() - self._started_at < self._timeout:
                return None
            self.kill()
            return self._result(f"it did not exit within {self._timeout:g} s")
        if code == 0:
            return self._result("", code)
        if code == gate_guard.NOT_STARTED and (number := self._line.recv(_READ_SIZE)):
            return self._result(f"{self._command} cannot be run: {os.strerror(int(number))}")
        return self._result(_exit_reason(code), code if code > 0 else None)

    def kill(self) -> None:
        """Kills the gate and all its child processes."""
        _kill_group(self._process)
        self._line.close()

    def _result(self, failure: str, code: int | None = None) -> GateResult:
        self._line.close()
        self._reader.join(timeout=1.0)  # one of its children may keep the pipe open
        seconds = time.monotonic() - self._started_at
        return GateResult(failure, round(seconds, 1), _clean_output(self._tail), code)

    def _read(self) -> None:
        pipe = self._process.stdout
        assert pipe is not None
        while data := os.read(pipe.fileno(), _READ_SIZE):
            self._tail = (self._tail + data)[-_READ_SIZE:]


def start_gate(
    name: str, plan: Plan, event: ev.GateStarted, snapshot: Snapshot | None
) -> GateProcess | ev.GateFailed:
    """The gate of a run, or the event where it cannot be run."""
    gate = plan.policy.gate
    try:
        document = encode_gate_input(name, plan, event, snapshot)
        return GateProcess(gate, document, plan.policy.gate_timeout)
    except OSError as error:
        message = f"{gate[0]} cannot be run: {error.strerror}"
        return ev.GateFailed(number=event.number, message=message)


def _clean_output(tail: bytes) -> str:
    """The end of a gate's output, without secrets. A word whose beginning is cut off is left out:
    it could be the end of a secret, which cannot be recognized any more."""
    complete = tail if len(tail) < _READ_SIZE else b"\n".join(tail.split(maxsplit=1)[1:])
    output = text.clean(text.redact(complete.decode("utf-8", errors="replace")))
    return output.strip()[-MAX_OUTPUT:]


def needs_notice(event: ev.AnyEvent) -> bool:
    """Whether the notify hook is run for an event: one after which a person may be needed, or one
    that a failed verdict has caused."""
    match event:
        case ev.CheckpointReached() | ev.Halted() | ev.Completed():
            return True
        case ev.Paused(reason=reason):
            return reason == "inconclusive"
        case ev.RevertRequested(by=by):
            return by == VERDICT
    return False


def notify_of(event: ev.AnyEvent, argv: Sequence[str], name: str, run: Run) -> None:
    """Starts the notify hook, where there is one and the event needs it."""
    if argv and needs_notice(event):
        run_notify_hook(argv, encode_notify_input(name, run, event))


def run_notify_hook(argv: Sequence[str], document: bytes) -> None:
    """Starts the hook, and does not wait. A failure is written to stderr. The hook's own output is
    discarded, because it may outlive the process that could redact and limit it."""
    devnull = subprocess.DEVNULL
    if reason := program_refusal(argv):
        _report_failure(argv[0], reason)
        return
    try:
        with _temporary_stdin(document) as stdin:
            process = subprocess.Popen(
                argv, stdin=stdin, stdout=devnull, stderr=devnull, start_new_session=True
            )
    except OSError as error:
        _report_failure(argv[0], str(error.strerror))
        return
    threading.Thread(target=_reap, args=(process, argv[0]), name="notify", daemon=True).start()


def _reap(process: subprocess.Popen[bytes], command: str) -> None:
    try:
        code = process.wait(timeout=NOTIFY_TIMEOUT)
    except subprocess.TimeoutExpired:
        _kill_group(process)
        _report_failure(command, f"it did not exit within {NOTIFY_TIMEOUT:g} s")
    else:
        if code:
            _report_failure(command, _exit_reason(code))


def _report_failure(command: str, reason: str) -> None:
    sys.stderr.write(f"vmss-tui: {text.cell(f'notify {command}: {reason}', 600)}\n")


def _exit_reason(code: int) -> str:
    if code > 0:
        return f"exit code {code}"
    try:
        return f"ended by {signal.Signals(-code).name}"
    except ValueError:  # a real-time signal
        return f"ended by signal {-code}"


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextlib.contextmanager
def _temporary_stdin(document: bytes) -> Iterator[IO[bytes]]:
    """A file as stdin; unlike a pipe it never blocks if the command does not read it."""
    with tempfile.TemporaryFile() as file:
        file.write(document)
        file.seek(0)
        yield file

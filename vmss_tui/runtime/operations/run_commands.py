"""Runs one script on a few instances: one recorded request for each, sent once.

Azure runs one command at a time on a VM, for at most 90 minutes, and cannot cancel it ("Run scripts
in your Linux VM by using action Run Commands"). The output is kept in the state folder as 0600, and
`operations.jsonl` has its path and the hash of the script.
"""

import hashlib
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum

from msgspec import Struct, structs

from vmss_tui.errors import VmssError
from vmss_tui.fleet.scale_set_id import ScaleSetId, check_instance_id
from vmss_tui.gateway import (
    Gateway,
    GatewayError,
    NotSignedIn,
    OperationStatus,
    PollResult,
    Throttled,
    Unknown,
)
from vmss_tui.gateway.diagnostics import CommandOutput
from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.operations.recorded_write import WriteRecorder
from vmss_tui.runtime.permission import Permission
from vmss_tui.runtime.storage.operations_log import OperationRecord, OperationsLog, answer_record
from vmss_tui.runtime.storage.port import RunStore
from vmss_tui.runtime.storage.state_folder import ensure_private_folder, write_private
from vmss_tui.text import redact
from vmss_tui.upgrade.report.az_commands import run_command_line

MAX_INSTANCES = 20
MAX_SECONDS = 95 * 60.0
"""Run seconds after which an operation is not polled any more."""
OUTPUTS = "outputs"
"""Folder of the outputs in the state folder."""
_PARALLEL = 4
_PAUSES = (2.0, 5.0, 10.0)
"""Run seconds between polls of the same operation, the last again and again."""
_NOT_TERMINAL = frozenset({OperationStatus.IN_PROGRESS, OperationStatus.UNKNOWN})


class CommandState(StrEnum):
    """The state of a run command on one instance."""

    RUNNING = "running"
    DONE = "done"
    """The script has ended; see the exit code."""
    FAILED = "failed"
    """Azure accepted it and could not run it."""
    REFUSED = "refused"
    """Azure, or this program, refused it: nothing happened."""
    UNKNOWN = "unknown"
    """The answer was lost: it may have run. It is never sent again."""


class InstanceCommand(Struct, frozen=True):
    """A run command on one instance."""

    instance_id: str
    state: CommandState
    request: OperationRecord | None = None
    operation: str | None = None
    """URL of the operation that is polled."""
    output: CommandOutput | None = None
    output_path: str = ""
    """Below the state folder; empty where it could not be kept."""
    message: str = ""

    @property
    def succeeded(self) -> bool:
        """The script ended, and with 0 where its exit code is known."""
        return self.state is CommandState.DONE and not (self.output and self.output.exit_code)


class ScriptRuns:
    """Sends scripts, and follows them to their end."""

    def __init__(
        self,
        gateway: Gateway,
        clock: Clock,
        log: OperationsLog,
        permission: Permission,
        store: RunStore,
    ) -> None:
        self._gateway, self._clock, self._log = gateway, clock, log
        self._permission, self._store = permission, store
        self._recorder = WriteRecorder(log, clock)

    def refusal_reason(self, scale_set: ScaleSetId, instance_ids: Sequence[str]) -> str | None:
        """Why no command can be sent to these instances now; None where it can."""
        if not instance_ids:
            return "no instance is selected"
        if len(set(instance_ids)) > MAX_INSTANCES:
            return (
                f"a command runs on at most {MAX_INSTANCES} instances, {len(set(instance_ids))} "
                "are selected"
            )
        return self._permission.refusal_reason(scale_set, command_ids=instance_ids)

    def begin(
        self,
        scale_set: ScaleSetId,
        instance_ids: Sequence[str],
        script: Sequence[str],
        *,
        windows: bool = False,
        flexible: bool = False,
    ) -> tuple[InstanceCommand, ...]:
        """Sends the confirmed script once to each instance, in the order given.

        Raises `RunRefused`, `JournalError` or a `GatewayError`, where nothing was sent to any.
        """
        ids = list(dict.fromkeys(check_instance_id(i) for i in instance_ids))
        if reason := self.refusal_reason(scale_set, ids):
            raise RunRefused(reason)
        if not any(line.strip() for line in script):
            raise RunRefused("the script is empty")
        self._permission.prepare_write(scale_set, command_ids=ids)
        errors: list[VmssError] = []

        def send(instance_id: str) -> InstanceCommand:
            try:
                az = run_command_line(scale_set, instance_id, windows=windows, flexible=flexible)
                return self._send(scale_set, instance_id, script, az, windows=windows)
            except VmssError as error:
                errors.append(error)
                message = redact(error.message)
                return InstanceCommand(instance_id, CommandState.REFUSED, message=message)

        with ThreadPoolExecutor(_PARALLEL) as pool:
            commands = tuple(pool.map(send, ids))
        if len(errors) == len(ids):
            raise errors[0]
        return commands

    def _send(
        self,
        scale_set: ScaleSetId,
        instance_id: str,
        script: Sequence[str],
        az: str,
        *,
        windows: bool,
    ) -> InstanceCommand:
        only = (instance_id,)
        self._permission.prepare_write(scale_set, command_ids=only)  # of this thread
        request = self._recorder.make_request(
            scale_set,
            "run-command",
            instance_ids=only,
            az=(az,),
            script_sha256=hashlib.sha256("\n".join(script).encode()).hexdigest(),
        )
        try:
            accepted = self._recorder.recorded_write(
                request,
                lambda: self._gateway.diagnostics.run_command(
                    scale_set, instance_id, script, request.request_id, windows=windows
                ),
                guard=lambda: self._permission.check(scale_set, command_ids=only),
            )
        except Unknown as error:
            message = f"{redact(error.message)}: it may have run, check the instance"
            return InstanceCommand(instance_id, CommandState.UNKNOWN, request, message=message)
        if accepted.operation is None:
            message = "Azure accepted it, and named no operation with its output"
            return InstanceCommand(instance_id, CommandState.UNKNOWN, request, message=message)
        return InstanceCommand(instance_id, CommandState.RUNNING, request, accepted.operation)

    def follow(
        self,
        commands: Sequence[InstanceCommand],
        report: Callable[[Sequence[InstanceCommand]], None] = lambda _commands: None,
        stop: threading.Event | None = None,
    ) -> tuple[InstanceCommand, ...]:
        """Polls until every command has ended, or `stop` is set; `report` gets each new state."""
        stop, started, polls = stop or threading.Event(), self._clock.run(), 0
        current = tuple(commands)
        while any(command.state is CommandState.RUNNING for command in current):
            if self._clock.wait(stop, _PAUSES[min(polls, len(_PAUSES) - 1)]):
                break
            polls += 1
            is_late = self._clock.run() - started > MAX_SECONDS
            updated = tuple(self._update(command, is_late=is_late) for command in current)
            if updated != current:
                current = updated
                report(current)
        return current

    def _update(self, command: InstanceCommand, *, is_late: bool) -> InstanceCommand:
        if command.state is not CommandState.RUNNING or command.operation is None:
            return command
        try:
            result, output = self._gateway.diagnostics.read_command_output(command.operation)
        except (Throttled, NotSignedIn) as error:
            result, output = PollResult(OperationStatus.UNKNOWN, message=error.message), None
        except GatewayError:
            return command
        if result.status in _NOT_TERMINAL:
            if not is_late:
                return command
            message = "its end was not seen in time; Azure ends a command after 90 minutes"
            return self._end(structs.replace(command, state=CommandState.UNKNOWN, message=message))
        if output is None:
            message = redact(result.message) or f"the operation ended: {result.status}"
            return self._end(structs.replace(command, state=CommandState.FAILED, message=message))
        return self._end(structs.replace(command, state=CommandState.DONE, output=output))

    def _end(self, command: InstanceCommand) -> InstanceCommand:
        """Keeps the output, and records how the command ended."""
        request = command.request
        if request is None:
            return command
        if command.output is not None:
            command = structs.replace(command, output_path=self._keep(command, request))
        exit_code = command.output.exit_code if command.output else None
        message = command.message or (
            "ended, its exit code is not known" if exit_code is None else f"exit code {exit_code}"
        )
        answer = answer_record(request, self._clock.wall(), "settled", message)
        self._log.write_answer(
            structs.replace(answer, output=command.output_path, exit_code=exit_code)
        )
        return command

    def _keep(self, command: InstanceCommand, request: OperationRecord) -> str:
        """Writes the output to a file that only the user can read; its path, or empty."""
        output = command.output or CommandOutput("", "", None)
        name = f"{OUTPUTS}/{request.request_id}.txt"
        text = (
            f"{request.scale_set} instance {command.instance_id}\n{request.at} exit code "
            f"{'unknown' if output.exit_code is None else output.exit_code}\n"
            f"[stdout]\n{output.stdout}\n[stderr]\n{output.stderr}\n"
        )
        try:
            ensure_private_folder(self._store.state_folder / OUTPUTS)
            write_private(self._store.state_folder / name, text.encode())
        except OSError:
            return ""
        return name

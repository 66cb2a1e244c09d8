"""The event and command log as lines: a run's events and the writes outside runs, by time.

A line that stands for a request has the equivalent `az` command. Draws nothing.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from vmss_tui.fleet.phrases import bare_reason, instances_text
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.runtime.session import Services
from vmss_tui.runtime.storage.operations_log import OperationRecord
from vmss_tui.shell import readable_command
from vmss_tui.upgrade.events import (
    BatchUnknown,
    EvidenceRecorded,
    Halted,
    InstancesFailed,
    ModelUnknown,
    Record,
)
from vmss_tui.upgrade.report.az_commands import command_for_event, model_update_command
from vmss_tui.upgrade.report.sentences import describe_event
from vmss_tui.upgrade.run.run import Run

MAX_LINES = 2000
"""Lines shown; the report of a run has all of them."""
_PROBLEMS = (Halted, InstancesFailed, BatchUnknown, ModelUnknown, EvidenceRecorded)
_PROBLEM_REPLIES = ("refused", "unknown")


class LogLine(Struct, frozen=True):
    """One event or request."""

    at: str
    """ISO 8601, UTC."""
    text: str
    az: tuple[str, ...] = ()
    is_problem: bool = False


def run_lines(scale_set: ScaleSetId, records: Iterable[Record], run: Run) -> Iterator[LogLine]:
    """A line for each event of a run, which is as it is after them."""
    for record in records:
        is_problem = isinstance(record.body, _PROBLEMS)
        az_line = command_for_event(scale_set, record.body)
        az = (az_line,) if az_line else ()
        yield LogLine(record.at, describe_event(record, run), az, is_problem)


def operation_lines(
    scale_set: ScaleSetId, operations: Iterable[OperationRecord]
) -> Iterator[LogLine]:
    """Lines for the writes outside runs: each request with its author, and each reply."""
    requests: dict[str, OperationRecord] = {}
    for operation in operations:
        if operation.scale_set.lower() != scale_set.resource_id.lower():
            continue
        if not operation.answer:
            requests[operation.request_id] = operation
            author = operation.by or "unknown user"
            yield LogLine(
                operation.at, f"{author}: {_operation_text(operation)}", _az(scale_set, operation)
            )
            continue
        request = requests.get(operation.request_id) or (operation if operation.verb else None)
        text = f"{_operation_text(request) if request else 'a write'}: {operation.answer}"
        text += f": {bare_reason(operation.message)}" if operation.message else ""
        yield LogLine(operation.at, text, is_problem=operation.answer in _PROBLEM_REPLIES)


def merge_lines(*sources: Iterable[LogLine]) -> Sequence[LogLine]:
    """The last `MAX_LINES` lines of all sources by time; equal times keep their order."""
    lines = [line for source in sources for line in source]
    return sorted(lines, key=lambda line: _moment(line.at))[-MAX_LINES:]


def _operation_text(operation: OperationRecord) -> str:
    verb = "model edit" if operation.verb == "patch" else operation.verb.replace("-", " ")
    ids = operation.instance_ids
    return f"{verb} of {instances_text(ids)}" if ids else verb


def _az(scale_set: ScaleSetId, operation: OperationRecord) -> tuple[str, ...]:
    if operation.az or not operation.body:
        return tuple(map(readable_command, operation.az))
    return (model_update_command(scale_set, operation.body),)


def _moment(stamp: str) -> datetime:
    try:
        at = datetime.fromisoformat(stamp)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


class EventLogSource:
    """Reads the log of a scale set; may be called from several threads."""

    def __init__(self, services: Services, scale_set: ScaleSetId, run: str | None) -> None:
        """`run` is the one on screen, if there is one."""
        self._services, self._scale_set = services, scale_set
        self._follower = services.run_control.follow(run) if run is not None else None
        self._events: list[LogLine] = []
        self._lock = threading.Lock()

    def read(self) -> Sequence[LogLine]:
        """All lines; reads only new events of the journal. Raises OSError."""
        with self._lock:
            if self._follower is not None:
                records = self._follower.read_new()
                self._events += run_lines(self._scale_set, records, self._follower.run)
            operations = operation_lines(self._scale_set, self._services.operations_log.read())
            return merge_lines(self._events, operations)

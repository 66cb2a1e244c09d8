"""The event and command log as lines: a run's journal and the writes beside it, in one order.

Below each act stands the `az` line that somebody would type instead. Draws nothing.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.runtime.session import Services
from vmss_tui.runtime.storage.operations_log import OperationRecord
from vmss_tui.upgrade.events import BatchUnknown, Halted, InstancesFailed, ModelUnknown, Record
from vmss_tui.upgrade.report import az_commands as az
from vmss_tui.upgrade.report.sentences import instances, sentence

MOST = 2000
"""Lines shown; a report of the run has all of them."""
_BAD = (Halted, InstancesFailed, BatchUnknown, ModelUnknown)
_BAD_ANSWERS = ("refused", "unknown")


@dataclass(frozen=True, slots=True)
class LogLine:
    """One thing that happened."""

    at: str
    """ISO 8601, UTC."""
    words: str
    az: tuple[str, ...] = ()
    bad: bool = False


def run_lines(scale_set: ScaleSetId, records: Iterable[Record]) -> Iterator[LogLine]:
    """A run's events."""
    for record in records:
        bad = isinstance(record.body, _BAD)
        typed = az.line(scale_set, record.body)
        yield LogLine(record.at, sentence(record), (typed,) if typed else (), bad)


def operation_lines(scale_set: ScaleSetId, operations: Iterable[OperationRecord]) -> Iterator[LogLine]:
    """What was written outside runs: what was asked, by whom, and what came of it."""
    asked: dict[str, OperationRecord] = {}
    for operation in operations:
        if operation.scale_set.lower() != scale_set.resource_id.lower():
            continue
        if not operation.answer:
            asked[operation.request_id] = operation
            who = operation.by or "somebody"
            yield LogLine(operation.at, f"{who}: {_what(operation)}", _az(scale_set, operation))
            continue
        act = asked.get(operation.request_id) or (operation if operation.verb else None)
        said = f"{_what(act) if act else 'a write'}: {operation.answer}"
        words = f"{said}: {operation.message}" if operation.message else said
        yield LogLine(operation.at, words, bad=operation.answer in _BAD_ANSWERS)


def merge_lines(*sources: Iterable[LogLine]) -> Sequence[LogLine]:
    """All in the order of time, at most the last `MOST`; what is as old stays as it was."""
    every = [line for source in sources for line in source]
    return sorted(every, key=lambda line: _moment(line.at))[-MOST:]


def _what(operation: OperationRecord) -> str:
    verb = "model edit" if operation.verb == "patch" else operation.verb.replace("-", " ")
    ids = operation.instance_ids
    return f"{verb} of {instances(ids)}" if ids else verb


def _az(scale_set: ScaleSetId, operation: OperationRecord) -> tuple[str, ...]:
    if operation.az or not operation.body:
        return operation.az
    return (az.update(scale_set, operation.body),)


def _moment(stamp: str) -> datetime:
    try:
        at = datetime.fromisoformat(stamp)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


class EventLogSource:
    """Gathers the log of a scale set; to be called from threads, one after the other."""

    def __init__(self, cockpit: Services, scale_set: ScaleSetId, run: str | None) -> None:
        """`run` is the one on screen, if there is one."""
        self._cockpit, self._scale_set = cockpit, scale_set
        self._follower = cockpit.run_control.follow(run) if run is not None else None
        self._events: list[LogLine] = []
        self._lock = threading.Lock()

    def gather(self) -> Sequence[LogLine]:
        """All lines as of now; reads only what the journal has grown by. May raise OSError."""
        with self._lock:
            if self._follower is not None:
                self._events += run_lines(self._scale_set, self._follower.poll())
            written = operation_lines(self._scale_set, self._cockpit.operations_log.read())
            return merge_lines(self._events, written)

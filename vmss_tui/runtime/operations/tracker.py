"""The operations of one session, tracked from screen to screen until they are over.

While a screen of the scale set is open, its readings update them; otherwise a thread reads. So
every operation gets a last record in `operations.jsonl`: settled, or left where it could not be
followed to its end.
"""

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.operations.plan import OperationPlan
from vmss_tui.runtime.errors import ObservationLost
from vmss_tui.runtime.operations.instances import InstanceOperation, InstanceOperations


@dataclass
class _TrackedOperation:
    operation: InstanceOperation
    update_lock: threading.Lock = field(default_factory=threading.Lock)
    """One thread updates it at a time, so that its end is recorded once."""
    stop: threading.Event | None = None
    """Stops the thread that follows it; None without one."""


class OperationTracker:
    """The operations that were begun and not removed. Safe for several threads."""

    def __init__(self, instance_operations: InstanceOperations) -> None:
        self._instance_operations = instance_operations
        self._tracked: dict[object, _TrackedOperation] = {}
        self._readers: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._closed = False

    def begin(self, plan: OperationPlan) -> InstanceOperation:
        """See `InstanceOperations.begin`; the screen may be closed before the answer comes."""
        operation = self._instance_operations.begin(plan)
        with self._lock:
            self._tracked[operation.key] = _TrackedOperation(operation)
            self._update_followers(plan.scale_set.key)
        return operation

    def update(self, operation: InstanceOperation, snapshot: Snapshot) -> InstanceOperation:
        """See `InstanceOperations.update`; returns the newest state of the operation."""
        entry = self._tracked.get(operation.key) or _TrackedOperation(operation)
        with entry.update_lock:
            entry.operation = self._instance_operations.update(entry.operation, snapshot)
            return entry.operation

    def of_scale_set(self, scale_set: ScaleSetId) -> tuple[InstanceOperation, ...]:
        """The operations of a scale set, oldest first."""
        with self._lock:
            return tuple(entry.operation for entry in self._entries(scale_set.key))

    def register_reader(self, scale_set: ScaleSetId) -> None:
        """A screen reads the scale set from now on, and updates its operations."""
        with self._lock:
            self._readers[scale_set.key] += 1
            self._update_followers(scale_set.key)

    def unregister_reader(self, scale_set: ScaleSetId) -> None:
        """A screen is closed; without another, threads follow the open operations."""
        with self._lock:
            self._readers[scale_set.key] -= 1
            self._update_followers(scale_set.key)

    def remove(self, operations: Iterable[InstanceOperation]) -> None:
        """Stops tracking these operations."""
        with self._lock:
            for operation in operations:
                self._tracked.pop(operation.key, None)

    def close(self) -> None:
        """Ends the session: records the progress of each open operation."""
        with self._lock:
            self._closed = True
            for entry in self._tracked.values():
                _stop(entry)
                if not entry.operation.progress.is_over:
                    self._instance_operations.record_abandoned(
                        entry.operation, "the dashboard was closed, Azure continues"
                    )

    def _entries(self, key: str) -> list[_TrackedOperation]:
        return [
            entry for entry in self._tracked.values() if entry.operation.plan.scale_set.key == key
        ]

    def _update_followers(self, key: str) -> None:
        """Starts or stops threads: one for each open operation of a scale set without a screen."""
        for entry in self._entries(key):
            if self._readers[key] > 0:
                _stop(entry)
            elif entry.stop is None and not entry.operation.progress.is_over and not self._closed:
                entry.stop = threading.Event()
                work = (entry, entry.stop)
                threading.Thread(target=self._follow, args=work, name="after", daemon=True).start()

    def _follow(self, entry: _TrackedOperation, stop: threading.Event) -> None:
        try:
            self._instance_operations.follow(entry.operation, lambda _: None, stop, self.update)
        except ObservationLost as error:
            if not stop.is_set():
                self._instance_operations.record_abandoned(entry.operation, str(error))


def _stop(entry: _TrackedOperation) -> None:
    if entry.stop is not None:
        entry.stop.set()
        entry.stop = None

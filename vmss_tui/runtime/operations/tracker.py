"""The operations of one sitting: kept from screen to screen, and looked after to their end.

While a screen of the set is open its readings say how far they are; as soon as none is, a thread
of ours reads instead, so that every operation ends with a record in `operations.jsonl`: settled,
or left, where nobody could or would look any longer.
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
    newest: InstanceOperation
    update_lock: threading.Lock = field(default_factory=threading.Lock)
    """One looks at a time, so that its end is recorded once."""
    stop: threading.Event | None = None
    """Ends the thread that follows it, where there is one."""


class OperationTracker:
    """What was begun and has not been taken away. For many threads."""

    def __init__(self, instance_operations: InstanceOperations) -> None:
        self._instance_operations = instance_operations
        self._tracked: dict[object, _TrackedOperation] = {}
        self._readers: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._closed = False

    def begin(self, plan: OperationPlan) -> InstanceOperation:
        """Sends it, as `Operating.begin`; nobody need be there any more to hear the answer."""
        operation = self._instance_operations.begin(plan)
        with self._lock:
            self._tracked[operation.key] = _TrackedOperation(operation)
            self._update_followers(plan.scale_set.key)
        return operation

    def update(self, operation: InstanceOperation, snapshot: Snapshot) -> InstanceOperation:
        """The newest of it, over a newer reading."""
        entry = self._tracked.get(operation.key) or _TrackedOperation(operation)
        with entry.update_lock:
            entry.newest = self._instance_operations.update(entry.newest, snapshot)
            return entry.newest

    def of_scale_set(self, scale_set: ScaleSetId) -> tuple[InstanceOperation, ...]:
        """Those of one set, oldest first."""
        with self._lock:
            return tuple(entry.newest for entry in self._entries(scale_set.key))

    def register_reader(self, scale_set: ScaleSetId) -> None:
        """A screen reads the set from now on, and looks after them."""
        with self._lock:
            self._readers[scale_set.key] += 1
            self._update_followers(scale_set.key)

    def unregister_reader(self, scale_set: ScaleSetId) -> None:
        """It is left: threads look after what has no end yet."""
        with self._lock:
            self._readers[scale_set.key] -= 1
            self._update_followers(scale_set.key)

    def remove(self, operations: Iterable[InstanceOperation]) -> None:
        """These are not wanted in sight any more."""
        with self._lock:
            for operation in operations:
                self._tracked.pop(operation.key, None)

    def close(self) -> None:
        """The sitting ends: records how far each is that has no end yet."""
        with self._lock:
            self._closed = True
            for entry in self._tracked.values():
                _stop(entry)
                if not entry.newest.progress.over:
                    self._instance_operations.record_abandoned(
                        entry.newest, "the dashboard was left, Azure goes on"
                    )

    def _entries(self, key: str) -> list[_TrackedOperation]:
        return [entry for entry in self._tracked.values() if entry.newest.plan.scale_set.key == key]

    def _update_followers(self, key: str) -> None:
        """A thread for each that is open while nobody holds the set, and none else."""
        for entry in self._entries(key):
            if self._readers[key] > 0:
                _stop(entry)
            elif entry.stop is None and not entry.newest.progress.over and not self._closed:
                entry.stop = threading.Event()
                work = (entry, entry.stop)
                threading.Thread(target=self._follow, args=work, name="after", daemon=True).start()

    def _follow(self, entry: _TrackedOperation, stop: threading.Event) -> None:
        try:
            self._instance_operations.follow(entry.newest, lambda _: None, stop, self.update)
        except ObservationLost as error:
            if not stop.is_set():
                self._instance_operations.record_abandoned(entry.newest, str(error))


def _stop(entry: _TrackedOperation) -> None:
    if entry.stop is not None:
        entry.stop.set()
        entry.stop = None

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
from vmss_tui.runtime.operations.instances import Operating, Undertaking


@dataclass
class _Kept:
    newest: Undertaking
    looking: threading.Lock = field(default_factory=threading.Lock)
    """One looks at a time, so that its end is recorded once."""
    stop: threading.Event | None = None
    """Ends the thread that follows it, where there is one."""


class Undertakings:
    """What was begun and has not been taken away. For many threads."""

    def __init__(self, operating: Operating) -> None:
        self._operating = operating
        self._kept: dict[object, _Kept] = {}
        self._holders: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._closed = False

    def begin(self, plan: OperationPlan) -> Undertaking:
        """Sends it, as `Operating.begin`; nobody need be there any more to hear the answer."""
        begun = self._operating.begin(plan)
        with self._lock:
            self._kept[begun.key] = _Kept(begun)
            self._attend(plan.scale_set.key)
        return begun

    def look(self, undertaking: Undertaking, snapshot: Snapshot) -> Undertaking:
        """The newest of it, over a newer reading."""
        kept = self._kept.get(undertaking.key) or _Kept(undertaking)
        with kept.looking:
            kept.newest = self._operating.look(kept.newest, snapshot)
            return kept.newest

    def of(self, scale_set: ScaleSetId) -> tuple[Undertaking, ...]:
        """Those of one set, oldest first."""
        with self._lock:
            return tuple(kept.newest for kept in self._of(scale_set.key))

    def hold(self, scale_set: ScaleSetId) -> None:
        """A screen reads the set from now on, and looks after them."""
        with self._lock:
            self._holders[scale_set.key] += 1
            self._attend(scale_set.key)

    def release(self, scale_set: ScaleSetId) -> None:
        """It is left: threads look after what has no end yet."""
        with self._lock:
            self._holders[scale_set.key] -= 1
            self._attend(scale_set.key)

    def drop(self, undertakings: Iterable[Undertaking]) -> None:
        """These are not wanted in sight any more."""
        with self._lock:
            for undertaking in undertakings:
                self._kept.pop(undertaking.key, None)

    def close(self) -> None:
        """The sitting ends: records how far each is that has no end yet."""
        with self._lock:
            self._closed = True
            for kept in self._kept.values():
                _stop(kept)
                if not kept.newest.progress.over:
                    self._operating.left(kept.newest, "the dashboard was left, Azure goes on")

    def _of(self, key: str) -> list[_Kept]:
        return [kept for kept in self._kept.values() if kept.newest.plan.scale_set.key == key]

    def _attend(self, key: str) -> None:
        """A thread for each that is open while nobody holds the set, and none else."""
        for kept in self._of(key):
            if self._holders[key] > 0:
                _stop(kept)
            elif kept.stop is None and not kept.newest.progress.over and not self._closed:
                kept.stop = threading.Event()
                work = (kept, kept.stop)
                threading.Thread(target=self._follow, args=work, name="after", daemon=True).start()

    def _follow(self, kept: _Kept, stop: threading.Event) -> None:
        try:
            self._operating.follow(kept.newest, lambda _: None, stop, self.look)
        except ObservationLost as error:
            if not stop.is_set():
                self._operating.left(kept.newest, str(error))


def _stop(kept: _Kept) -> None:
    if kept.stop is not None:
        kept.stop.set()
        kept.stop = None

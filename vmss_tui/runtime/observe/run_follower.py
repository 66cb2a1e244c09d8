"""A run seen from outside: its journal followed as it grows, for screens and commands."""

from datetime import UTC, datetime

from vmss_tui.runtime.clock import Clock, estimate_run_time
from vmss_tui.runtime.storage.journal import Tail
from vmss_tui.runtime.storage.latest_view import newest
from vmss_tui.runtime.storage.run_folder import Holder, RunFolder
from vmss_tui.upgrade.events import Record
from vmss_tui.upgrade.run.fold import apply
from vmss_tui.upgrade.run.run import Run

SILENT = 75.0
"""Run seconds without a sign of life after which a worker may stand still: it reads at least once
a minute, and leaves each reading for viewers."""
_SILENT_REAL = 45.0
"""Real seconds that it is given however fast a demo's time runs: a gate is waited for in those."""


class Follower:
    """Reads each record once. Not for several threads at once."""

    def __init__(self, folder: RunFolder, clock: Clock) -> None:
        """`clock` is that of the run's world, as its worker reads it."""
        self.folder = folder
        self._clock = clock
        self.run = Run()
        self.damage = ""
        """What is wrong with the journal, in words; nothing after it is read."""
        self._tail = Tail(folder.journal_path)
        self._patience = (0.0, 0.0)
        """A reading's time, and the real seconds until the next was to come."""

    @property
    def name(self) -> str:
        """The run's name."""
        return self.folder.name

    @property
    def alive(self) -> bool:
        """The worker lives."""
        return self.folder.alive

    def worker(self) -> Holder | None:
        """Who works on the run now."""
        holder = self.folder.holder()
        return holder if holder is not None and holder.run == self.name else None

    def silent_since(self) -> datetime | None:
        """When the worker last wrote its journal or a reading, where that is longer ago than it
        ever waits; None while it shows life, and where there is none."""
        if not self.alive or (last := self._last_sign()) is None:
            return None
        silent = self._clock.wall().timestamp() - last
        rate = max(1.0, self._clock.rate())
        if silent < max(SILENT / rate, _SILENT_REAL) or silent < self._awaited() + _SILENT_REAL:
            return None
        return datetime.fromtimestamp(last, UTC)

    def _last_sign(self) -> float | None:
        signs = []
        for path in (self.folder.journal_path, self.folder.latest_path):
            try:
                signs.append(path.stat().st_mtime)
            except FileNotFoundError:
                continue
        return max(signs, default=None)

    def _awaited(self) -> float:
        """Real seconds that the worker meant to wait after its newest reading: Azure may have told
        it to wait long."""
        try:
            left_at = self.folder.latest_path.stat().st_mtime
        except FileNotFoundError:
            return 0.0
        if left_at != self._patience[0]:
            view = newest(self.folder.latest_path)
            self._patience = (left_at, view.interval if view else 0.0)
        return self._patience[1]

    def t(self) -> float:
        """The run's clock now, at which its stopwatches are read; stands still without a worker."""
        run = self.run
        return estimate_run_time(run.t, run.changed_at, self._clock) if self.alive else run.t

    def poll(self) -> tuple[Record, ...]:
        """Records that came since the last call; `run` is their fold."""
        news, self.damage = self._tail.news(), self._tail.damage
        for record in news:
            self.run = apply(self.run, record)
        return news

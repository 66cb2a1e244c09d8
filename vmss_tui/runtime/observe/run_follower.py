"""A run seen from outside: its journal followed as it grows, for screens and commands."""

from datetime import UTC, datetime

from vmss_tui.runtime.clock import Clock, estimate_run_time
from vmss_tui.runtime.storage.journal import JournalTail
from vmss_tui.runtime.storage.latest_view import read_latest
from vmss_tui.runtime.storage.run_folder import LockOwner, RunFolder
from vmss_tui.upgrade.events import Record
from vmss_tui.upgrade.run.fold import apply
from vmss_tui.upgrade.run.run import Run

SILENCE_LIMIT = 75.0
"""Run seconds without a sign of life after which a worker may stand still: it reads at least once
a minute, and leaves each reading for viewers."""
_REAL_SILENCE_LIMIT = 45.0
"""Real seconds that it is given however fast a demo's time runs: a gate is waited for in those."""


class RunFollower:
    """Reads each record once. Not for several threads at once."""

    def __init__(self, folder: RunFolder, clock: Clock) -> None:
        """`clock` is that of the run's world, as its worker reads it."""
        self.folder = folder
        self._clock = clock
        self.run = Run()
        self.damage = ""
        """What is wrong with the journal, in words; nothing after it is read."""
        self._tail = JournalTail(folder.journal_path)
        self._interval_by_time = (0.0, 0.0)
        """A reading's time, and the real seconds until the next was to come."""

    @property
    def name(self) -> str:
        """The run's name."""
        return self.folder.name

    @property
    def is_live(self) -> bool:
        """The worker lives."""
        return self.folder.is_live

    def worker(self) -> LockOwner | None:
        """Who works on the run now."""
        owner = self.folder.lock_owner()
        return owner if owner is not None and owner.run == self.name else None

    def silent_since(self) -> datetime | None:
        """When the worker last wrote its journal or a reading, where that is longer ago than it
        ever waits; None while it shows life, and where there is none."""
        if not self.is_live or (last_write := self._last_write()) is None:
            return None
        silence = self._clock.wall().timestamp() - last_write
        rate = max(1.0, self._clock.rate())
        if (
            silence < max(SILENCE_LIMIT / rate, _REAL_SILENCE_LIMIT)
            or silence < self._expected_wait() + _REAL_SILENCE_LIMIT
        ):
            return None
        return datetime.fromtimestamp(last_write, UTC)

    def _last_write(self) -> float | None:
        write_times = []
        for path in (self.folder.journal_path, self.folder.latest_path):
            try:
                write_times.append(path.stat().st_mtime)
            except FileNotFoundError:
                continue
        return max(write_times, default=None)

    def _expected_wait(self) -> float:
        """Real seconds that the worker meant to wait after its newest reading: Azure may have told
        it to wait long."""
        try:
            written_at = self.folder.latest_path.stat().st_mtime
        except FileNotFoundError:
            return 0.0
        if written_at != self._interval_by_time[0]:
            view = read_latest(self.folder.latest_path)
            self._interval_by_time = (written_at, view.interval if view else 0.0)
        return self._interval_by_time[1]

    def run_time(self) -> float:
        """The run's clock now, at which its stopwatches are read; stands still without a worker."""
        run = self.run
        return estimate_run_time(run.t, run.changed_at, self._clock) if self.is_live else run.t

    def read_new(self) -> tuple[Record, ...]:
        """Records that came since the last call; `run` is their fold."""
        records, self.damage = self._tail.read_new(), self._tail.damage
        for record in records:
            self.run = apply(self.run, record)
        return records

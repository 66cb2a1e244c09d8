"""Follows a run from another process than its worker, by its journal; for screens and commands."""

from datetime import UTC, datetime, timedelta

from vmss_tui.gateway.failures import Condition
from vmss_tui.runtime.clock import Clock, estimate_run_time
from vmss_tui.runtime.poll import wait_until
from vmss_tui.runtime.storage.port import StoredRun
from vmss_tui.runtime.storage.run_records import LockOwner
from vmss_tui.upgrade.events import Record, WorkerStarted
from vmss_tui.upgrade.run.fold import apply
from vmss_tui.upgrade.run.progress import estimate_remaining
from vmss_tui.upgrade.run.run import Run

SILENCE_LIMIT = 75.0
"""Run seconds without a write after which a worker may hang: it reads at least once a minute, and
writes a file after each read."""
_REAL_SILENCE_LIMIT = 45.0
"""The same in real seconds, for fast demos: gates take real time."""


class RunFollower:
    """Reads each record once. For one thread at a time."""

    def __init__(self, folder: StoredRun, clock: Clock) -> None:
        """`clock` is the clock that the run's worker uses, too."""
        self.folder = folder
        self._clock = clock
        self.run = Run()
        self.damage = ""
        """What is damaged in the journal; nothing after it is read."""
        self._tail = folder.follow_journal()
        self._latest = ("", 0.0, Condition.PENDING)
        """Version of the worker's newest reading, its interval in real seconds, how it went."""
        self._worker_since = ""
        """When the newest worker began: UTC, ISO 8601; empty before the first."""

    @property
    def name(self) -> str:
        """The run's name."""
        return self.folder.name

    @property
    def is_live(self) -> bool:
        """A worker carries out the run."""
        return self.folder.is_live

    def worker(self) -> LockOwner | None:
        """The run's worker, None where it has none."""
        owner = self.folder.lock_owner()
        return owner if owner is not None and owner.run == self.name else None

    def worker_failure(self) -> str:
        """Why the last worker ended before the run did; empty where it recorded nothing."""
        return self.folder.worker_failure()

    def wait_for_worker(self, seconds: float) -> bool:
        """Waits for a worker; False where none has the lock after so many real seconds."""
        return wait_until(lambda: self.is_live, seconds)

    def silent_since(self) -> datetime | None:
        """When the worker last wrote a record or a reading, if that is longer ago than it ever
        waits; else None, as without a worker."""
        if not self.is_live or (last_write := self.folder.last_write_at()) is None:
            return None
        silence = self._clock.wall().timestamp() - last_write
        rate = max(1.0, self._clock.rate())
        if (
            silence < max(SILENCE_LIMIT / rate, _REAL_SILENCE_LIMIT)
            or silence < self._expected_wait() + _REAL_SILENCE_LIMIT
        ):
            return None
        return datetime.fromtimestamp(last_write, UTC)

    def _expected_wait(self) -> float:
        """Real seconds that the worker waits after its newest reading: many where Azure has
        throttled it."""
        self._look_at_latest()
        return self._latest[1]

    def signed_out_at(self) -> str:
        """When the worker could not read for want of a sign-in, where it has not read since: UTC,
        ISO 8601 with milliseconds; else empty."""
        written_at = self._look_at_latest()
        if written_at is None or self._latest[2] is not Condition.SIGNED_OUT:
            return ""
        at = datetime.fromtimestamp(written_at, UTC).isoformat(timespec="milliseconds")
        return at if at > self._worker_since else ""

    def _look_at_latest(self) -> float | None:
        """When the worker's newest reading was stored, in seconds since the epoch; None where there
        is none."""
        status = self.folder.latest_status()
        if status is None:
            self._latest = ("", 0.0, Condition.PENDING)
            return None
        if status.version != self._latest[0]:
            view = self.folder.read_latest()
            interval, condition = (view.interval, view.condition) if view else (0.0, None)
            self._latest = (status.version, interval, condition or Condition.PENDING)
        return status.written_at

    def run_time(self) -> float:
        """The run's clock now; without a worker, at its last event."""
        run = self.run
        return estimate_run_time(run.t, run.changed_at, self._clock) if self.is_live else run.t

    def wall_time(self) -> datetime:
        """UTC now, on the clock of the run's worker."""
        return self._clock.wall()

    def ends_at(self) -> datetime | None:
        """The estimated end of the run, UTC; None before its first batch is complete."""
        left = estimate_remaining(self.run, self.run_time())
        if left is None:
            return None
        return self._clock.wall() + timedelta(seconds=left / max(0.001, self._clock.rate()))

    def read_new(self) -> tuple[Record, ...]:
        """The records since the last call, applied to `run`."""
        # The last records of a worker that has ended must not wait for the next look.
        records = self._tail.read_new(at_once=not self.is_live)
        self.damage = self._tail.damage
        for record in records:
            self.run = apply(self.run, record)
            if isinstance(record.body, WorkerStarted):
                self._worker_since = record.at
        return records

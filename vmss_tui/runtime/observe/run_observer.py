"""Reads a set for its run, and leaves every reading where viewers find it.

A failed read is retried, or halts the run where waiting does not help (see
`gateway.failures`).
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from msgspec import structs

from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import Gateway, GatewayError, OperationStatus, Throttled
from vmss_tui.gateway.failures import Condition, read_failure
from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.observe.pollers import Lookout
from vmss_tui.runtime.observe.rate_budget import SECONDS_PER_PAGE
from vmss_tui.runtime.storage.latest_view import LatestView, write_latest
from vmss_tui.runtime.storage.run_folder import RunFolder
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.observation import Reading
from vmss_tui.upgrade.run.run import Run

MIN_PAUSE = 1.0
"""Run seconds until the next reading where a move waits for nothing else, budget allowing."""
DEMO_GONE_AFTER = 12
"""Readings in a row without an answer after which a demo is gone for good; Azure never is."""

_PAUSES = {
    Condition.SIGNED_OUT: 30.0,
    Condition.NOT_ALLOWED: 30.0,
    Condition.GONE: 30.0,
    Condition.DAMAGED: SECONDS_PER_PAGE,
    Condition.OFFLINE: 10.0,
}
"""Run seconds until the next attempt after a failed one."""


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What came of one attempt to read."""

    reading: Reading | None
    """None where it failed."""
    pause: float
    """Run seconds until the next is due."""
    halt: ev.Halted | None = None
    """What a failure means that waiting does not mend."""


class RunObserver:
    """One run's eyes on its scale set."""

    def __init__(self, folder: RunFolder, gateway: Gateway, clock: Clock) -> None:
        self._folder, self._gateway, self._clock = folder, gateway, clock
        self._lookout = Lookout(gateway, clock, folder.manifest.plan.scale_set)
        self._unanswered = 0

    @property
    def latest(self) -> Snapshot | None:
        """The newest snapshot that there is."""
        return self._lookout.last

    @property
    def demo_is_gone(self) -> bool:
        """The demo world that the run is in has ended, and a demo never comes back."""
        return self._folder.manifest.context.demo and self._unanswered >= DEMO_GONE_AFTER

    def pause_after_decision(self, run: Run) -> float:
        """Run seconds until the next reading after a decision: soon where nothing is waited
        for, else at the batch's own pace."""
        if run.open_batch is None:
            return max(MIN_PAUSE, self._lookout.earliest())
        return self._lookout.pause(run)

    def read(self, run: Run, run_time: Callable[[], float]) -> ReadResult:
        """Reads what the run's next move depends on; `clock` is the run's own."""
        operation = self._poll_operation(run)
        started_at = run_time()
        try:
            snapshot = self._lookout.look(run)
        except GatewayError as error:
            return self._handle_failure(error)
        self._unanswered = 0
        pause = self._lookout.pause(run)
        condition = Condition.FRESH if snapshot.complete else Condition.DAMAGED
        message = "; ".join(snapshot.damage)
        self._publish(LatestView(snapshot, condition, message, budget=self._lookout.budget), pause)
        rolling = self._lookout.rolling
        return ReadResult(Reading(snapshot, run.seq, started_at, *operation, rolling), pause)

    def with_rolling_upgrade(self, reading: Reading, run: Run) -> Reading:
        """The same reading, with what Azure says now of a rolling upgrade of its own."""
        return replace(reading, observation=self._lookout.look_for_rolling(run.seq))

    def _poll_operation(self, run: Run) -> tuple[str, str, str]:
        """The open batch's operation, asked first so that the instances are the newer word."""
        batch = run.open_batch
        if batch is None or batch.operation is None or batch.operation_status:
            return "", "", ""
        try:
            operation = self._gateway.poll(batch.operation)
        except GatewayError:
            return "", "", ""  # unknown is no status: the instances are read next
        if operation.status is OperationStatus.UNKNOWN:
            return "", "", ""
        return operation.status.value, operation.code, operation.message

    def _handle_failure(self, error: GatewayError) -> ReadResult:
        """Says so to viewers, and for how long it is to be waited."""
        failure = read_failure(error)
        condition = failure.condition
        pause = error.retry_after if isinstance(error, Throttled) else _PAUSES[condition]
        if condition is Condition.OFFLINE:
            self._unanswered += 1
        halt = None
        if failure.halt_reason:
            halt = ev.Halted(
                reason=failure.halt_reason, message=error.message, safe_next=failure.safe_next
            )
        self._publish(LatestView(None, condition, error.message), pause)
        return ReadResult(None, pause, halt)

    def _publish(self, view: LatestView, pause: float) -> None:
        """Leaves the newest reading where viewers find it; a failed one keeps the old snapshot.

        Where it cannot be left they read for themselves: the run depends on its journal alone.
        """
        published = structs.replace(
            view,
            snapshot=view.snapshot or self._lookout.last,
            interval=pause / (self._clock.rate() or 1.0),
            source="run",
        )
        with suppress(OSError):
            write_latest(self._folder.latest_path, published)

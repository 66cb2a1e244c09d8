"""Reads a scale set for its run, and writes every reading to a file for viewers.

A failed read is retried, or halts the run where waiting does not help (see `gateway.failures`).
"""

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct, structs

from vmss_tui.fleet.scale_set import ProvisioningState
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import (
    AzureContext,
    Gateway,
    GatewayError,
    NotAllowed,
    OperationStatus,
    ReadCancelled,
    Throttled,
)
from vmss_tui.gateway.failures import Condition, read_failure
from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.observe.poller import RESERVE, Poller
from vmss_tui.runtime.observe.rate_budget import SECONDS_PER_PAGE
from vmss_tui.runtime.observe.shared_budget import ReadKind, SharedBudget
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.runtime.storage.port import StoredRun
from vmss_tui.text import redact
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.observation import Observation, Reading
from vmss_tui.upgrade.run.run import OPEN_STAGES, ModelStage, Phase, Run

MIN_PAUSE = 1.0
"""Run seconds until the next read, where the run waits for nothing and the budget allows it."""
PAUSED_INTERVAL = 30.0
"""Run seconds between two reads of a paused run's scale set, at least."""
RETRY_INTERVAL = 15.0
"""Run seconds between two reads at most, while a run waits to send a refused request again. Each
attempt costs two more reads of the set, of which Azure grants 12 a minute."""
DEMO_GONE_AFTER = 12
"""Failed reads in a row after which a demo's simulator has ended; Azure is waited for for ever."""

_PAUSES = {
    Condition.SIGNED_OUT: 30.0,
    Condition.NOT_ALLOWED: 30.0,
    Condition.GONE: 30.0,
    Condition.DAMAGED: SECONDS_PER_PAGE,
    Condition.OFFLINE: 10.0,
}
"""Run seconds until the next attempt after a failed one."""


class ReadResult(Struct, frozen=True):
    """The result of one attempt to read."""

    reading: Reading | None
    """None where the read failed."""
    pause: float
    """Run seconds until the next read is due."""
    halt: ev.Halted | None = None
    """Set where the read failed and waiting does not help."""


class RunObserver:
    """Reads the scale set of one run."""

    def __init__(
        self, folder: StoredRun, gateway: Gateway, clock: Clock, state_folder: Path
    ) -> None:
        """`state_folder` has the budget that the runs of this host share."""
        self._folder, self._gateway, self._clock = folder, gateway, clock
        self._budget = SharedBudget(state_folder, gateway.context.endpoint)
        self._scale_set = folder.manifest.plan.scale_set
        self._poller = Poller(gateway, clock, self._scale_set)
        self._unanswered = 0
        self.context: AzureContext | None = None
        """The principal that a write of this thread is sent as; None before the first reading."""
        self.latest: Snapshot | None = None
        """The newest snapshot, None before the first."""
        self._updating_since: float | None = None
        self._rolling: Observation | None = None
        """The newest observation of Azure's own rolling upgrade."""

    @property
    def demo_is_gone(self) -> bool:
        """The run is a demo and its simulator has ended; a simulator never comes back."""
        return self._folder.manifest.context.demo and self._unanswered >= DEMO_GONE_AFTER

    def pause_after_decision(self, run: Run) -> float:
        """Run seconds until the first read after a decision: without an open batch, as soon as
        the budget allows."""
        if run.open_batch is None:
            return max(MIN_PAUSE, self._poller.seconds_until_allowed())
        return self._pause(run, run.t)

    def read(self, run: Run, run_time: Callable[[], float]) -> ReadResult:
        """Reads what the run's next step depends on; `run_time` is the run's own clock.

        Signs in first, so that nothing lies between the reading and a write decided on it.
        """
        if wait := self._reserve(run):
            message = "the runs of this machine have used up the API call limit of the region"
            self._publish(LatestView(None, Condition.THROTTLED, message), wait)
            return ReadResult(None, wait)
        try:
            self.context = self._gateway.prepare_write()
            operation = self._poll_operation(run)
            started_at = run_time()
            snapshot = self.latest = self._read_snapshot(run)
        except ReadCancelled:
            return ReadResult(None, 0.0)
        except GatewayError as error:
            return self._handle_failure(error)
        self._unanswered = 0
        pause = self._pause(run, run_time())
        condition = Condition.FRESH if snapshot.complete else Condition.DAMAGED
        message = "; ".join(snapshot.damage)
        self._publish(LatestView(snapshot, condition, message, budget=self._poller.budget), pause)
        since = self._note_set_state(snapshot, run, started_at)
        reading = Reading(snapshot, run.seq, started_at, *operation, since, self._rolling)
        return ReadResult(reading, pause)

    def _note_set_state(self, snapshot: Snapshot, run: Run, at: float) -> float | None:
        """Run time since which the set says `Updating` without an open request of the run."""
        updating = snapshot.scale_set.provisioning is ProvisioningState.UPDATING
        if not updating or run.open_batch is not None:
            self._updating_since = None
        elif self._updating_since is None:
            self._updating_since = at
        return self._updating_since

    def with_rolling_upgrade(self, reading: Reading, run: Run) -> Reading:
        """The same reading, with a new observation of Azure's own rolling upgrade.

        Raises `ReadCancelled`.
        """
        self._rolling = self._observe_rolling_upgrade(run.seq)
        return structs.replace(reading, observation=self._rolling)

    def _read_snapshot(self, run: Run) -> Snapshot:
        """The open instances of the batch where that is cheaper and a whole read is not due, else
        everything."""
        open_ids, latest = self._single_reads(run), self.latest
        if latest is None or not open_ids:
            return self._poller.read_whole()
        return self._poller.read_instances(open_ids, latest)

    def _single_reads(self, run: Run) -> list[str]:
        """The instances that are read one by one now; none where everything is read."""
        open_ids, poller = _open_instances(run), self._poller
        if self.latest is None or poller.is_whole_read_due or not poller.can_read_singly(open_ids):
            return []
        return open_ids

    def _reserve(self, run: Run) -> float:
        """Takes the next read from the budget that this host's runs share; the run seconds until
        it is allowed, 0 where it was taken."""
        open_ids, latest = self._single_reads(run), self.latest
        draws = {ReadKind.MODEL: 1}
        draws |= (
            {ReadKind.INSTANCE: len(open_ids)} if open_ids else {ReadKind.LIST: self._poller.pages}
        )
        region = latest.scale_set.location if latest is not None else ""
        return self._budget.reserve(self._scale_set, region, draws, self._clock.run())

    def _pause(self, run: Run, now: float) -> float:
        """Run seconds until the next read: the steady interval, or less while the run waits for
        the model or for a batch. `now` is the run's own time."""
        if run.phase is Phase.PAUSED and run.open_batch is None:
            return max(PAUSED_INTERVAL, self._poller.interval)
        if run.open_batch is None and run.retry_at is not None and run.retry_at > now:
            return max(self._poller.interval, min(RETRY_INTERVAL, run.retry_at - now))
        expects_change = run.open_batch is not None or run.model is not ModelStage.PINNED
        return self._poller.pause(
            _open_instances(run), expects_change=expects_change, reserve=RESERVE + 1
        )

    def _observe_rolling_upgrade(self, seq: int) -> Observation:
        """Reads Azure's latest rolling upgrade: one GET, which costs none of the list budget.

        A failed read is an observation that contains the reason. `seq` is the run's sequence
        number now.
        """
        upgrade, failure, permanent = None, "", False
        try:
            upgrade = self._gateway.read_rolling_upgrade(self._scale_set)
        except ReadCancelled:
            raise
        except GatewayError as error:
            failure, permanent = redact(error.message), isinstance(error, NotAllowed)
        if upgrade is not None and upgrade.active is None:
            failure = f"its status is {upgrade.raw_code or 'missing'}"
        return Observation(upgrade, seq, self._clock.real(), failure=failure, permanent=permanent)

    def _poll_operation(self, run: Run) -> tuple[str, str, str]:
        """Status, code and message of the open batch's operation, empty where it is unknown. Read
        before the instances, so that these are the newer observation."""
        batch = run.open_batch
        if batch is None or batch.operation is None or batch.operation_status:
            return "", "", ""
        try:
            operation = self._gateway.poll(batch.operation)
        except GatewayError:
            return "", "", ""  # a lost answer is no status: the instances are read next
        if operation.status is OperationStatus.UNKNOWN:
            return "", "", ""
        return operation.status.value, operation.code, operation.message

    def _handle_failure(self, error: GatewayError) -> ReadResult:
        """Publishes the failure, and computes for how long to wait."""
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
        """Writes the view to the file for viewers; after a failed read with the previous snapshot.

        Where the file cannot be written, viewers read by themselves: a run depends on its journal
        alone.
        """
        published = structs.replace(
            view,
            snapshot=view.snapshot or self.latest,
            interval=pause / (self._clock.rate() or 1.0),
            source="run",
        )
        self._folder.write_latest(published)


def _open_instances(run: Run) -> list[str]:
    """Instances of the open batch that are not settled yet."""
    if run.open_batch is None:
        return []
    return [i for i in run.open_batch.instance_ids if run.members[i].stage in OPEN_STAGES]

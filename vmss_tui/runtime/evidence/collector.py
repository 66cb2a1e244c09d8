"""Gathers, beside a run, what explains its halts and pauses. Never waited for by a batch.

Each look is a daemon thread with a deadline: what it has found by then is taken, and later results
are dropped. The runner's own thread starts looks, and records their results.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from vmss_tui.gateway import Gateway
from vmss_tui.gateway.background_call import BackgroundCall
from vmss_tui.gateway.cancellation import CHECK_INTERVAL
from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.evidence.authors import AuthorReader, Findings, author_reason
from vmss_tui.runtime.evidence.failures import MAX_INSTANCES, FailureReader
from vmss_tui.runtime.storage.port import StoredRun
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.run.run import Phase, Run

DEADLINE = 60.0
"""Real seconds of one look."""
ASK_INTERVAL, ASK_LIMIT = 60.0, 900.0
"""Run seconds between two looks for authors, and after the event until the last one."""
_FAILURE_REASONS = frozenset({"failure", "deadline", "budget"})
_UNDISTURBED = (
    ev.PlanConfirmed,
    ev.ModelPinned,
    ev.BatchIntent,
    ev.BatchSettled,
    ev.InstancesProvisioned,
    ev.InstancesReady,
    ev.InstancesUpgraded,
)
"""Events of a reading in which nothing had been changed by others."""
_BEFORE = {
    "drift": timedelta(minutes=1),
    "foreign": timedelta(minutes=2),
    "gone": timedelta(minutes=5),
    "capacity": timedelta(minutes=10),
}
"""How long before the last such reading the change can have been requested: an instance is still
shown for minutes after its deletion was."""
_AFTER = timedelta(days=2)
"""A demo's time runs ahead of this machine's."""


@dataclass
class _Look:
    """One event that is to be explained, and the present look at it."""

    about: int
    reason: str
    started_at: float
    """Run time of the event."""
    undisturbed_at: str
    """Time of the last reading without it, ISO 8601."""
    instance_ids: tuple[str, ...] = ()
    results: list[ev.InstanceEvidence | Findings] = field(default_factory=list)
    """Filled by the thread."""
    call: BackgroundCall[None] | None = None
    ends_at: float = 0.0
    """Real time of the deadline."""
    next_at: float = 0.0
    """Run time of the next look."""
    is_over: bool = False
    is_repeated: bool = False
    """An earlier worker began it."""
    last: ev.EvidenceRecorded | None = None


class EvidenceCollector:
    """For one run and its worker. Only `_work` runs in other threads."""

    def __init__(
        self, folder: StoredRun, gateway: Gateway, clock: Clock, records: Iterable[ev.Record]
    ) -> None:
        """`records` are those of earlier workers."""
        self._folder, self._gateway, self._clock = folder, gateway, clock
        self._looks: list[_Look] = []
        self._cancelled = threading.Event()
        self._own_requests: set[str] = set()
        self._own_correlations: set[str] = set()
        self._undisturbed_at = ""
        for record in records:
            self._note_own(record)
            self._note_earlier(record)

    @property
    def is_busy(self) -> bool:
        """A look is under way, and within its deadline."""
        return any(self._is_running(look) for look in self._looks)

    @property
    def is_pending(self) -> bool:
        """Another look is to follow."""
        return any(not look.is_over for look in self._looks)

    def note(self, record: ev.Record, run: Run) -> None:
        """Begins to look where the event is one that needs an explanation."""
        self._note_own(record)
        event, reason, ids = record.body, author_reason(record.body), tuple[str, ...]()
        if isinstance(event, ev.Halted) and event.reason in _FAILURE_REASONS:
            reason, ids = "failure", _latest_failures(event.instance_ids, run)
        if not reason or (reason == "failure" and not ids):
            return
        self._looks = [look for look in self._looks if not look.is_over]
        if any(look.reason == reason == "capacity" for look in self._looks):
            return
        look = _Look(record.seq, reason, record.t, self._undisturbed_at or record.at, ids)
        self._looks.append(look)
        self._start(look)

    def take(self, run_time: float, run: Run) -> list[ev.EvidenceRecorded]:
        """The new results, to be recorded; starts the looks that are due."""
        events = []
        for look in self._looks:
            if look.is_over or self._is_running(look):
                continue
            if look.call is not None:
                event = self._result(look, look.call, run_time)
                look.call = None
                look.is_over = not event.pending
                if event != look.last:
                    look.last = event
                    events.append(event)
            elif not self._is_current(look, run):
                look.is_over = True
            elif run_time >= look.next_at:
                self._start(look)
        return events

    def cancel(self) -> None:
        """Ends all looks without their results."""
        self._cancelled.set()
        self._looks = []

    def _note_earlier(self, record: ev.Record) -> None:
        """Repeats the look of an earlier worker that has ended before it was known who did it."""
        event = record.body
        if isinstance(event, ev.EvidenceRecorded):
            looks = [look for look in self._looks if look.about == event.about]
            for look in looks:
                look.last = event
                if not event.pending:
                    self._looks.remove(look)
        elif reason := author_reason(event):
            since = self._undisturbed_at or record.at
            self._looks = [look for look in self._looks if look.reason != reason]
            self._looks.append(_Look(record.seq, reason, record.t, since, is_repeated=True))

    def _note_own(self, record: ev.Record) -> None:
        if isinstance(record.body, _UNDISTURBED):
            self._undisturbed_at = record.at
        match record.body:
            case (
                ev.BatchIntent(client_request_id=request_id)
                | ev.ModelIntent(client_request_id=request_id)
            ):
                self._own_requests.add(request_id)
            case (
                ev.BatchAccepted(correlation_id=correlation_id)
                | ev.ModelAccepted(correlation_id=correlation_id)
            ) if correlation_id:
                self._own_correlations.add(correlation_id)

    def _is_current(self, look: _Look, run: Run) -> bool:
        """Whether its halt or pause goes on. One that has begun under an earlier worker is to be
        explained also where the run goes on."""
        if look.is_repeated and run.phase is not Phase.FAULTED:
            return not run.ended
        if look.reason == "capacity":
            return not run.ended
        return run.phase in (Phase.PAUSED, Phase.FAULTED)

    def _is_running(self, look: _Look) -> bool:
        call = look.call
        return call is not None and not call.is_finished and self._clock.real() < look.ends_at

    def _start(self, look: _Look) -> None:
        look.results = []
        look.ends_at = self._clock.real() + DEADLINE
        work = self._work_on_failure(look) if look.instance_ids else self._work_on_authors(look)
        look.call = BackgroundCall(work, "evidence")

    def _retry_until(self, ends_at: float) -> Callable[[], bool]:
        """For reads that an intent has interrupted: waits until the next one may be sent."""

        def retry() -> bool:
            is_cancelled = self._cancelled.wait(CHECK_INTERVAL)
            return not is_cancelled and self._clock.real() < ends_at

        return retry

    def _work_on_failure(self, look: _Look) -> Callable[[], None]:
        reader = FailureReader(
            self._gateway.diagnostics,
            self._folder.manifest.plan.scale_set,
            self._folder.keep_evidence,
            self._retry_until(look.ends_at),
        )
        results, ends_at = look.results, look.ends_at

        def work() -> None:
            for instance_id in look.instance_ids:
                if self._cancelled.is_set() or self._clock.real() >= ends_at:
                    return
                results.append(reader.read(look.about, instance_id))

        return work

    def _work_on_authors(self, look: _Look) -> Callable[[], None]:
        retry = self._retry_until(look.ends_at)
        reader = AuthorReader(
            self._gateway.diagnostics, self._folder.manifest.plan.scale_set, retry
        )
        since = datetime.fromisoformat(look.undisturbed_at) - _BEFORE[look.reason]
        own = frozenset(self._own_requests), frozenset(self._own_correlations)
        results = look.results

        def work() -> None:
            until = self._clock.wall() + _AFTER
            results.append(reader.read(look.reason, since, until, *own))

        return work

    def _result(
        self, look: _Look, call: BackgroundCall[None], run_time: float
    ) -> ev.EvidenceRecorded:
        """What the look has found, by its deadline."""
        results, problem = list(look.results), _problem(call)
        if look.instance_ids:
            instances = [f for f in results if isinstance(f, ev.InstanceEvidence)]
            return self._failure_result(look, instances, problem)
        findings = next((f for f in results if isinstance(f, Findings)), None)
        if findings is None:
            findings = Findings(problem=f"the Activity Log: {problem}")
        look.next_at = run_time + ASK_INTERVAL
        is_pending = not findings.is_final and look.next_at <= look.started_at + ASK_LIMIT
        authors = findings.authors or (look.last.authors if look.last else ())
        return ev.EvidenceRecorded(
            about=look.about,
            reason=look.reason,
            authors=authors,
            message=_message(findings, authors, is_pending=is_pending),
            pending=is_pending,
        )

    def _failure_result(
        self, look: _Look, instances: Sequence[ev.InstanceEvidence], problem: str
    ) -> ev.EvidenceRecorded:
        missing = look.instance_ids[len(instances) :]
        return ev.EvidenceRecorded(
            about=look.about,
            reason=look.reason,
            instances=(
                *instances,
                *(ev.InstanceEvidence(instance_id=i, message=problem) for i in missing),
            ),
        )


def _problem(call: BackgroundCall[None]) -> str:
    """Why a look has no result. An unexpected error in it must not end a run."""
    if not call.is_finished:
        return f"not read within {DEADLINE:.0f} s"
    return f"not read ({type(call.error).__name__})" if call.error else "not read"


def _message(findings: Findings, authors: Sequence[ev.Author], *, is_pending: bool) -> str:
    parts = [findings.problem] if findings.problem else []
    if not authors and not (findings.problem and findings.is_final):
        when = (
            "it lags by minutes, and is read again" if is_pending else "it was read for 15 minutes"
        )
        parts.append(f"the Activity Log does not show who did that: {when}")
    return "; ".join(parts)


def _latest_failures(instance_ids: Sequence[str], run: Run) -> tuple[str, ...]:
    """The instances that failed last."""
    members = run.members
    by_time = sorted(
        instance_ids,
        key=lambda i: (members[i].since or 0.0) if i in members else 0.0,
        reverse=True,
    )
    return tuple(by_time[:MAX_INSTANCES])

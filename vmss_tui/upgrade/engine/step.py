"""Decides the next step of an upgrade run. Pure.

`step` is level-triggered: from the run (the fold of its journal), one reading of the scale set and
the present moment it computes the next events. If the last of them is an intent, its request is to
be sent once all events are in the journal. Threads, waiting and HTTP belong to `runtime.runs`.
"""

from msgspec import Struct

from vmss_tui.fleet.phrases import bare_reason, refusal_text
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.bake import check_verdict
from vmss_tui.upgrade.engine.finish import finish_run
from vmss_tui.upgrade.engine.halt import check_failures, check_model_drift, gate_halt
from vmss_tui.upgrade.engine.interference import check_rolling_upgrade, detect_foreign_work
from vmss_tui.upgrade.engine.late_effects import detect_late_effects, detect_late_successes
from vmss_tui.upgrade.engine.next_batch import next_batch
from vmss_tui.upgrade.engine.observation import Moment, Reading
from vmss_tui.upgrade.engine.pin_model import hopeless_edit, pin_model
from vmss_tui.upgrade.engine.quarantine import next_quarantine
from vmss_tui.upgrade.engine.revert import preview_retry, revert_unavailable_reason, start_revert
from vmss_tui.upgrade.engine.settle_batch import settle_batch
from vmss_tui.upgrade.run.progress import is_between_batches
from vmss_tui.upgrade.run.run import OPEN_STAGES, ModelStage, OpenBatch, Phase, Run, Stage

BUSY_LIMIT = 40
"""Temporary refusals in a row after which a run halts: twenty minutes at 30 s."""

UNCLEAR_LIMIT = 2
"""How often a request is sent whose refusal does not say whether it passes."""

THROTTLING_CODES = frozenset({"TooManyRequests", "SubscriptionRequestsThrottled", "Throttled"})
"""Codes of throttling; `gateway.failures` records every HTTP 429 as `Throttled`."""


Command = ev.ModelIntent | ev.BatchIntent | ev.QuarantineIntent | ev.GateStarted


class Decision(Struct, frozen=True):
    """The next events. Empty: nothing to do before the next reading."""

    events: tuple[ev.AnyEvent, ...] = ()
    needs_observation: bool = False
    """A request is due, but Azure's own rolling upgrade has to be read before; then `step` is to
    be called again."""

    @property
    def command(self) -> Command | None:
        """The request to send, or the gate to run, once every event is in the journal."""
        last = self.events[-1] if self.events else None
        return last if isinstance(last, Command) else None


def step(run: Run, reading: Reading | None, now: Moment) -> Decision:
    """The next safe step of `run`; empty where the reading does not allow a decision."""
    if run.plan is None or run.ended:
        return Decision()
    if due := _due_without_reading(run):
        return Decision(due)
    if reading is None or not _is_decisive(run, reading):
        return Decision()
    if run.revert_pending:
        return Decision(start_revert(run, reading))
    if run.model is not ModelStage.PINNED:
        edit = _unless_paused(run, pin_model(run, reading, now))
        return _check_rolling_upgrade_first(run, reading, now, edit)
    if halt := check_model_drift(run, reading):
        return Decision((halt,))
    if run.open_batch is not None:
        return Decision(_follow_batch(run, run.open_batch, reading))
    return _step_between_batches(run, reading, now)


def _step_between_batches(run: Run, reading: Reading, now: Moment) -> Decision:
    """The next step while no batch is open."""
    if late_effects := detect_late_effects(run, reading):
        return Decision(late_effects)
    if halt := check_failures(run):
        return Decision(detect_late_successes(run, reading) or (halt,))
    if events := next_quarantine(run, reading, now):
        return Decision(events)
    if run.count(Stage.WAITING) == 0:
        return _unless_paused(run, detect_late_successes(run, reading) or finish_run(run, reading))
    if run.phase is Phase.PAUSED:
        return Decision()
    return _check_rolling_upgrade_first(run, reading, now, Decision(next_batch(run, reading, now)))


def event_for_intent(run: Run, intent: ev.Intent) -> ev.AnyEvent | None:
    """The event of an operator's intent; None where the intent does not apply (any more)."""
    match intent.kind:
        case ev.IntentKind.PAUSE if run.phase in (Phase.ROLLING_FORWARD, Phase.ROLLING_BACK):
            message = "no new batch until resumed; upgrades in flight continue"
            return ev.Paused(reason="asked", message=message, by=intent.by)
        case ev.IntentKind.RESUME if run.phase in (
            Phase.PAUSED,
            Phase.FAULTED,
        ) and not hopeless_edit(run):
            return ev.Resumed(by=intent.by)
        case ev.IntentKind.PROMOTE if run.phase is Phase.PAUSED and run.reason == "checkpoint":
            return ev.Resumed(by=intent.by)
        case ev.IntentKind.END_WAIT if is_between_batches(run):
            return ev.WaitEnded(by=intent.by)
        case ev.IntentKind.ABORT if run.plan is not None and (
            not run.ended or run.phase is Phase.FAULTED
        ):
            return ev.Aborted(by=intent.by)
        case ev.IntentKind.RETRY:
            requested_ids = set(intent.instance_ids) or set(run.members)
            ids = tuple(i for i in preview_retry(run).instance_ids if i in requested_ids)
            return ev.RetryRequested(instance_ids=ids, by=intent.by) if ids else None
        case ev.IntentKind.REVERT if not revert_unavailable_reason(run):
            return ev.RevertRequested(by=intent.by)
        case ev.IntentKind.TAKE_OVER:
            return ev.TakenOver(by=intent.by, previous_worker=intent.previous_worker)
    return None


def _follow_batch(run: Run, batch: OpenBatch, reading: Reading) -> tuple[ev.AnyEvent, ...]:
    """What the reading adds to the open batch, and a pause where others are at work, too."""
    events = settle_batch(run, batch, reading)
    if run.phase is Phase.PAUSED or reading.snapshot.looked_at is not None:
        return events
    foreign = detect_foreign_work(run, reading)
    return events if foreign is None else (*events, foreign)


def _check_rolling_upgrade_first(
    run: Run, reading: Reading, now: Moment, decision: Decision
) -> Decision:
    """`decision`, unless it ends in a request and Azure's own rolling upgrade is in progress.

    That is checked last, because it costs a request of its own."""
    if decision.command is None:
        return decision
    events = check_rolling_upgrade(run, reading, now, decision.events)
    return Decision(needs_observation=True) if events is None else Decision(events)


def _unless_paused(run: Run, events: tuple[ev.AnyEvent, ...]) -> Decision:
    decision = Decision(events)
    blocked = run.phase is Phase.PAUSED and decision.command is not None
    return Decision() if blocked else decision


def _is_decisive(run: Run, reading: Reading) -> bool:
    """Whether the reading is complete and began after the last settled batch or reply.

    An empty list of a scale set with a capacity counts as incomplete."""
    snapshot = reading.snapshot
    if snapshot.looked_at is not None and not _covers_open_batch(run, snapshot.looked_at):
        return False
    empty = not snapshot.instances and snapshot.scale_set.capacity != 0
    return snapshot.complete and not empty and reading.begun_seq >= run.barrier_seq


def _covers_open_batch(run: Run, looked_at: frozenset[str]) -> bool:
    """Whether a partial reading contains all unfinished members of the open batch."""
    if run.model is not ModelStage.PINNED or run.open_batch is None:
        return False
    members = (run.members[i] for i in run.open_batch.instance_ids)
    return looked_at >= {m.instance_id for m in members if m.stage in OPEN_STAGES}


def _due_without_reading(run: Run) -> tuple[ev.AnyEvent, ...]:
    """What follows from the journal alone: earlier replies, and samples of the verdict."""
    halt = _pending_halt(run)
    return check_verdict(run) if halt is None else (halt,)


def _pending_halt(run: Run) -> ev.Halted | None:
    """The halt that follows from earlier replies, independent of the reading."""
    if run.final_refusal is not None:
        return _refusal_halt(run)
    if run.gate_message:
        return gate_halt(run)
    if run.unclear_refusals >= UNCLEAR_LIMIT:
        return _unclear_halt(run)
    return _busy_halt(run) if run.refusals >= BUSY_LIMIT else None


def _refusal_halt(run: Run) -> ev.Halted:
    code, message = run.final_refusal or ("", "")
    return ev.Halted(
        reason="refused",
        message=refusal_text(message, code),
        safe_next="Azure would refuse the same edit again: abort, and plan a run with other values"
        if hopeless_edit(run)
        else "fix the cause above, then resume",
    )


def _unclear_halt(run: Run) -> ev.Halted:
    code, message = run.last_refusal
    return ev.Halted(
        reason="refused",
        message=f"Azure refused the request {run.unclear_refusals} times ({code or 'no code'}): "
        f"{bare_reason(message)}",
        safe_next="where something else changes the scale set (activity log), wait for it and "
        "resume; "
        "otherwise fix the cause above, or abort and plan another run",
    )


def _busy_halt(run: Run) -> ev.Halted:
    code, message = run.last_refusal
    throttled = code in THROTTLING_CODES
    last_message = f", the last time: {bare_reason(message)}" if message else ""
    return ev.Halted(
        reason="throttled" if throttled else "busy",
        message=f"Azure postponed the request {run.refusals} times in a row{last_message}",
        safe_next="check what else changes the scale set (activity log), then resume",
    )

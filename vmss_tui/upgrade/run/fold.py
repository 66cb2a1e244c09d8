"""Computes the state of a run from its events.

A run has no other state than the fold of its events. `apply` accepts any event on any run, so
that every prefix of a journal gives a valid run, and a resumed run is the interrupted one.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.run.fold_control import apply_control_event
from vmss_tui.upgrade.run.fold_instances import (
    apply_instance_event,
    members_after_gap,
    move_to_stage,
    update_members,
)
from vmss_tui.upgrade.run.fold_verdict import (
    apply_quarantine_event,
    apply_verdict_event,
    keep_bake,
)
from vmss_tui.upgrade.run.run import Member, ModelStage, OpenBatch, Run, Stage

RETRY_WAIT_STEP, MAX_RETRY_WAIT = 10.0, 30.0
"""Seconds by which the wait after a refusal grows with each one in a row, and its bound."""


def fold(records: Iterable[ev.Record]) -> Run:
    """The run after these records, beginning with the first."""
    run = Run()
    for record in records:
        run = apply(run, record)
    return run


def apply(run: Run, record: ev.Record) -> Run:
    """The run after one more record. Never raises."""
    stamped = replace(run, seq=record.seq, t=max(run.t, record.t), changed_at=record.at)
    match record.body:
        case ev.PlanConfirmed(plan=plan, by=by):
            members = {
                i: Member(i, batch.row) for batch in plan.batches for i in batch.instance_ids
            }
            return replace(
                stamped,
                plan=plan,
                by=by,
                members=members,
                started_at=record.at,
                barrier_at=record.t,
            )
        case ev.WorkerStarted():
            return _apply_worker_started(keep_bake(stamped, stamped.t - run.t))
        case ev.RollingUpgradeUnknown(message=message):
            return replace(stamped, rolling_unknown_since=record.t, rolling_unknown_reason=message)
        case ev.EvidenceRecorded() as evidence:
            earlier = (e for e in run.evidence if e.about != evidence.about)
            return replace(stamped, evidence=(*earlier, evidence))
        case ev.BakeStarted() | ev.VerdictSampled():
            return apply_verdict_event(stamped, record.body)
        case ev.QuarantineIntent() | ev.QuarantineEnded():
            return apply_quarantine_event(stamped, record.body)
        case ev.IntentHandled(number=number):
            return replace(stamped, intents_handled=max(run.intents_handled, number))
        case (
            ev.ModelIntent()
            | ev.ModelAccepted()
            | ev.ModelRefused()
            | ev.ModelUnknown()
            | ev.ModelPinned()
        ):
            return _apply_model_event(stamped, record.body)
        case (
            ev.BatchIntent()
            | ev.BatchAccepted()
            | ev.BatchRefused()
            | ev.BatchUnknown()
            | ev.LateEffectDetected()
            | ev.OperationEnded()
            | ev.BatchSettled()
        ):
            return _apply_batch_event(stamped, record.body)
        case (
            ev.CheckpointReached()
            | ev.Paused()
            | ev.Resumed()
            | ev.WaitEnded()
            | ev.Aborted()
            | ev.RetryRequested()
            | ev.RevertRequested()
            | ev.RevertStarted()
            | ev.GateStarted()
            | ev.GatePassed()
            | ev.GateFailed()
            | ev.Halted()
            | ev.Completed()
        ):
            return apply_control_event(stamped, record.body)
        case _:
            return apply_instance_event(stamped, record.body)


def _apply_worker_started(run: Run) -> Run:
    """Between two workers nothing was observed."""
    return replace(
        run,
        members=members_after_gap(run),
        gate=None,
        rolling_unknown_since=None,
        barrier_seq=run.seq,
        barrier_at=run.t,
        workers=run.workers + 1,
    )


def _apply_model_event(run: Run, event: ev.AnyEvent) -> Run:
    base = replace(run, barrier_seq=run.seq, barrier_at=run.t)
    match event:
        case ev.ModelIntent(if_match=if_match, attempt=attempt):
            return replace(
                base,
                model=ModelStage.REQUESTED,
                model_attempts=attempt,
                model_if_match=if_match,
                rolling_unknown_since=None,
            )
        case ev.ModelAccepted():
            return replace(
                base, model=ModelStage.ACCEPTED, refusals=0, unclear_refusals=0, edit_refusal=None
            )
        case ev.ModelRefused(retry_after=None):
            refusal = (event.code, event.message)
            return replace(
                base, model=ModelStage.UNPINNED, final_refusal=refusal, edit_refusal=refusal
            )
        case ev.ModelRefused(retry_after=float(wait)):
            return replace(
                base,
                model=ModelStage.UNPINNED,
                model_attempts=max(0, run.model_attempts - 1),
                retry_at=run.t + _wait_before_retry(run, wait, parked=event.parked),
                refusals=run.refusals + (not event.parked),
                unclear_refusals=run.unclear_refusals + event.unclear,
                last_refusal=(event.code, event.message),
            )
        case ev.ModelUnknown():
            return replace(base, model=ModelStage.UNKNOWN)
        case ev.ModelPinned(digest=digest, exact_version=version, parts=parts):
            return replace(
                run,
                model=ModelStage.PINNED,
                pinned_digest=digest,
                pinned_parts=parts,
                pinned_version=version,
                pinned_at=run.t,
                barrier_at=run.t,
            )
    return run


def _apply_batch_event(run: Run, event: ev.AnyEvent) -> Run:
    base = replace(run, barrier_seq=run.seq, barrier_at=run.t)
    batch = run.open_batch
    match event:
        case ev.BatchIntent():
            new_batch = OpenBatch(
                event.number, event.row, event.instance_ids, event.client_request_id, run.t
            )
            updated = move_to_stage(base, event.instance_ids, Stage.REQUESTED, requested=True)
            numbered = update_members(
                updated, event.instance_ids, lambda m: replace(m, batch=event.number)
            )
            requested = update_members(
                numbered, event.failed, lambda m: replace(m, had_failed=True)
            )
            return replace(
                requested,
                open_batch=new_batch,
                batches_sent=event.number,
                retry_at=None,
                bake_at=None,
                rolling_unknown_since=None,
            )
        case ev.BatchAccepted(operation=operation) if batch:
            new_batch = replace(batch, answered=True, operation=operation, requested_at=run.t)
            updated = update_members(base, batch.instance_ids, lambda m: _with_answer(m, run.t))
            return replace(updated, open_batch=new_batch, refusals=0, unclear_refusals=0)
        case ev.LateEffectDetected(number=number, row=row, instance_ids=ids):
            updated = update_members(run, ids, lambda m: _with_late_effect(m, run.t, number))
            known_ids = tuple(i for i in ids if i in run.members)
            new_batch = OpenBatch(number, row, known_ids, "", run.t, answered=True)
            return replace(updated, open_batch=new_batch, bake_at=None)
        case ev.BatchUnknown() if batch:
            updated = update_members(
                base, batch.instance_ids, lambda m: replace(m, requested_at=run.t)
            )
            return replace(updated, open_batch=replace(batch, requested_at=run.t))
        case ev.BatchRefused() if batch:
            return _apply_refusal(base, batch, event)
        case ev.OperationEnded() if batch:
            new_batch = replace(
                batch,
                operation_status=event.status,
                operation_message=event.message,
                operation_ended_at=run.t,
            )
            return replace(run, open_batch=new_batch)
        case ev.BatchSettled():
            return replace(
                base,
                open_batch=None,
                settled_at=run.t,
                wait_ended=False,
                refusals=0,
                unclear_refusals=0,
                gate=None,
                last_batch=batch.instance_ids if batch else (),
                batch_durations=(*run.batch_durations, _batch_duration(run, batch))
                if batch
                else run.batch_durations,
            )
    return run


def _with_answer(member: Member, t: float) -> Member:
    """Deadlines count from the reply: the machine may have been suspended since the intent."""
    return replace(member, unanswered=False, requested_at=t)


def _with_late_effect(member: Member, t: float, number: int) -> Member:
    """As if Azure had accepted its request now: its deadlines start again."""
    return replace(
        member,
        stage=Stage.REQUESTED,
        batch=number,
        requested_at=t,
        since=t,
        missing_since=None,
        unanswered=False,
        message="",
        recovered=member.stage is Stage.FAILED,
    )


def _batch_duration(run: Run, batch: OpenBatch) -> tuple[int, float]:
    return len(batch.instance_ids), run.t - batch.requested_at


def _apply_refusal(run: Run, batch: OpenBatch, event: ev.BatchRefused) -> Run:
    """The members wait again as if without a request; ids that Azure reported are gone."""
    members = dict(run.members)
    for instance_id in batch.instance_ids:
        member = members.get(instance_id)
        if member is None:
            continue
        gone = instance_id in event.gone
        members[instance_id] = replace(
            member,
            stage=Stage.GONE if gone else Stage.WAITING,
            attempts=max(0, member.attempts - 1),
            requested_at=None,
            since=run.t,
            unanswered=member.attempts > 1,
        )
    final = event.retry_after is None and not event.gone
    wait = event.retry_after
    if wait is not None:
        wait = _wait_before_retry(run, wait, parked=event.parked)
    return replace(
        run,
        members=members,
        open_batch=None,
        retry_at=None if wait is None else run.t + wait,
        refusals=run.refusals + (not event.parked),
        unclear_refusals=run.unclear_refusals + event.unclear,
        last_refusal=(event.code, event.message),
        final_refusal=(event.code, event.message) if final else None,
    )


def _wait_before_retry(run: Run, requested: float, *, parked: bool) -> float:
    """Seconds before a refused request is sent again: what Azure requests, or more after several
    refusals in a row. One that this program has not sent (`parked`) needs no longer wait."""
    if parked:
        return requested
    return max(requested, min(MAX_RETRY_WAIT, run.refusals * RETRY_WAIT_STEP))

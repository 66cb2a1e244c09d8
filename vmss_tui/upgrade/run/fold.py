"""What each event means: a run is only ever the fold of its events.

`apply` is total, so that any prefix of a journal gives a valid run, and a run read back is the
run that was interrupted.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.run.fold_control import turned
from vmss_tui.upgrade.run.fold_instances import changed, sighted, staged, unwatched
from vmss_tui.upgrade.run.run import Member, ModelStage, OpenBatch, Run, Stage


def fold(records: Iterable[ev.Record]) -> Run:
    """The run that these records tell, from the first on."""
    run = Run()
    for record in records:
        run = apply(run, record)
    return run


def apply(run: Run, record: ev.Record) -> Run:
    """What is true after `record`. Total: any event on any run gives a run."""
    stamped = replace(run, seq=record.seq, t=max(run.t, record.t), changed_at=record.at)
    match record.body:
        case ev.PlanConfirmed(plan=plan, by=by):
            members = {
                i: Member(i, batch.row) for batch in plan.batches for i in batch.instance_ids
            }
            return replace(
                stamped, plan=plan, by=by, members=members, started_at=record.at, quiet_at=record.t
            )
        case ev.WorkerStarted():
            return _worker_started(stamped)
        case ev.RollingUnread(words=words):
            return replace(stamped, unread_at=record.t, unread_words=words)
        case ev.IntentHandled(number=number):
            return replace(stamped, intents_heard=max(run.intents_heard, number))
        case (
            ev.ModelIntent()
            | ev.ModelAccepted()
            | ev.ModelRefused()
            | ev.ModelUnknown()
            | ev.ModelPinned()
        ):
            return _model(stamped, record.body)
        case (
            ev.BatchIntent()
            | ev.BatchAccepted()
            | ev.BatchRefused()
            | ev.BatchUnknown()
            | ev.BatchLanded()
            | ev.OperationEnded()
            | ev.BatchSettled()
        ):
            return _batch(stamped, record.body)
        case (
            ev.CheckpointReached()
            | ev.Paused()
            | ev.Resumed()
            | ev.WaitEnded()
            | ev.Aborted()
            | ev.Retried()
            | ev.RevertAsked()
            | ev.TurnedBack()
            | ev.GateStarted()
            | ev.GatePassed()
            | ev.GateFailed()
            | ev.Halted()
            | ev.Completed()
        ):
            return turned(stamped, record.body)
        case _:
            return sighted(stamped, record.body)


def _worker_started(run: Run) -> Run:
    """Whoever looked before is gone, and nobody looked meanwhile."""
    return replace(
        run,
        members=unwatched(run),
        gate=None,
        unread_at=None,
        quiet_seq=run.seq,
        quiet_at=run.t,
        workers=run.workers + 1,
    )


def _model(run: Run, event: ev.AnyEvent) -> Run:
    quiet = replace(run, quiet_seq=run.seq, quiet_at=run.t)
    match event:
        case ev.ModelIntent(if_match=if_match, attempt=attempt):
            return replace(
                quiet,
                model=ModelStage.ASKED,
                model_attempts=attempt,
                model_if_match=if_match,
                unread_at=None,
            )
        case ev.ModelAccepted():
            return replace(quiet, model=ModelStage.ACCEPTED, refusals=0)
        case ev.ModelRefused(retry_after=None):
            refusal = (event.code, event.words)
            return replace(quiet, model=ModelStage.UNPINNED, refusal=refusal)
        case ev.ModelRefused(retry_after=float(wait)):
            return replace(
                quiet,
                model=ModelStage.UNPINNED,
                model_attempts=max(0, run.model_attempts - 1),
                retry_at=run.t + wait,
                refusals=run.refusals + (not event.parked),
                refused_last=(event.code, event.words),
            )
        case ev.ModelUnknown():
            return replace(quiet, model=ModelStage.UNKNOWN)
        case ev.ModelPinned(digest=digest, exact_version=version, parts=parts):
            return replace(
                run,
                model=ModelStage.PINNED,
                pinned_digest=digest,
                pinned_parts=parts,
                pinned_version=version,
                pinned_at=run.t,
                quiet_at=run.t,
            )
    return run


def _batch(run: Run, event: ev.AnyEvent) -> Run:
    quiet = replace(run, quiet_seq=run.seq, quiet_at=run.t)
    batch = run.open_batch
    match event:
        case ev.BatchIntent():
            opened = OpenBatch(
                event.number, event.row, event.instance_ids, event.client_request_id, run.t
            )
            known = staged(quiet, event.instance_ids, Stage.ASKED, asked=True)
            asked = changed(known, event.failed, lambda m: replace(m, had_failed=True))
            return replace(
                asked,
                open_batch=opened,
                batches_sent=event.number,
                retry_at=None,
                unread_at=None,
            )
        case ev.BatchAccepted(operation=operation) if batch:
            opened = replace(batch, answered=True, operation=operation, asked_at=run.t)
            known = changed(quiet, batch.instance_ids, lambda m: _answered(m, run.t))
            return replace(known, open_batch=opened, refusals=0)
        case ev.BatchLanded(number=number, row=row, instance_ids=ids):
            followed = changed(run, ids, lambda m: _followed(m, run.t))
            there = tuple(i for i in ids if i in run.members)
            opened = OpenBatch(number, row, there, "", run.t, answered=True)
            return replace(followed, open_batch=opened)
        case ev.BatchUnknown() if batch:
            lost = changed(quiet, batch.instance_ids, lambda m: replace(m, asked_at=run.t))
            return replace(lost, open_batch=replace(batch, asked_at=run.t))
        case ev.BatchRefused() if batch:
            return _refused(quiet, batch, event)
        case ev.OperationEnded() if batch:
            opened = replace(
                batch,
                operation_status=event.status,
                operation_words=event.words,
                operation_ended_at=run.t,
            )
            return replace(run, open_batch=opened)
        case ev.BatchSettled():
            return replace(
                quiet,
                open_batch=None,
                settled_at=run.t,
                wait_ended=False,
                refusals=0,
                gate=None,
                last_batch=batch.instance_ids if batch else (),
                batches_seen=(*run.batches_seen, _seen(run, batch)) if batch else run.batches_seen,
            )
    return run


def _answered(member: Member, t: float) -> Member:
    """Deadlines count from the answer: a machine may have slept between it and the intent."""
    return replace(member, unanswered=False, asked_at=t)


def _followed(member: Member, t: float) -> Member:
    """As if Azure had taken its request just now: its deadlines begin anew."""
    return replace(
        member,
        stage=Stage.ASKED,
        asked_at=t,
        since=t,
        missing_since=None,
        unanswered=False,
        words="",
    )


def _seen(run: Run, batch: OpenBatch) -> tuple[int, float]:
    return len(batch.instance_ids), run.t - batch.asked_at


def _refused(run: Run, batch: OpenBatch, event: ev.BatchRefused) -> Run:
    """The members wait again as if never asked; ids that Azure named are gone."""
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
            asked_at=None,
            since=run.t,
            unanswered=member.attempts > 1,
        )
    final = event.retry_after is None and not event.gone
    return replace(
        run,
        members=members,
        open_batch=None,
        retry_at=run.t + event.retry_after if event.retry_after is not None else None,
        refusals=run.refusals + (not event.parked),
        refused_last=(event.code, event.words),
        refusal=(event.code, event.words) if final else None,
    )

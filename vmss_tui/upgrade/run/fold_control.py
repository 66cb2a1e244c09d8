"""Applies pauses, halts, ends, retries, reverts and gate results. Part of `fold`."""

from msgspec.structs import replace

from vmss_tui.fleet.phrases import shorten_list
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.previous_image import version_changes
from vmss_tui.upgrade.run.fold_instances import members_after_gap
from vmss_tui.upgrade.run.fold_verdict import resume_verdict
from vmss_tui.upgrade.run.run import OPEN_STAGES, Gate, Member, ModelStage, Phase, Run, Stage

UNTOUCHED = "not changed by this run: keeps its image"


def apply_control_event(run: Run, event: ev.AnyEvent) -> Run:
    """The run after a control event; unchanged for any other."""
    match event:
        case ev.CheckpointReached(percent=percent):
            # Pauses by itself: a crash before `Paused` is written must not let the run continue.
            return replace(
                run,
                checkpoints_passed=(*run.checkpoints_passed, percent),
                phase=Phase.PAUSED,
                reason="checkpoint",
                paused_by="",
            )
        case ev.Paused(reason=reason, message=message, by=by, wait=wait):
            return replace(
                run,
                phase=Phase.PAUSED,
                reason=reason,
                message=message,
                paused_by=by,
                resume_wait=wait,
                collisions=run.collisions + (wait > 0),
            )
        case ev.Resumed():
            return _resume(run)
        case ev.RetryRequested(instance_ids=ids):
            return _apply_retry(run, ids)
        case ev.RevertRequested(message=message):
            return replace(
                _resume(run),
                revert_cause=message,
                phase=Phase.ROLLING_BACK,
                revert_pending=not run.reverting,
                retry_at=None,
            )
        case ev.RevertStarted(instance_ids=ids, image_version=version):
            return replace(_start_revert(run, frozenset(ids)), revert_version=version)
        case ev.GateStarted() | ev.GatePassed() | ev.GateFailed():
            return _apply_gate_event(run, event)
        case ev.WaitEnded():
            return replace(run, wait_ended=True)
        case ev.Aborted(by=by):
            return replace(
                _without_pending(run),
                phase=Phase.CANCELLED,
                reason="aborted",
                message=f"aborted by {by}",
                revert_pending=False,
                stopped_at=run.changed_at,
            )
        case ev.Halted(reason=reason, message=message, instance_ids=ids):
            return replace(
                _without_pending(run),
                phase=Phase.FAULTED,
                reason=reason,
                message=message,
                halted_ids=ids,
                stopped_at=run.changed_at,
            )
        case ev.Completed():
            return _complete(run, event)
    return run


def _without_pending(run: Run) -> Run:
    """The run without what was to happen next: a halt that is due, a gate, an ended wait."""
    return replace(
        run,
        final_refusal=None,
        gate=None,
        gate_message="",
        wait_ended=False,
        resume_wait=0.0,
        halted_ids=(),
    )


def _complete(run: Run, event: ev.Completed) -> Run:
    """Completed only where every planned instance is on the model and healthy, or gone; a revert
    ends as rolled back."""
    failed, unfinished = event.failed, len(event.unfinished)
    reason = "reverted" if run.reverting else ""
    if not failed and not unfinished:
        message = _rolled_back_message(run) if run.reverting else ""
        phase = Phase.ROLLED_BACK if run.reverting else Phase.COMPLETED
        return replace(run, phase=phase, reason=reason, message=message)
    way = " to roll back" * run.reverting
    parts = [run.revert_cause] * bool(run.reverting and run.revert_cause)
    parts += [f"{failed} of {len(run.targets)} instances failed{way}"] * bool(failed)
    if quarantined := run.quarantined_ids:
        parts.append(f"quarantined: {shorten_list(quarantined, 10, separator=', ')}")
    if unfinished:
        ids = shorten_list(event.unfinished, 10, separator=", ")
        parts.append(f"{unfinished} not upgraded: neither on the latest model nor healthy ({ids})")
    return replace(
        run, phase=Phase.COMPLETED_WITH_FAILURES, reason=reason, message="; ".join(parts)
    )


def _rolled_back_message(run: Run) -> str:
    """Says where the previous model is newer than what instances ran before the run."""
    message = "the instances that the run had upgraded are on the previous model"
    changes = version_changes(run.plan, run.revert_ids, run.revert_version) if run.plan else ()
    newer = [change for change in changes if change.is_newer]
    return "; ".join(filter(None, (run.revert_cause, message, *map(str, newer))))


def _apply_gate_event(run: Run, event: ev.GateStarted | ev.GatePassed | ev.GateFailed) -> Run:
    """A result counts only for the gate that was started last.

    A gate starts after the status of Azure's rolling upgrade was read (or could not be read for
    long enough), so a later failure to read it starts a new wait.
    """
    gate = run.gate
    match event:
        case ev.GateStarted(number=number, instance_ids=ids):
            return replace(run, gate=Gate(number, ids), rolling_unknown_since=None)
        case ev.GatePassed(number=number) if gate and gate.number == number:
            passed_gate = replace(gate, passed=True)
            return replace(run, gate=passed_gate, barrier_seq=run.seq, barrier_at=run.t)
        case ev.GateFailed(number=number, message=message) if gate and gate.number == number:
            return replace(run, gate=None, gate_message=message)
    return run


def _resume(run: Run) -> Run:
    """Continues after an operator's request: the cause of the halt is accepted from now on."""
    return replace(
        resume_verdict(run),
        members={
            i: replace(m, recovered=False)
            for i, m in (members_after_gap(run) if run.ended else run.members).items()
        },
        phase=run.active_phase,
        reason="",
        message="",
        final_refusal=None,
        refusals=0,
        unclear_refusals=0,
        gate=None,
        gate_message="",
        rolling_unknown_since=None,
        retry_at=run.t + run.resume_wait if run.resume_wait else run.retry_at,
        resume_wait=0.0,
        model_attempts=0,
        accepted_unhealthy=run.accepted_unhealthy.union(run.halted_ids),
        accepted_failures=run.accepted_failures.union(_failed_ids(run, run.halted_ids)),
        halted_ids=(),
        barrier_seq=run.seq,
        barrier_at=run.t,
    )


def _failed_ids(run: Run, ids: tuple[str, ...]) -> set[str]:
    return {i for i in ids if i in run.members and run.members[i].stage is Stage.FAILED}


def _apply_retry(run: Run, ids: tuple[str, ...]) -> Run:
    """These instances wait again and count as new failures if they fail. The plan is unchanged."""
    resumed = _resume(run)
    members = {
        i: _reset_member(m, run.t, requested_before=True)
        if i in ids and m.stage is Stage.FAILED
        else m
        for i, m in resumed.members.items()
    }
    return replace(
        resumed,
        members=members,
        accepted_unhealthy=resumed.accepted_unhealthy.difference(ids),
        accepted_failures=resumed.accepted_failures.difference(ids),
        quarantine={i: entry for i, entry in run.quarantine.items() if i not in ids},
    )


def _start_revert(run: Run, ids: frozenset[str]) -> Run:
    """Changed instances wait for the previous model; those without a request are skipped."""
    members = {
        i: _reset_member(m, run.t, requested_before=m.stage is not Stage.UPGRADED) if i in ids
        else replace(m, stage=Stage.SKIPPED, since=run.t, message=UNTOUCHED)
        if m.stage in (Stage.WAITING, *OPEN_STAGES, Stage.FAILED)
        else m
        for i, m in run.members.items()
    }  # fmt: skip
    return replace(
        run,
        members=members,
        revert_pending=False,
        reverting=True,
        forward_batches=run.forward_batches if run.reverting else run.batches_sent,
        revert_ids=tuple(i for i in run.members if i in ids),
        forward_digest=run.pinned_digest,
        pinned_digest="",
        pinned_version="",
        model=ModelStage.UNPINNED,
        model_attempts=0,
        open_batch=None,
        gate=None,
        settled_at=None,
        bake_at=None,
        retry_at=None,
        accepted_unhealthy=frozenset(),
        accepted_failures=frozenset(),
        halted_ids=(),
        barrier_seq=run.seq,
        barrier_at=run.t,
    )


def _reset_member(member: Member, t: float, *, requested_before: bool) -> Member:
    return Member(
        member.instance_id,
        member.row,
        since=t,
        requested_before=requested_before or member.requested_before,
    )

"""Texts about a run: an event as a sentence, durations, the progress of an instance. Pure.

Used by the dashboard's event log, the command line and reports. Azure's own text comes last.
"""

from collections.abc import Callable
from statistics import median

from vmss_tui.fleet.phrases import Term, bare_reason, instances_text, pluralize
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.plan import NOT_APPLIED, Plan
from vmss_tui.upgrade.report.evidence_text import evidence_text
from vmss_tui.upgrade.report.verdict_text import describe_verdict_event
from vmss_tui.upgrade.run.progress import (
    InstanceInProgress,
    instances_in_progress,
    unobserved_text,
    upgrade_durations,
)
from vmss_tui.upgrade.run.run import OPEN_STAGES, Phase, Run, Stage

_NO_RUN = Run()


def describe_event(record: ev.Record, run: Run = _NO_RUN) -> str:
    """The event as one line for the log, without its time. `run` is the run at this event or
    later: with it a batch of a roll-back is named so."""
    event = record.body
    return (
        _describe_model_event(event)
        or _describe_batch_event(event, run.batch_label)
        or _describe_instance_event(event)
        or _describe_gate_or_revert(event, run.batch_label)
        or describe_verdict_event(event)
        or _describe_run_event(event)
    )


def describe_request(event: ev.BatchIntent, run: Run) -> str:
    """The request of a batch without the ids: `batch 3: upgrade requested for 20 instances
    (UD 1)`."""
    ids = event.instance_ids
    instances = f"{len(ids)} instances" if len(ids) > 1 else instances_text(ids)
    request = f"upgrade requested{_attempt_text(event.attempt)} for {instances}"
    return f"{run.batch_label(event.number)}: {request} ({event.row})"


def duration_text(seconds: float) -> str:
    """`40 s`, `18 min`, `3 h 5 min`."""
    if seconds < 90:
        return f"{round(seconds)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def exact_duration(seconds: float) -> str:
    """`40 s`, `1 min 24 s`, `3 h 5 min`: for a report, where one time stands beside another."""
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def stopwatch_text(seconds: float) -> str:
    """`0:07`, `5:10`, `1:02:03`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def plan_size_text(plan: Plan) -> str:
    """`80 instances in 5 batches`."""
    instances = pluralize(len(plan.instance_ids), "instance", "instances")
    return f"{instances} in {pluralize(len(plan.batches), 'batch', 'batches')}"


def describe_member(run: Run, instance_id: str, t: float) -> str:
    """Progress of an instance: `latest model applied, requested 5:10 ago`; empty if not planned."""
    member = run.members.get(instance_id)
    if member is None:
        return ""
    if member.stage in OPEN_STAGES and (unobserved := unobserved_text(run)):
        return unobserved
    for pending in instances_in_progress(run, t):
        if pending.instance_id == instance_id:
            slow = ", slow" if pending.is_straggler else ""
            stage = "" if member.stage is Stage.REQUESTED else f"{member.stage.label}, "
            return f"{stage}requested {stopwatch_text(pending.seconds)} ago{slow}"
    if run.phase is Phase.CANCELLED and member.stage is Stage.WAITING:
        return "not upgraded: the run was aborted"
    seconds = upgrade_durations(run).get(instance_id)
    duration = f" in {stopwatch_text(seconds)}" if seconds is not None else ""
    return f"{member.stage.label}{duration}" + (f": {member.message}" if member.message else "")


def describe_straggler(run: Run, straggler: InstanceInProgress) -> str:
    """The notice about an instance that takes much longer than the others did."""
    usual = stopwatch_text(median(upgrade_durations(run).values()))
    requested = f"requested {stopwatch_text(straggler.seconds)} ago"
    instance = f"instance {straggler.instance_id} is slow"
    return f"{instance}: {requested}, the median of this run is {usual}"


def _describe_model_event(event: ev.AnyEvent) -> str:
    match event:
        case ev.ModelIntent(attempt=attempt):
            return f"model edit: sent{_attempt_text(attempt)}"
        case ev.ModelAccepted(observed=observed):
            how = "found applied after a lost response" if observed else "accepted by Azure"
            return f"model edit: {how}"
        case ev.ModelRefused(message=message, retry_after=wait):
            answer = "postponed by Azure" if wait is not None else "refused by Azure"
            return f"model edit: {answer}: {bare_reason(message)}"
        case ev.ModelUnknown(message=message):
            return f"model edit: no response, checking its effect: {bare_reason(message)}"
        case ev.ModelPinned(image=image):
            return f"target model: {image or 'without an image'}"
    return ""


def _describe_batch_event(event: ev.AnyEvent, label: Callable[[int], str]) -> str:
    match event:
        case ev.BatchIntent(number=number, row=row, instance_ids=ids, attempt=attempt):
            instances = f"{instances_text(ids)} of {row}"
            return f"{label(number)}: {instances}: upgrade requested{_attempt_text(attempt)}"
        case ev.BatchAccepted(number=number, operation=operation):
            operation_text = f" (operation {_short_operation(operation)})" if operation else ""
            return f"{label(number)}: accepted by Azure{operation_text}"
        case ev.BatchRefused(number=number, message=message, gone=gone):
            gone_text = f", {instances_text(gone)} deleted" if gone else ""
            return f"{label(number)}: refused by Azure{gone_text}: {bare_reason(message)}"
        case ev.BatchUnknown(number=number, message=message):
            return f"{label(number)}: no response, checking its effect: {bare_reason(message)}"
        case ev.LateEffectDetected(instance_ids=ids):
            effect = "an earlier request takes effect now: followed, not requested again"
            return f"{instances_text(ids)}: {effect}"
        case ev.OperationEnded(number=number, status=status, message=message):
            return f"{label(number)}: Azure operation {status}{f': {message}' if message else ''}"
        case ev.BatchSettled(number=number, upgraded=done, failed=failed, gone=gone):
            counts = (
                (failed, "failed"),
                (gone, "deleted"),
                (event.reopened, "to be requested again"),
            )
            counts_text = [f"{count} {word}" for count, word in counts if count]
            return f"{label(number)} complete: {', '.join((f'{done} upgraded', *counts_text))}"
    return ""


def _describe_instance_event(event: ev.AnyEvent) -> str:
    match event:
        case ev.InstancesProvisioned(instance_ids=ids):
            return f"{instances_text(ids)}: latest model applied"
        case ev.InstancesMissing(instance_ids=ids):
            return f"{instances_text(ids)}: missing from the last reading"
        case ev.InstancesReady(instance_ids=ids):
            return f"{instances_text(ids)}: healthy, observing"
        case ev.InstancesRelapsed(instance_ids=ids):
            return f"{instances_text(ids)}: no longer healthy"
        case ev.InstancesUpgraded(instance_ids=ids):
            return f"{instances_text(ids)}: upgraded"
        case ev.InstancesFailed(instance_ids=ids, message=message):
            return f"{instances_text(ids)} failed: {message}"
        case ev.InstancesGone(instance_ids=ids):
            return f"{instances_text(ids)}: deleted"
        case ev.InstancesSkipped(instance_ids=ids, message=message):
            return f"{instances_text(ids)} not upgraded: {message}"
        case ev.InstancesReopened(instance_ids=ids):
            return (
                f"{instances_text(ids)}: no effect of the lost request, it will be sent once more"
            )
    return ""


def _describe_gate_or_revert(event: ev.AnyEvent, label: Callable[[int], str]) -> str:
    match event:
        case ev.RollingUpgradeUnknown(message=message):
            return (
                f"Azure's own rolling upgrade is unknown, continuing by instance state: {message}"
            )
        case ev.GateStarted(number=number, instance_ids=ids):
            return (
                f"gate command started before {label(number)}: {instances_text(ids)}"
                if ids
                else "gate command started after the last batch"
            )
        case ev.GatePassed(seconds=seconds):
            return f"gate command passed after {duration_text(seconds)}"
        case ev.GateFailed(message=message, seconds=seconds):
            return f"gate command failed after {duration_text(seconds)}: {message}"
        case ev.RetryRequested(instance_ids=ids, by=by):
            return f"retry of {instances_text(ids)} requested by {by}"
        case ev.RevertRequested(by=by, message=message):
            cause = f" ({message})" if message else ""
            return f"rollback requested by {by}{cause}: upgrades in flight are completed first"
        case ev.RevertStarted(instance_ids=ids, image_version=version):
            onto = f" to image {version}" if version else ""
            return f"rolling back {instances_text(ids)}{onto}"
        case ev.TakenOver(by=by, previous_worker=message):
            return f"{by} forced a takeover from the worker of {message}"
        case ev.IntentHandled(kind=kind, by=by):
            return f"request of {by} handled: {_REQUESTS.get(kind, kind)}"
    return ""


def _describe_run_event(event: ev.AnyEvent) -> str:
    match event:
        case ev.PlanConfirmed(plan=plan, by=by, assumed_yes=assumed):
            how = " (--yes)" if assumed else ""
            return f"confirmed by {by}{how}: {plan_size_text(plan)}"
        case ev.WorkerStarted(pid=pid, host=host, resumed=resumed):
            return f"worker {pid} on {host} {'resumed the run' if resumed else 'started'}"
        case ev.Halted(reason=reason, message=message, safe_next=safe):
            return f"halted ({reason}): {message}{f'. Next: {safe}' if safe else ''}"
        case ev.Completed(upgraded=done, failed=failed, gone=gone, skipped=skipped):
            end, result = "completed", "upgraded"
            if event.reverted:
                end, result = "rolled back", "on the previous model"
            end += " with failures" * bool(failed or event.unfinished)
            counts = f"{done} {result}, {failed} failed, {gone} deleted, {skipped} not upgraded"
            return f"{end}: {counts}"
    return _describe_intent_effect(event)


def _describe_intent_effect(event: ev.AnyEvent) -> str:
    match event:
        case ev.CheckpointReached(percent=percent):
            return f"approval checkpoint {percent}% reached"
        case ev.Paused(message=message, by=by):
            return f"paused{f' by {by}' if by else ''}: {message}"
        case ev.Resumed(by=by):
            return f"resumed by {by}"
        case ev.WaitEnded(by=by):
            return f"pause between batches skipped by {by}"
        case ev.Aborted(by=by):
            return f"aborted by {by}: upgrades in flight continue"
        case ev.EvidenceRecorded():
            return evidence_text(event)
    return type(event).__name__


def progress_text(run: Run) -> str:
    """`25 upgraded, 2 failed, 73 remaining`; in a revert `18 rolled back, 2 remaining`. Those that
    are being upgraded are among the remaining ones, until an abort or a halt: then
    `32 upgraded, 16 not observed after the abort at 14:02:57 UTC, 32 not upgraded`."""
    result = Term.ROLLED_BACK if run.reverting else Term.UPGRADED
    unobserved = unobserved_text(run)
    in_flight = run.count_targets(*OPEN_STAGES) if unobserved else 0
    skipped = run.count_targets(Stage.SKIPPED)
    rest = len(run.targets) - run.settled_targets - in_flight
    if run.phase is Phase.CANCELLED:
        skipped, rest = skipped + rest, 0
    counts = (
        (run.count_targets(Stage.FAILED), Term.FAILED),
        (run.count_targets(Stage.GONE), Term.DELETED),
        (in_flight, unobserved),
        (skipped, Term.NOT_UPGRADED),
        (rest, Term.REMAINING),
    )
    done = f"{run.count_targets(Stage.UPGRADED)} {result}"
    return ", ".join((done, *(f"{count} {term}" for count, term in counts if count)))


_REQUESTS: dict[str, str] = {
    ev.IntentKind.PROMOTE: "approval",
    ev.IntentKind.END_WAIT: "end of the pause between batches",
    ev.IntentKind.REVERT: "rollback",
    ev.IntentKind.TAKE_OVER: "forced takeover",
    ev.IntentKind.WITHDRAW: "withdrawal of an earlier request",
    ev.IntentKind.UNRECOGNIZED: "an unknown change",
}


def _attempt_text(attempt: int) -> str:
    return f" (attempt {attempt})" if attempt > 1 else ""


def _short_operation(operation: str) -> str:
    return operation.split("?")[0].rstrip("/").rsplit("/", 1)[-1][:8] + "…"


def describe_unapplied(run: Run) -> str:
    """What the upgrades of a completed run may not have applied; empty where nothing is known.

    Instances that had the model's image and size before were outdated by another change."""
    if run.plan is None or run.reverting or not run.ended:
        return ""
    ids = [i for i in run.plan.other_changes if run.members[i].stage is Stage.UPGRADED]
    return f"Possibly not applied to {instances_text(ids)}: {NOT_APPLIED}" if ids else ""

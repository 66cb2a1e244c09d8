"""Follows the open batch until every member is accounted for, by instance views alone.

A member is done when it is on the pinned model, provisioned, running (or in the power state it
had in the plan) and healthy for `min_healthy_time` without a gap; or it is gone, or failed. The
operation's own word never settles anything: it only says when to stop hoping.
"""

from collections import defaultdict
from enum import StrEnum

from vmss_tui.fleet.image import version_key
from vmss_tui.fleet.scale_set import Health, Instance, PowerState, ProvisioningState
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan import IN_WORK, Plan
from vmss_tui.upgrade.reading import Moment, Reading
from vmss_tui.upgrade.run import OPEN_STAGES, Member, OpenBatch, Run, Stage

MAX_ATTEMPTS = 2
TERMINAL = ("Succeeded", "Failed", "Canceled")


class Sight(StrEnum):
    """What one reading says of one member."""

    UNTOUCHED = "untouched"
    """Settled, and not on the pinned model: as if never asked."""
    MOVING = "moving"
    FAILED = "failed"
    PROVISIONED = "provisioned"
    READY = "ready"


def settle(run: Run, batch: OpenBatch, reading: Reading, now: Moment) -> tuple[ev.Event, ...]:
    """The events that this reading adds to the open batch."""
    plan = run.plan
    if plan is None:
        return ()
    events: list[ev.Event] = []
    if reading.operation_status in TERMINAL and not batch.operation_status:
        events.append(
            ev.OperationEnded(
                number=batch.number,
                status=reading.operation_status,
                code=reading.operation_code,
                words=reading.operation_words,
            )
        )
    found = _Findings()
    for instance_id in batch.instance_ids:
        member = run.members[instance_id]
        if member.stage in OPEN_STAGES:
            instance = reading.snapshot.by_id.get(instance_id)
            if instance is None:
                _missing(found, plan, member, now)
            else:
                _member(found, run, plan, batch, member, instance, reading, now)
    if found.seen_moving and not batch.answered:
        events.append(ev.BatchAccepted(number=batch.number))
    events += found.events()
    open_now = {i for i in batch.instance_ids if run.members[i].stage in OPEN_STAGES}
    if open_now <= found.ended:
        events.append(_settled(run, batch, found))
    return tuple(events)


class _Findings:
    """Collects ids by what became of them, and turns them into one event a kind."""

    def __init__(self) -> None:
        self.ids: dict[str, list[str]] = defaultdict(list)
        self.failed: dict[str, list[str]] = defaultdict(list)
        self.seen_moving = False

    @property
    def ended(self) -> set[str]:
        """Members that this reading brings to an end (or back to waiting)."""
        done = {i for kind in ("upgraded", "gone", "reopened") for i in self.ids[kind]}
        return done | {i for ids in self.failed.values() for i in ids}

    def events(self) -> list[ev.Event]:
        kinds = (
            ("missing", ev.InstancesMissing),
            ("provisioned", ev.InstancesProvisioned),
            ("relapsed", ev.InstancesRelapsed),
            ("ready", ev.InstancesReady),
            ("upgraded", ev.InstancesUpgraded),
            ("gone", ev.InstancesGone),
            ("reopened", ev.InstancesReopened),
        )
        out: list[ev.Event] = [
            kind(instance_ids=tuple(self.ids[name])) for name, kind in kinds if self.ids[name]
        ]
        out += [
            ev.InstancesFailed(instance_ids=tuple(ids), words=words)
            for words, ids in self.failed.items()
        ]
        return out


def _settled(run: Run, batch: OpenBatch, found: _Findings) -> ev.BatchSettled:
    def total(kind: str, stage: Stage) -> int:
        before = sum(run.members[i].stage is stage for i in batch.instance_ids)
        return before + len(found.ids[kind])

    failed_before = sum(run.members[i].stage is Stage.FAILED for i in batch.instance_ids)
    return ev.BatchSettled(
        number=batch.number,
        upgraded=total("upgraded", Stage.UPGRADED),
        failed=failed_before + sum(len(ids) for ids in found.failed.values()),
        gone=total("gone", Stage.GONE),
        reopened=total("reopened", Stage.WAITING),
    )


def _missing(found: _Findings, plan: Plan, member: Member, now: Moment) -> None:
    """One reading without it may be a slow replica; staying away makes it gone."""
    if member.missing_since is None:
        found.ids["missing"].append(member.instance_id)
    elif now.t - member.missing_since >= plan.policy.min_healthy_time:
        found.ids["gone"].append(member.instance_id)


def _member(
    found: _Findings,
    run: Run,
    plan: Plan,
    batch: OpenBatch,
    member: Member,
    instance: Instance,
    reading: Reading,
    now: Moment,
) -> None:
    sight = look(run, instance)
    if sight is not Sight.UNTOUCHED:
        found.seen_moving = True
    asked_at = member.asked_at or 0.0
    if now.t - asked_at >= plan.policy.batch_deadline:
        found.failed["not done within the batch deadline"].append(member.instance_id)
        return
    match sight:
        case Sight.UNTOUCHED:
            _untouched(found, plan, batch, member, now)
        case Sight.FAILED:
            if batch.operation_status or now.t - asked_at >= plan.policy.settle_window:
                words = _failure_words(instance, batch)
                found.failed[words].append(member.instance_id)
        case Sight.MOVING:
            if member.stage is Stage.READY:
                found.ids["relapsed"].append(member.instance_id)
        case Sight.PROVISIONED:
            _provisioned(found, plan, member, instance, now)
        case Sight.READY:
            since = member.since if member.stage is Stage.READY else None
            if since is None:
                found.ids["ready"].append(member.instance_id)
            elif reading.begun_t - since >= plan.policy.min_healthy_time:
                found.ids["upgraded"].append(member.instance_id)


def look(run: Run, instance: Instance) -> Sight:
    """What this instance view says, against the model that the run is pinned to."""
    if instance.provisioning is ProvisioningState.FAILED:
        return Sight.FAILED
    if instance.provisioning in IN_WORK:
        return Sight.MOVING
    if not _on_pinned_model(run, instance):
        return Sight.UNTOUCHED
    planned = run.plan.powers.get(instance.instance_id) if run.plan else None
    if instance.power is not PowerState.RUNNING:
        as_planned = planned is not None and instance.power is planned
        return Sight.READY if as_planned else Sight.PROVISIONED
    reports = run.plan is not None and run.plan.has_health_source
    healthy = instance.health is Health.HEALTHY or (instance.health is None and not reports)
    return Sight.READY if healthy else Sight.PROVISIONED


def _on_pinned_model(run: Run, instance: Instance) -> bool:
    if instance.provisioning is not ProvisioningState.SUCCEEDED:
        return False
    if instance.latest_model_applied is not True:
        return False
    exact = instance.image.exact_version if instance.image else None
    if run.pinned_version and exact:
        return version_key(exact) == version_key(run.pinned_version)
    return True


def _untouched(found: _Findings, plan: Plan, batch: OpenBatch, member: Member, now: Moment) -> None:
    """Not begun: wait a settle window from the request, or from the operation's end."""
    window = plan.policy.settle_window
    since = batch.operation_ended_at if batch.answered else member.asked_at
    if member.stage is Stage.READY:
        found.ids["relapsed"].append(member.instance_id)
    if since is None or now.t - since < window:
        return
    if batch.answered:
        ended = batch.operation_words or f"the operation ended {batch.operation_status}"
        found.failed[f"still has the old model although {ended}"].append(member.instance_id)
    elif member.attempts < MAX_ATTEMPTS:
        found.ids["reopened"].append(member.instance_id)
    else:
        found.failed["asked twice without an answer or an effect"].append(member.instance_id)


def _provisioned(
    found: _Findings, plan: Plan, member: Member, instance: Instance, now: Moment
) -> None:
    if member.stage is Stage.READY:
        found.ids["relapsed"].append(member.instance_id)
    elif member.stage is Stage.ASKED:
        found.ids["provisioned"].append(member.instance_id)
    elif member.since is not None and now.t - member.since >= plan.policy.healthy_deadline:
        seen = f"health {instance.health or 'not reported'}, {instance.power}"
        found.failed[f"not healthy within the healthy deadline ({seen})"].append(member.instance_id)


def _failure_words(instance: Instance, batch: OpenBatch) -> str:
    for status in instance.statuses:
        if "failed" in status.code.lower():
            detail = status.message or status.display
            return f"{status.code}: {detail}" if detail else status.code
    return batch.operation_words or "provisioning failed"

"""Follows the open batch until every member has reached a final stage, by instance views alone.

A member is upgraded when it is on the pinned model, provisioned, running (or in the power state
that it had in the plan) and healthy for `min_healthy_time` without a gap; otherwise it is gone or
failed. The status of the long-running operation never settles a member: it only ends the waiting,
and keeps the batch open while it is in progress. Waits are measured to the moment at which a
reading began, so that time without observation decides nothing.
"""

from collections import defaultdict

from vmss_tui.fleet.instance_operation import TERMINAL_STATUSES
from vmss_tui.fleet.scale_set import Instance
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.instance_status import (
    InstanceStatus,
    classify_instance,
    planned_instances,
)
from vmss_tui.upgrade.engine.observation import Reading
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.run.run import OPEN_STAGES, Member, OpenBatch, Run, Stage

MAX_ATTEMPTS = 2
_PROOF = (InstanceStatus.IN_PROGRESS, InstanceStatus.PROVISIONED, InstanceStatus.READY)


def settle_batch(run: Run, batch: OpenBatch, reading: Reading) -> tuple[ev.AnyEvent, ...]:
    """The events that this reading adds to the open batch."""
    if run.plan is None:
        return ()
    events: list[ev.AnyEvent] = []
    if reading.operation_status in TERMINAL_STATUSES and not batch.operation_status:
        events.append(
            ev.OperationEnded(
                number=batch.number,
                status=reading.operation_status,
                code=reading.operation_code,
                message=reading.operation_message,
            )
        )
    by_id = planned_instances(run, reading)
    open_ids = [i for i in batch.instance_ids if run.members[i].stage in OPEN_STAGES]
    statuses = {i: classify_instance(run, by_id[i]) for i in open_ids if i in by_id}
    answered = batch.answered or any(
        proves_acceptance(run, i, status) for i, status in statuses.items()
    )
    if answered and not batch.answered:
        events.append(ev.BatchAccepted(number=batch.number))
    settlement = _Settlement(run, run.plan, batch, reading, answered)
    for instance_id in open_ids:
        if instance_id in statuses:
            settlement.record_status(
                run.members[instance_id], by_id[instance_id], statuses[instance_id]
            )
        else:
            settlement.record_missing(run.members[instance_id])
    events += settlement.events()
    if settlement.ended_ids >= set(open_ids) and not settlement.operation_in_progress:
        events.append(settlement.summary())
    return tuple(events)


def proves_acceptance(run: Run, instance_id: str, status: InstanceStatus) -> bool:
    """Whether this status is only possible if Azure accepted the request. An earlier failure is
    no proof."""
    if status is InstanceStatus.FAILED:
        return not _may_have_failed_before(run, instance_id)
    return status in _PROOF


def _may_have_failed_before(run: Run, instance_id: str) -> bool:
    """Whether a failure of the instance may be older than the open request."""
    plan = run.plan
    failed_at_start = plan is not None and (
        instance_id in plan.unhealthy_at_start or instance_id in plan.stopped
    )
    member = run.members[instance_id]
    return failed_at_start or member.requested_before or member.had_failed


class _Settlement:
    """The effect of one reading on the open batch: ids by kind of event, failures by message."""

    def __init__(
        self, run: Run, plan: Plan, batch: OpenBatch, reading: Reading, answered: bool
    ) -> None:
        self._run, self._policy, self._batch = run, plan.policy, batch
        self._plan, self._at, self._answered = plan, reading.begun_t, answered
        self._status = reading.operation_status
        self._ids: dict[type[ev.AnyEvent], list[str]] = defaultdict(list)
        self._failed: dict[str, list[str]] = defaultdict(list)

    @property
    def ended_ids(self) -> set[str]:
        """Members that reach a final stage, or wait again, by this reading."""
        kinds = (ev.InstancesUpgraded, ev.InstancesGone, ev.InstancesReopened)
        done = {i for kind in kinds for i in self._ids[kind]}
        return done | {i for ids in self._failed.values() for i in ids}

    @property
    def operation_in_progress(self) -> bool:
        """Whether Azure reports the operation as running; ignored after the batch deadline."""
        known = bool(self._status) and self._status not in TERMINAL_STATUSES
        return known and self._at - self._batch.requested_at < self._policy.batch_deadline

    def record_missing(self, member: Member) -> None:
        """A member is gone once it stays missing; a single reading may come from a slow replica."""
        if member.missing_since is None:
            self._add(ev.InstancesMissing, member)
        elif self._at - member.missing_since >= max(1.0, self._policy.min_healthy_time):
            self._add(ev.InstancesGone, member)

    def record_status(self, member: Member, instance: Instance, status: InstanceStatus) -> None:
        """Records the status of a member that the reading contains."""
        if member.missing_since is not None:
            self._add(ev.InstancesReappeared, member)
        requested_at = member.requested_at or 0.0
        if (
            status is not InstanceStatus.READY
            and self._at - requested_at >= self._policy.batch_deadline
        ):
            self._fail("not complete within the batch timeout", member)
            return
        match status:
            case InstanceStatus.NOT_STARTED:
                self._record_not_started(member)
            case InstanceStatus.UNDETERMINED:
                self._record_relapse(member, Stage.READY)
            case InstanceStatus.FAILED:
                self._record_failure(member, instance)
            case InstanceStatus.IN_PROGRESS:
                self._record_relapse(member, Stage.READY, Stage.PROVISIONED)
                if member.instance_id in self._plan.undetermined and not member.seen_in_progress:
                    self._add(ev.InstancesInProgress, member)
            case InstanceStatus.PROVISIONED:
                self._record_provisioned(member, instance)
            case InstanceStatus.READY:
                if member.stage is not Stage.READY or member.since is None:
                    self._add(ev.InstancesReady, member)
                elif self._at - member.since >= self._policy.min_healthy_time:
                    self._add(ev.InstancesUpgraded, member)

    def _record_not_started(self, member: Member) -> None:
        """Waits for a settle window after the lost reply, or after the end of the operation."""
        self._record_relapse(member, Stage.READY, Stage.PROVISIONED)
        batch, at = self._batch, self._at
        if not self._answered:
            since = max(member.requested_at or 0.0, self._run.barrier_at)
        elif batch.operation_ended_at is not None:
            since = batch.operation_ended_at
        else:
            return
        succeeded = self._answered and batch.operation_status == "Succeeded"
        # Views that do not show a success yet may lag behind: they are waited for longer.
        window = self._policy.healthy_deadline if succeeded else self._policy.settle_window
        if at - since < window:
            return
        if self._answered:
            ended = batch.operation_message or f"the operation ended as {batch.operation_status}"
            self._fail(f"still on the old model: {ended}", member)
        elif member.attempts < MAX_ATTEMPTS:
            self._add(ev.InstancesReopened, member)
        else:
            self._fail("requested twice without a response or an effect", member)

    def _record_provisioned(self, member: Member, instance: Instance) -> None:
        if member.stage is Stage.READY:
            self._add(ev.InstancesRelapsed, member)
        elif member.stage is Stage.REQUESTED:
            self._add(ev.InstancesProvisioned, member)
        elif member.since is not None and self._at - member.since >= self._policy.healthy_deadline:
            detail = f"health {instance.health or 'not reported'}, {instance.power}"
            self._fail(
                f"did not become healthy within {self._policy.healthy_deadline:g} s ({detail})",
                member,
            )

    def _record_failure(self, member: Member, instance: Instance) -> None:
        """Counts a failure once the request had time to take effect; it may be older than that.

        An instance that had failed before a request with a lost reply, and is still failed, is
        treated as not started.
        """
        if member.had_failed and not self._answered:
            self._record_not_started(member)
            return
        if _may_have_failed_before(self._run, member.instance_id) and self.operation_in_progress:
            return
        waited = self._at - (member.requested_at or 0.0) >= self._policy.settle_window
        if self._batch.operation_status or waited:
            message = (
                instance.failure_message or self._batch.operation_message or "provisioning failed"
            )
            prefix = "" if self._answered else "after a request without a response: "
            self._fail(prefix + message, member)

    def _record_relapse(self, member: Member, *stages: Stage) -> None:
        if member.stage in stages:
            self._add(ev.InstancesRelapsed, member)

    def _add(self, kind: type[ev.AnyEvent], member: Member) -> None:
        self._ids[kind].append(member.instance_id)

    def _fail(self, message: str, member: Member) -> None:
        self._failed[message].append(member.instance_id)

    def events(self) -> list[ev.AnyEvent]:
        """One event for each kind of change, and one for each failure message."""
        kinds = (
            ev.InstancesMissing,
            ev.InstancesReappeared,
            ev.InstancesInProgress,
            ev.InstancesProvisioned,
            ev.InstancesRelapsed,
            ev.InstancesReady,
            ev.InstancesUpgraded,
            ev.InstancesGone,
            ev.InstancesReopened,
        )
        result: list[ev.AnyEvent] = [
            kind(instance_ids=tuple(self._ids[kind])) for kind in kinds if self._ids[kind]
        ]
        result += [
            ev.InstancesFailed(instance_ids=tuple(ids), message=message)
            for message, ids in self._failed.items()
        ]
        return result

    def summary(self) -> ev.BatchSettled:
        """The members of the batch by final stage, including this reading."""

        def total(stage: Stage, newly_ended: int) -> int:
            ids = self._batch.instance_ids
            return newly_ended + sum(self._run.members[i].stage is stage for i in ids)

        return ev.BatchSettled(
            number=self._batch.number,
            upgraded=total(Stage.UPGRADED, len(self._ids[ev.InstancesUpgraded])),
            failed=total(Stage.FAILED, sum(len(ids) for ids in self._failed.values())),
            gone=total(Stage.GONE, len(self._ids[ev.InstancesGone])),
            reopened=total(Stage.WAITING, len(self._ids[ev.InstancesReopened])),
        )

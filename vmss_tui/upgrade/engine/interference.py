"""Other work on the scale set: instances being updated, and Azure's own rolling upgrade. Pure.

Azure has no condition for an upgrade request, so that two operators on two machines can send theirs
at the same moment. Each sees the other's instances in its next readings, also while its own batch
is open, and pauses. Before that, the set itself says that something is at work on it.
Every reading shows the instances. The rolling upgrade is read just before a request (one small
GET), because between its batches no instance changes. Where it cannot be read, it is read again
for a settle window; then the instance views alone decide, and the journal records that. They show
each batch of Azure's while it is in progress, but not that another batch will follow.
"""

from collections.abc import Sequence
from uuid import NAMESPACE_OID, uuid5

from vmss_tui.fleet.azure_maintenance import RollingUpgrade
from vmss_tui.fleet.phrases import pluralize, shorten_list
from vmss_tui.fleet.scale_set import ProvisioningState
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.instance_status import planned_instances
from vmss_tui.upgrade.engine.observation import Moment, Observation, Reading
from vmss_tui.upgrade.run.run import Run, Stage

MAX_COLLISION_WAIT = 300.0
FIRST_COLLISION_WAIT = 15.0
"""Run seconds that a run waits at most after the first such pause; doubled after each."""
OBSERVATION_MAX_AGE = 120.0
"""Real seconds for which an observation is valid. Longer than the longest pause between two
readings (a minute, for ten pages), so that a slow one is of use at all."""


def detect_foreign_work(run: Run, reading: Reading) -> ev.Paused | None:
    """A pause where instances are updated without a request of this run.

    Instances that did not exist when the plan was made are a scale-out, not other work.
    """
    present_at_start = frozenset(run.plan.present_at_start if run.plan else ())
    updating = [
        i.instance_id
        for i in planned_instances(run, reading).values()
        if i.provisioning is ProvisioningState.UPDATING
        and not _is_own_work(run, i.instance_id)
        and (not present_at_start or i.instance_id in present_at_start)
    ]
    if updating:
        count = pluralize(len(updating), "instance is", "instances are")
        message = f"{count} being updated outside this run ({_ids_text(updating)})"
        message += ": resume when that is over"
        wait = _collision_wait(run) if run.open_batch else 0.0
        if wait:
            message += (
                f"; it then waits {wait:.0f} s, because the other may continue at the same moment"
            )
        return ev.Paused(reason="foreign", message=message, wait=wait)
    if reassigned := _reassigned_ids(run, reading):
        ids = _ids_text(reassigned)
        message = f"other VMs have the instance ids {ids} now, and are being updated"
        cause = "a request without a response may have reached them"
        return ev.Paused(reason="foreign", message=f"{message}: {cause}; resume when that is over")
    return None


def _collision_wait(run: Run) -> float:
    """A wait that grows with each collision and differs between runs: two operators may resume
    at the same moment."""
    ceiling = min(MAX_COLLISION_WAIT, FIRST_COLLISION_WAIT * (1 << min(run.collisions, 10)))
    key = f"{run.by}#{run.started_at}#{run.plan.made_at if run.plan else ''}#{run.seq}"
    return 1.0 + ceiling * (uuid5(NAMESPACE_OID, key).int % 1000) / 1000


def has_unseen_work(run: Run, reading: Reading, now: Moment) -> bool:
    """Whether the set itself says that it is being updated, and the instance views may not show
    yet by what. After a settle window they alone decide: autoscale updates the set, too."""
    window = run.plan.policy.settle_window if run.plan else 0.0
    return reading.updating_since is not None and now.t - reading.updating_since < window


def _reassigned_ids(run: Run, reading: Reading) -> list[str]:
    """Ids of a request with a lost reply that now belong to other machines, which are updating.

    Only one batch may be in progress, and this update may be ours."""
    planned = planned_instances(run, reading)
    return [
        i
        for i, instance in reading.snapshot.by_id.items()
        if i not in planned
        and instance.provisioning is ProvisioningState.UPDATING
        and (member := run.members.get(i)) is not None
        and member.unanswered
    ]


def _ids_text(ids: Sequence[str]) -> str:
    return shorten_list(ids, 10, separator=", ")


def check_rolling_upgrade(
    run: Run, reading: Reading, now: Moment, due_events: tuple[ev.AnyEvent, ...]
) -> tuple[ev.AnyEvent, ...] | None:
    """`due_events`, which end in a request, or a pause because of Azure's own rolling upgrade.

    None where the rolling upgrade has to be read first, or once more."""
    observation = reading.observation
    if observation is None or not _is_usable(run, observation, now):
        return None
    upgrade, failure = observation.upgrade, observation.failure
    if not failure:
        return (_rolling_upgrade_pause(upgrade),) if upgrade and upgrade.active else due_events
    unknown = ev.RollingUpgradeUnknown(message=failure)
    if observation.permanent:
        return due_events if run.rolling_unknown_reason == failure else (unknown, *due_events)
    if run.rolling_unknown_since is None:
        return (unknown,)
    window = run.plan.policy.settle_window if run.plan else 0.0
    return due_events if now.t - run.rolling_unknown_since >= window else None


def _is_usable(run: Run, observation: Observation, now: Moment) -> bool:
    """Whether it is recent and was begun after the last settled batch or reply."""
    age = now.real - observation.ended
    return observation.begun_seq >= run.barrier_seq and age <= OBSERVATION_MAX_AGE


def _rolling_upgrade_pause(upgrade: RollingUpgrade) -> ev.Paused:
    return ev.Paused(
        reason="foreign",
        message="Azure's own rolling upgrade is in progress "
        f"({upgrade.code}: {upgrade.counts_text}): resume when it is over or cancelled",
    )


def _is_own_work(run: Run, instance_id: str) -> bool:
    """Whether a request of this run may still be in progress on the instance."""
    member = run.members.get(instance_id)
    if member is None or member.stage is Stage.UPGRADED:
        return False
    return member.attempts > 0 or member.requested_before

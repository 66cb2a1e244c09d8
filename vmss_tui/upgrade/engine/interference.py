"""Somebody else's work on the set: instances in motion, and Azure's own rolling upgrade. Pure.

Instances are seen in every reading; the rolling upgrade is looked at just before a request (one
small GET), because between its batches no instance moves. A look that cannot be had decides
nothing, and must not hold a run for ever either: it is tried anew for a settle window, then the
instance views decide alone, and the journal says so. They are enough to see each of Azure's
batches at work; what stays unseen is only that another will follow.
"""

from collections.abc import Sequence

from vmss_tui.fleet.azure_maintenance import RollingUpgrade
from vmss_tui.fleet.scale_set import ProvisioningState
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.instance_status import planned_instances
from vmss_tui.upgrade.engine.observation import Moment, Observation, Reading
from vmss_tui.upgrade.run.run import Run, Stage

OBSERVATION_MAX_AGE = 120.0
"""Real seconds for which a look may serve a request, so that a slow one can serve any at all:
the longest pause between two readings is that of ten pages, a minute."""


def detect_foreign_work(run: Run, reading: Reading) -> ev.Paused | None:
    """Instances in work that this run did not ask: somebody else acts on the set.

    Those that were not there when the plan was made are the set growing, not somebody's work.
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
        message = f"somebody else works on {len(updating)} instances ({_shown(updating)})"
        return ev.Paused(reason="foreign", message=f"{message}: resume when that is over")
    if reassigned := _reassigned_ids(run, reading):
        message = f"other machines have the ids {_shown(reassigned)} by now, and are being updated"
        cause = "a request whose answer was lost may have reached them"
        return ev.Paused(reason="foreign", message=f"{message}: {cause}; resume when that is over")
    return None


def _reassigned_ids(run: Run, reading: Reading) -> list[str]:
    """Ids that were asked for without an answer, went to other machines, and are in work: there
    is only ever one batch at work, and this may be ours."""
    planned = planned_instances(run, reading)
    return [
        i
        for i, instance in reading.snapshot.by_id.items()
        if i not in planned
        and instance.provisioning is ProvisioningState.UPDATING
        and (member := run.members.get(i)) is not None
        and member.unanswered
    ]


def _shown(ids: Sequence[str]) -> str:
    return ", ".join(ids[:10]) + (" …" if len(ids) > 10 else "")


def check_rolling_upgrade(
    run: Run, reading: Reading, now: Moment, due_events: tuple[ev.AnyEvent, ...]
) -> tuple[ev.AnyEvent, ...] | None:
    """What is true where `due`, ending in a request, is next: itself, or a pause because Azure
    rolls an upgrade of its own. None: that is to be looked at first, or once more."""
    observation = reading.observation
    if observation is None or not _is_usable(run, observation, now):
        return None
    if not observation.failure:
        return (
            (_rolling_upgrade_pause(observation.upgrade),)
            if observation.upgrade and observation.upgrade.active
            else due_events
        )
    unknown = ev.RollingUpgradeUnknown(message=observation.failure)
    if observation.permanent:
        return (
            due_events
            if run.rolling_unknown_reason == observation.failure
            else (unknown, *due_events)
        )
    if run.rolling_unknown_since is None:
        return (unknown,)
    window = run.plan.policy.settle_window if run.plan else 0.0
    return due_events if now.t - run.rolling_unknown_since >= window else None


def _is_usable(run: Run, observation: Observation, now: Moment) -> bool:
    """May it serve the next request? It was begun after the last answer, and not long ago."""
    return (
        observation.begun_seq >= run.barrier_seq
        and now.real - observation.ended <= OBSERVATION_MAX_AGE
    )


def _rolling_upgrade_pause(upgrade: RollingUpgrade) -> ev.Paused:
    return ev.Paused(
        reason="foreign",
        message=f"a rolling upgrade of Azure's own is at work ({upgrade.code}: {upgrade.counts_text}): "
        "resume when it is over or cancelled",
    )


def _is_own_work(run: Run, instance_id: str) -> bool:
    """May our own request still be at work on it? What is upgraded has ended."""
    member = run.members.get(instance_id)
    if member is None or member.stage is Stage.UPGRADED:
        return False
    return member.attempts > 0 or member.requested_before

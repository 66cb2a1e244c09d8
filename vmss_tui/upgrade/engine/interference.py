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
from vmss_tui.upgrade.engine.instance_status import planned
from vmss_tui.upgrade.engine.observation import Moment, Observation, Reading
from vmss_tui.upgrade.run.run import Run, Stage

LOOK_HOLDS = 120.0
"""Real seconds for which a look may serve a request, so that a slow one can serve any at all:
the longest pause between two readings is that of ten pages, a minute."""


def foreign(run: Run, reading: Reading) -> ev.Paused | None:
    """Instances in work that this run did not ask: somebody else acts on the set.

    Those that were not there when the plan was made are the set growing, not somebody's work.
    """
    there = frozenset(run.plan.present if run.plan else ())
    moving = [
        i.instance_id
        for i in planned(run, reading).values()
        if i.provisioning is ProvisioningState.UPDATING
        and not _ours(run, i.instance_id)
        and (not there or i.instance_id in there)
    ]
    if moving:
        words = f"somebody else works on {len(moving)} instances ({_shown(moving)})"
        return ev.Paused(reason="foreign", message=f"{words}: resume when that is over")
    if astray := _astray(run, reading):
        words = f"other machines have the ids {_shown(astray)} by now, and are being updated"
        why = "a request whose answer was lost may have reached them"
        return ev.Paused(reason="foreign", message=f"{words}: {why}; resume when that is over")
    return None


def _astray(run: Run, reading: Reading) -> list[str]:
    """Ids that were asked for without an answer, went to other machines, and are in work: there
    is only ever one batch at work, and this may be ours."""
    ours = planned(run, reading)
    return [
        i
        for i, seen in reading.snapshot.by_id.items()
        if i not in ours
        and seen.provisioning is ProvisioningState.UPDATING
        and (member := run.members.get(i)) is not None
        and member.unanswered
    ]


def _shown(ids: Sequence[str]) -> str:
    return ", ".join(ids[:10]) + (" …" if len(ids) > 10 else "")


def rolling_first(
    run: Run, reading: Reading, now: Moment, due: tuple[ev.AnyEvent, ...]
) -> tuple[ev.AnyEvent, ...] | None:
    """What is true where `due`, ending in a request, is next: itself, or a pause because Azure
    rolls an upgrade of its own. None: that is to be looked at first, or once more."""
    look = reading.look
    if look is None or not _holds(run, look, now):
        return None
    if not look.unread:
        return (_at_work(look.upgrade),) if look.upgrade and look.upgrade.active else due
    unread = ev.RollingUpgradeUnknown(message=look.unread)
    if look.for_good:
        return due if run.rolling_unknown_reason == look.unread else (unread, *due)
    if run.rolling_unknown_since is None:
        return (unread,)
    patience = run.plan.policy.settle_window if run.plan else 0.0
    return due if now.t - run.rolling_unknown_since >= patience else None


def _holds(run: Run, look: Observation, now: Moment) -> bool:
    """May it serve the next request? It was begun after the last answer, and not long ago."""
    return look.begun_seq >= run.barrier_seq and now.real - look.ended <= LOOK_HOLDS


def _at_work(upgrade: RollingUpgrade) -> ev.Paused:
    return ev.Paused(
        reason="foreign",
        message=f"a rolling upgrade of Azure's own is at work ({upgrade.code}: {upgrade.counts_text}): "
        "resume when it is over or cancelled",
    )


def _ours(run: Run, instance_id: str) -> bool:
    """May our own request still be at work on it? What is upgraded has ended."""
    member = run.members.get(instance_id)
    if member is None or member.stage is Stage.UPGRADED:
        return False
    return member.attempts > 0 or member.requested_before

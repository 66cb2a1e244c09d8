"""The service's own rolling upgrade: batch after batch, health looked at before and after each.

A batch stays in one zone unless the policy crosses them. With `maxSurge` new instances take the
place of old ones; with `rollbackFailedInstancesOnPolicyBreach` those that failed get their old
model back ("Configure rolling upgrades" page of the documentation).
"""

from collections.abc import Callable, Sequence
from functools import partial

from vmss_tui.simulator.behaviour import actions as lifecycle
from vmss_tui.simulator.behaviour import scaling
from vmss_tui.simulator.behaviour.defaults import ROLLING_POLICY
from vmss_tui.simulator.behaviour.rolling_status import (
    RollingUpgrade,
    seconds,
    too_unhealthy,
    too_unhealthy_upgraded,
)
from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.world.instance import Instance
from vmss_tui.simulator.world.operations import Operation
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.world import World

_LOOK_EVERY = 5.0
_HEALTH_WAIT = 300.0
_PRELUDE = 2.0
_KEEP_HISTORY = 5

_SHOWN_POLICY: Json = {
    **ROLLING_POLICY,
    "maxSurge": False,
    "prioritizeUnhealthyInstances": False,
    "rollbackFailedInstancesOnPolicyBreach": False,
}


def running(scale_set: ScaleSet) -> RollingUpgrade | None:
    """The one that goes on at the moment."""
    latest = scale_set.rolling
    return latest if isinstance(latest, RollingUpgrade) and latest.running else None


def start(
    world: World,
    scale_set: ScaleSet,
    operation: Operation,
    client_request_id: str | None,
    *,
    started_by: str | None = None,
) -> None:
    """Starts one within `operation`, which lasts until it ends; an earlier one is given up.

    `started_by` makes it an upgrade of the OS, which reaches those too that have the model but
    run an older build of its image.
    """
    earlier = running(scale_set)
    if earlier is not None:
        _end(scale_set, earlier, operation.started, "Cancelled", None)
    policy = scale_set.state.properties.get("upgradePolicy", {}).get("rollingUpgradePolicy", {})
    if started_by is None:
        concerned = lifecycle.stale(scale_set)
    else:
        concerned = lifecycle.behind(world, scale_set)
    model = scale_set.state.model
    begun = RollingUpgrade(
        {**_SHOWN_POLICY, **policy},
        operation,
        operation.started,
        [each.instance_id for each in concerned],
        last_action_at=operation.started,
        started_by=started_by,
        target={**model.image, "version": world.build(scale_set, model).version or ""},
    )
    scale_set.rolling = begun
    if started_by is not None:
        scale_set.history = [begun, *scale_set.history][:_KEEP_HISTORY]
    operation.pending.add("rolling upgrade")
    following = partial(_next_batch, world, scale_set, begun, client_request_id)
    world.after(operation.started, _PRELUDE, following)


def cancel(world: World, scale_set: ScaleSet) -> bool:
    """Cancels the one that runs; False if none does. What is done stays done."""
    latest = running(scale_set)
    if latest is None:
        return False
    latest.last_action, latest.last_action_at = "Cancel", world.now
    _end(scale_set, latest, world.now, "Cancelled", None)
    return True


def _next_batch(
    world: World,
    scale_set: ScaleSet,
    upgrade: RollingUpgrade,
    client_request_id: str | None,
    at: float,
) -> None:
    if not upgrade.running:
        return
    present = [each for each in upgrade.todo if each in scale_set.instances]
    if not present:
        upgrade.todo = []
        _end(scale_set, upgrade, at, "Completed", None)
        return
    limit = int(upgrade.policy["maxUnhealthyInstancePercent"])
    members = scale_set.members()
    share = 100 * sum(not _well(each) for each in members) / len(members)
    if share > limit:
        _end(scale_set, upgrade, at, "Faulted", too_unhealthy(limit, share))
        return
    chosen = _batch(scale_set, upgrade, present)
    upgrade.batch = [each.instance_id for each in chosen]
    upgrade.todo = [each for each in present if each not in upgrade.batch]
    inner = world.begin("rolling batch", scale_set, at)
    fresh = _surge(world, scale_set, upgrade, len(chosen), at)
    kind = "create" if fresh else "upgrade"
    watched = fresh or chosen
    lifecycle.join(world, scale_set, kind, watched, inner, client_request_id, at=at)
    if not watched:
        inner.settle(at)

    def judge(now: float) -> None:
        _count(upgrade, chosen, watched)
        if fresh:
            spent = world.begin("surge", scale_set, now)
            lifecycle.join(world, scale_set, "delete", chosen, spent, None, at=now)
        if _breached(world, scale_set, upgrade, now):
            return
        pause = seconds(str(upgrade.policy["pauseTimeBetweenBatches"]))
        following = partial(_next_batch, world, scale_set, upgrade, client_request_id)
        world.after(now, pause, following)

    _watch(world, scale_set, upgrade, watched, at, judge)


def _batch(scale_set: ScaleSet, upgrade: RollingUpgrade, present: list[str]) -> list[Instance]:
    free = [scale_set.instances[each] for each in present]
    free = [each for each in free if each.operation is None]
    if free and not upgrade.policy.get("enableCrossZoneUpgrade"):
        zone = min(each.zone or "" for each in free)
        free = [each for each in free if (each.zone or "") == zone]
    if upgrade.policy.get("prioritizeUnhealthyInstances"):
        free.sort(key=_well)
    share = int(upgrade.policy["maxBatchInstancePercent"]) / 100
    return free[: max(1, int(len(scale_set.instances) * share))]


def _surge(
    world: World, scale_set: ScaleSet, upgrade: RollingUpgrade, count: int, at: float
) -> list[Instance]:
    """New instances in place of a batch, where the policy has it so."""
    if not upgrade.policy.get("maxSurge"):
        return []
    made = [scaling.make(world, scale_set, at) for _ in range(count)]
    for each in made:
        each.become(at, power="starting", agent=None, health=None, etag=1)
    return made


def _watch(
    world: World,
    scale_set: ScaleSet,
    upgrade: RollingUpgrade,
    members: Sequence[Instance],
    at: float,
    judge: Callable[[float], None],
) -> None:
    """Calls `judge` once all have settled, or after the time that health gets."""
    deadline = at + _HEALTH_WAIT + lifecycle.DURATIONS["upgrade"][2]

    def look(now: float) -> None:
        if not upgrade.running:
            return
        waiting = [each for each in members if not _settled(scale_set, each)]
        if waiting and now < deadline:
            world.after(now, _LOOK_EVERY, look)
        else:
            judge(now)

    world.after(at, _LOOK_EVERY, look)


def _settled(scale_set: ScaleSet, instance: Instance) -> bool:
    if instance.deleted_at is not None or instance.state.provisioning == "Failed":
        return True
    if instance.operation is not None:
        return False
    return not scale_set.state.model.reports_health or instance.state.health == "healthy"


def _well(instance: Instance) -> bool:
    state = instance.state
    if state.power != "running":
        return True
    return state.provisioning != "Failed" and state.health in (None, "healthy", "initializing")


def _count(upgrade: RollingUpgrade, batch: list[Instance], watched: Sequence[Instance]) -> None:
    for each, seen in zip(batch, watched, strict=True):
        good = seen.state.provisioning == "Succeeded" and seen.state.health in (None, "healthy")
        (upgrade.done if good else upgrade.failed).append(each.instance_id)
    upgrade.batch = []


def _breached(world: World, scale_set: ScaleSet, upgrade: RollingUpgrade, at: float) -> bool:
    finished = len(upgrade.done) + len(upgrade.failed)
    share = 100 * len(upgrade.failed) / finished if finished else 0.0
    limit = int(upgrade.policy["maxUnhealthyUpgradedInstancePercent"])
    if share <= limit:
        return False
    error = too_unhealthy_upgraded(limit, share, upgrade.failed[0])
    found = [scale_set.instances.get(each) for each in upgrade.failed]
    members = [each for each in found if each is not None and each.before is not None]
    wanted = upgrade.policy.get("rollbackFailedInstancesOnPolicyBreach")
    if not wanted or upgrade.policy.get("maxSurge") or not members:
        _end(scale_set, upgrade, at, "Faulted", error)
        return True
    upgrade.code = "RollingBack"
    inner = world.begin("rolling back", scale_set, at)
    lifecycle.join(world, scale_set, "rollback", members, inner, None, at=at)

    def judge(now: float) -> None:
        good = sum(_well(each) for each in members)
        upgrade.rolled_back, upgrade.not_rolled_back = good, len(members) - good
        _end(scale_set, upgrade, now, "Faulted", error)

    _watch(world, scale_set, upgrade, members, at, judge)
    return True


def _end(
    scale_set: ScaleSet,
    upgrade: RollingUpgrade,
    at: float,
    code: str,
    error: tuple[str, str] | None,
) -> None:
    upgrade.code, upgrade.error, upgrade.ended = code, error, at
    scale_set.touch(at)
    if error is not None:
        upgrade.operation.fail(*error)
    upgrade.operation.settle(at, "rolling upgrade")

"""The service's own rolling upgrade: batch after batch, health looked at before and after each.

A batch stays in one zone unless the policy crosses them. With `maxSurge` new instances take the
place of old ones; with `rollbackFailedInstancesOnPolicyBreach` those that failed get their old
model back ("Configure rolling upgrades" page of the documentation).
"""

from collections.abc import Callable, Sequence
from functools import partial

from vmss_tui.simulator.behaviour.actions import (
    DURATIONS,
    add_action,
    instances_behind_newest,
    outdated_instances,
)
from vmss_tui.simulator.behaviour.defaults import ROLLING_POLICY
from vmss_tui.simulator.behaviour.rolling_status import (
    RollingUpgrade,
    duration_seconds,
    unhealthy_error,
    upgraded_unhealthy_error,
)
from vmss_tui.simulator.behaviour.scaling import create_instance
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


def running_upgrade(scale_set: ScaleSet) -> RollingUpgrade | None:
    """The one that goes on at the moment."""
    latest = scale_set.rolling_upgrade
    return latest if isinstance(latest, RollingUpgrade) and latest.running else None


def start_rolling_upgrade(
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
    earlier = running_upgrade(scale_set)
    if earlier is not None:
        _end(scale_set, earlier, operation.started, "Cancelled", None)
    policy = scale_set.state.properties.get("upgradePolicy", {}).get("rollingUpgradePolicy", {})
    if started_by is None:
        concerned = outdated_instances(scale_set)
    else:
        concerned = instances_behind_newest(world, scale_set)
    model = scale_set.state.model
    begun = RollingUpgrade(
        {**_SHOWN_POLICY, **policy},
        operation,
        operation.started,
        [each.instance_id for each in concerned],
        last_action_at=operation.started,
        started_by=started_by,
        target={
            **model.image_reference,
            "version": world.resolve_build(scale_set, model).version or "",
        },
    )
    scale_set.rolling_upgrade = begun
    if started_by is not None:
        scale_set.os_upgrade_history = [begun, *scale_set.os_upgrade_history][:_KEEP_HISTORY]
    operation.pending.add("rolling upgrade")
    following = partial(_next_batch, world, scale_set, begun, client_request_id)
    world.call_later(operation.started, _PRELUDE, following)


def cancel_rolling_upgrade(world: World, scale_set: ScaleSet) -> bool:
    """Cancels the one that runs; False if none does. What is done stays done."""
    latest = running_upgrade(scale_set)
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
    instances = scale_set.sorted_instances()
    share = 100 * sum(not _well(each) for each in instances) / len(instances)
    if share > limit:
        _end(scale_set, upgrade, at, "Faulted", unhealthy_error(limit, share))
        return
    chosen = _batch(scale_set, upgrade, present)
    upgrade.batch = [each.instance_id for each in chosen]
    upgrade.todo = [each for each in present if each not in upgrade.batch]
    inner = world.start_operation("rolling batch", scale_set, at)
    fresh = _surge(world, scale_set, upgrade, len(chosen), at)
    kind = "create" if fresh else "upgrade"
    watched = fresh or chosen
    add_action(world, scale_set, kind, watched, inner, client_request_id, at=at)
    if not watched:
        inner.complete(at)

    def judge(now: float) -> None:
        _count(upgrade, chosen, watched)
        if fresh:
            spent = world.start_operation("surge", scale_set, now)
            add_action(world, scale_set, "delete", chosen, spent, None, at=now)
        if _breached(world, scale_set, upgrade, now):
            return
        pause = duration_seconds(str(upgrade.policy["pauseTimeBetweenBatches"]))
        following = partial(_next_batch, world, scale_set, upgrade, client_request_id)
        world.call_later(now, pause, following)

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
    made = [create_instance(world, scale_set, at) for _ in range(count)]
    for each in made:
        each.update_state(at, power="starting", agent=None, health=None, etag=1)
    return made


def _watch(
    world: World,
    scale_set: ScaleSet,
    upgrade: RollingUpgrade,
    instances: Sequence[Instance],
    at: float,
    judge: Callable[[float], None],
) -> None:
    """Calls `judge` once all have settled, or after the time that health gets."""
    deadline = at + _HEALTH_WAIT + DURATIONS["upgrade"][2]

    def look(now: float) -> None:
        if not upgrade.running:
            return
        waiting = [each for each in instances if not _settled(scale_set, each)]
        if waiting and now < deadline:
            world.call_later(now, _LOOK_EVERY, look)
        else:
            judge(now)

    world.call_later(at, _LOOK_EVERY, look)


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
    error = upgraded_unhealthy_error(limit, share, upgrade.failed[0])
    found = [scale_set.instances.get(each) for each in upgrade.failed]
    instances = [each for each in found if each is not None and each.previous is not None]
    wanted = upgrade.policy.get("rollbackFailedInstancesOnPolicyBreach")
    if not wanted or upgrade.policy.get("maxSurge") or not instances:
        _end(scale_set, upgrade, at, "Faulted", error)
        return True
    upgrade.code = "RollingBack"
    inner = world.start_operation("rolling back", scale_set, at)
    add_action(world, scale_set, "rollback", instances, inner, None, at=at)

    def judge(now: float) -> None:
        good = sum(_well(each) for each in instances)
        upgrade.rolled_back, upgrade.not_rolled_back = good, len(instances) - good
        _end(scale_set, upgrade, now, "Faulted", error)

    _watch(world, scale_set, upgrade, instances, at, judge)
    return True


def _end(
    scale_set: ScaleSet,
    upgrade: RollingUpgrade,
    at: float,
    code: str,
    error: tuple[str, str] | None,
) -> None:
    upgrade.code, upgrade.error, upgrade.ended = code, error, at
    scale_set.bump_etag(at)
    if error is not None:
        upgrade.operation.fail(*error)
    upgrade.operation.complete(at, "rolling upgrade")

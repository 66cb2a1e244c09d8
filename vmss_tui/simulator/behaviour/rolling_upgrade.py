"""The service's rolling upgrade: batch after batch, with health checks before and after each.

A batch stays in one zone unless the policy enables cross-zone upgrades. With `maxSurge` new
instances replace the old ones; with `rollbackFailedInstancesOnPolicyBreach` the failed instances
get their previous model back (documentation page "Configure rolling upgrades"). Instances may
ask to be left out, or name the phase in which they are upgraded (page "Use custom metrics").
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

_CHECK_INTERVAL = 5.0
_HEALTH_TIMEOUT = 300.0
_START_DELAY = 2.0
_MAX_HISTORY = 5

_DEFAULT_POLICY: Json = {
    **ROLLING_POLICY,
    "maxSurge": False,
    "prioritizeUnhealthyInstances": False,
    "rollbackFailedInstancesOnPolicyBreach": False,
}


def running_upgrade(scale_set: ScaleSet) -> RollingUpgrade | None:
    """The rolling upgrade in progress, if any."""
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
    """Starts a rolling upgrade as a part of `operation`; one in progress is cancelled.

    With `started_by` it is an OS upgrade, which also affects instances that have the model but
    run an older build of its image.
    """
    earlier = running_upgrade(scale_set)
    if earlier is not None:
        _finish(scale_set, earlier, operation.started, "Cancelled", None)
    policy = scale_set.state.properties.get("upgradePolicy", {}).get("rollingUpgradePolicy", {})
    if started_by is None:
        affected = outdated_instances(scale_set)
    else:
        affected = instances_behind_newest(world, scale_set)
    affected = [instance for instance in affected if not instance.state.skips_upgrade]
    model = scale_set.state.model
    upgrade = RollingUpgrade(
        {**_DEFAULT_POLICY, **policy},
        operation,
        operation.started,
        [instance.instance_id for instance in affected],
        last_action_at=operation.started,
        started_by=started_by,
        target={
            **model.image_reference,
            "version": world.resolve_build(scale_set, model).version or "",
        },
    )
    scale_set.rolling_upgrade = upgrade
    if started_by is not None:
        scale_set.os_upgrade_history = [upgrade, *scale_set.os_upgrade_history][:_MAX_HISTORY]
    operation.pending.add("rolling upgrade")
    first_batch = partial(_start_batch, world, scale_set, upgrade, client_request_id)
    world.call_later(operation.started, _START_DELAY, first_batch)


def cancel_rolling_upgrade(world: World, scale_set: ScaleSet) -> bool:
    """Cancels the rolling upgrade in progress; False without one. Upgraded instances stay so."""
    latest = running_upgrade(scale_set)
    if latest is None:
        return False
    latest.last_action, latest.last_action_at = "Cancel", world.now
    _finish(scale_set, latest, world.now, "Cancelled", None)
    return True


def _start_batch(
    world: World,
    scale_set: ScaleSet,
    upgrade: RollingUpgrade,
    client_request_id: str | None,
    at: float,
) -> None:
    """Starts the next batch; ends the upgrade without one, or with too many unhealthy."""
    if not upgrade.running:
        return
    existing = [instance_id for instance_id in upgrade.todo if instance_id in scale_set.instances]
    if not existing:
        upgrade.todo = []
        _finish(scale_set, upgrade, at, "Completed", None)
        return
    limit = int(upgrade.policy["maxUnhealthyInstancePercent"])
    instances = scale_set.sorted_instances()
    share = 100 * sum(not _is_healthy(instance) for instance in instances) / len(instances)
    if share > limit:
        _finish(scale_set, upgrade, at, "Faulted", unhealthy_error(limit, share))
        return
    first_phase = min(scale_set.instances[instance_id].state.phase for instance_id in existing)
    ready = [
        instance_id
        for instance_id in existing
        if scale_set.instances[instance_id].state.phase == first_phase
    ]
    batch = _select_batch(scale_set, upgrade, ready)
    upgrade.batch = [instance.instance_id for instance in batch]
    upgrade.todo = [instance_id for instance_id in existing if instance_id not in upgrade.batch]
    batch_operation = world.start_operation("rolling batch", scale_set, at)
    replacements = _create_surge_instances(world, scale_set, upgrade, len(batch), at)
    kind = "create" if replacements else "upgrade"
    targets = replacements or batch
    add_action(world, scale_set, kind, targets, batch_operation, client_request_id, at=at)
    if not targets:
        batch_operation.complete(at)

    def finish_batch(now: float) -> None:
        _count_results(upgrade, batch, targets)
        if replacements:
            deletion = world.start_operation("surge", scale_set, now)
            add_action(world, scale_set, "delete", batch, deletion, None, at=now)
        if _handle_breach(world, scale_set, upgrade, now):
            return
        pause = duration_seconds(str(upgrade.policy["pauseTimeBetweenBatches"]))
        next_batch = partial(_start_batch, world, scale_set, upgrade, client_request_id)
        world.call_later(now, pause, next_batch)

    _call_when_settled(world, scale_set, upgrade, targets, at, finish_batch)


def _select_batch(
    scale_set: ScaleSet, upgrade: RollingUpgrade, instance_ids: list[str]
) -> list[Instance]:
    instances = [scale_set.instances[instance_id] for instance_id in instance_ids]
    candidates = [instance for instance in instances if instance.operation is None]
    if candidates and not upgrade.policy.get("enableCrossZoneUpgrade"):
        zone = min(instance.zone or "" for instance in candidates)
        candidates = [instance for instance in candidates if (instance.zone or "") == zone]
    if upgrade.policy.get("prioritizeUnhealthyInstances"):
        candidates.sort(key=_is_healthy)
    share = int(upgrade.policy["maxBatchInstancePercent"]) / 100
    return candidates[: max(1, int(len(scale_set.instances) * share))]


def _create_surge_instances(
    world: World, scale_set: ScaleSet, upgrade: RollingUpgrade, count: int, at: float
) -> list[Instance]:
    """New instances that replace a batch; none unless the policy has `maxSurge`."""
    if not upgrade.policy.get("maxSurge"):
        return []
    instances = [create_instance(world, scale_set, at) for _ in range(count)]
    for instance in instances:
        instance.update_state(at, power="starting", agent=None, health=None, etag=1)
    return instances


def _call_when_settled(
    world: World,
    scale_set: ScaleSet,
    upgrade: RollingUpgrade,
    instances: Sequence[Instance],
    at: float,
    callback: Callable[[float], None],
) -> None:
    """Calls `callback` once all instances have settled, or after the health timeout."""
    deadline = at + _HEALTH_TIMEOUT + DURATIONS["upgrade"][2]

    def check(now: float) -> None:
        if not upgrade.running:
            return
        settled = all(_is_settled(scale_set, instance) for instance in instances)
        if not settled and now < deadline:
            world.call_later(now, _CHECK_INTERVAL, check)
        else:
            callback(now)

    world.call_later(at, _CHECK_INTERVAL, check)


def _is_settled(scale_set: ScaleSet, instance: Instance) -> bool:
    if instance.deleted_at is not None or instance.state.provisioning == "Failed":
        return True
    if instance.operation is not None:
        return False
    return not scale_set.state.model.reports_health or instance.state.health == "healthy"


def _is_healthy(instance: Instance) -> bool:
    state = instance.state
    if state.power != "running":
        return True
    return state.provisioning != "Failed" and state.health in (None, "healthy", "initializing")


def _count_results(
    upgrade: RollingUpgrade, batch: list[Instance], targets: Sequence[Instance]
) -> None:
    """Adds each instance of a batch to the succeeded or the failed ones, by its target's state."""
    for instance, target in zip(batch, targets, strict=True):
        state = target.state
        succeeded = state.provisioning == "Succeeded" and state.health in (None, "healthy")
        (upgrade.succeeded if succeeded else upgrade.failed).append(instance.instance_id)
    upgrade.batch = []


def _handle_breach(world: World, scale_set: ScaleSet, upgrade: RollingUpgrade, at: float) -> bool:
    """Ends the upgrade if too many upgraded instances are unhealthy, with a rollback if asked."""
    finished = len(upgrade.succeeded) + len(upgrade.failed)
    share = 100 * len(upgrade.failed) / finished if finished else 0.0
    limit = int(upgrade.policy["maxUnhealthyUpgradedInstancePercent"])
    if share <= limit:
        return False
    error = upgraded_unhealthy_error(limit, share, upgrade.failed[0])
    failed = [scale_set.instances.get(instance_id) for instance_id in upgrade.failed]
    instances = [entry for entry in failed if entry is not None and entry.previous is not None]
    rollback = upgrade.policy.get("rollbackFailedInstancesOnPolicyBreach")
    if not rollback or upgrade.policy.get("maxSurge") or not instances:
        _finish(scale_set, upgrade, at, "Faulted", error)
        return True
    upgrade.code = "RollingBack"
    operation = world.start_operation("rolling back", scale_set, at)
    add_action(world, scale_set, "rollback", instances, operation, None, at=at)

    def finish_rollback(now: float) -> None:
        healthy = sum(_is_healthy(instance) for instance in instances)
        upgrade.rolled_back, upgrade.not_rolled_back = healthy, len(instances) - healthy
        _finish(scale_set, upgrade, now, "Faulted", error)

    _call_when_settled(world, scale_set, upgrade, instances, at, finish_rollback)
    return True


def _finish(
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

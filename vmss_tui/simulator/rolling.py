"""The service's own rolling upgrade: batches, their health, a pause, and the counts it shows.

Texts of failures and the shape of the status: recorded (`vmss-rollingUpgrades-latest-*`) and
documented (`doc-asyncop-failed-rolling-unhealthy`). Surge and rollback are not simulated.
"""

import re
from dataclasses import dataclass, field

from vmss_tui.simulator import lifecycle
from vmss_tui.simulator.clock import stamp
from vmss_tui.simulator.defaults import ROLLING_POLICY
from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.instances import Instance
from vmss_tui.simulator.operations import Operation
from vmss_tui.simulator.scale_set import ScaleSet
from vmss_tui.simulator.world import World

_LOOK_EVERY = 5.0
_HEALTH_WAIT = 300.0
_PRELUDE = 2.0

_SHOWN_POLICY: Json = {
    **ROLLING_POLICY,
    "maxSurge": False,
    "prioritizeUnhealthyInstances": False,
    "rollbackFailedInstancesOnPolicyBreach": False,
}


@dataclass(slots=True, eq=False)
class RollingUpgrade:
    """One rolling upgrade from its start to its end."""

    policy: Json
    operation: Operation
    started: float
    todo: list[str]
    code: str = "RollingForward"
    last_action: str = "Start"
    last_action_at: float = 0.0
    batch: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    error: tuple[str, str] | None = None

    @property
    def running(self) -> bool:
        """Whether it still goes on."""
        return self.code == "RollingForward"

    def body(self, location: str) -> Json:
        """What `rollingUpgrades/latest` answers; it has neither id nor name."""
        properties: Json = {
            "policy": self.policy,
            "runningStatus": {
                "lastAction": self.last_action,
                "lastActionTime": stamp(self.last_action_at),
                "code": self.code,
                "startTime": stamp(self.started),
            },
            "progress": {
                "successfulInstanceCount": len(self.done),
                "failedInstanceCount": len(self.failed),
                "inProgressInstanceCount": len(self.batch),
                "pendingInstanceCount": len(self.todo),
            },
        }
        if self.error is not None:
            properties["error"] = {"code": self.error[0], "message": self.error[1]}
        kind = "Microsoft.Compute/virtualMachineScaleSets/rollingUpgrades"
        return {"type": kind, "location": location, "properties": properties}


def seconds(duration: str) -> float:
    """The length of an ISO 8601 duration of hours, minutes and seconds; 0 if it is odd."""
    found = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?", duration)
    if found is None:
        return 0.0
    hours, minutes, rest = (float(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + rest


def running(scale_set: ScaleSet) -> RollingUpgrade | None:
    """The one that goes on at the moment."""
    latest = scale_set.rolling
    return latest if isinstance(latest, RollingUpgrade) and latest.running else None


def start(
    world: World, scale_set: ScaleSet, operation: Operation, client_request_id: str | None
) -> None:
    """Starts one within `operation`, which lasts until it ends; an earlier one is given up."""
    earlier = running(scale_set)
    if earlier is not None:
        _end(scale_set, earlier, operation.started, "Cancelled", None)
    policy = scale_set.state.properties.get("upgradePolicy", {}).get("rollingUpgradePolicy", {})
    stale = [each.instance_id for each in lifecycle.stale(scale_set)]
    begun = RollingUpgrade(
        {**_SHOWN_POLICY, **policy},
        operation,
        operation.started,
        stale,
        last_action_at=operation.started,
    )
    scale_set.rolling = begun
    operation.pending.add("rolling upgrade")
    world.after(
        operation.started,
        _PRELUDE,
        lambda at: _next_batch(world, scale_set, begun, at, client_request_id),
    )


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
    at: float,
    client_request_id: str | None,
) -> None:
    if not upgrade.running:
        return
    present = [each for each in upgrade.todo if each in scale_set.instances]
    free = [each for each in present if not scale_set.instances[each].operation]
    if not present:
        _end(scale_set, upgrade, at, "Completed", None)
        return
    share = int(upgrade.policy["maxBatchInstancePercent"]) / 100
    size = max(1, int(len(scale_set.instances) * share))
    upgrade.batch = free[:size]
    upgrade.todo = [each for each in present if each not in upgrade.batch]
    members = [scale_set.instances[each] for each in upgrade.batch]
    inner = world.begin("rolling batch", scale_set, at)
    lifecycle.join(world, scale_set, "upgrade", members, inner, client_request_id, at=at)
    if not members:
        inner.settle(at)
    deadline = at + _HEALTH_WAIT + lifecycle.DURATIONS["upgrade"][2]

    def look(now: float) -> None:
        if not upgrade.running:
            return
        waiting = [each for each in members if not _settled(scale_set, each)]
        if waiting and now < deadline:
            world.after(now, _LOOK_EVERY, look)
            return
        _judge(scale_set, upgrade, now, members)
        pause = seconds(str(upgrade.policy["pauseTimeBetweenBatches"]))
        world.after(
            now, pause, lambda then: _next_batch(world, scale_set, upgrade, then, client_request_id)
        )

    world.after(at, _LOOK_EVERY, look)


def _settled(scale_set: ScaleSet, instance: Instance) -> bool:
    if instance.deleted_at is not None or instance.state.provisioning == "Failed":
        return True
    if instance.operation is not None:
        return False
    return not scale_set.state.model.reports_health or instance.state.health == "healthy"


def _judge(
    scale_set: ScaleSet, upgrade: RollingUpgrade, at: float, members: list[Instance]
) -> None:
    for each in members:
        good = each.state.provisioning == "Succeeded" and each.state.health in (None, "healthy")
        (upgrade.done if good else upgrade.failed).append(each.instance_id)
    upgrade.batch = []
    finished = len(upgrade.done) + len(upgrade.failed)
    unhealthy = 100 * len(upgrade.failed) / finished if finished else 0.0
    limit = int(upgrade.policy["maxUnhealthyUpgradedInstancePercent"])
    if unhealthy > limit:
        message = (
            "Rolling Upgrade failed after exceeding the MaxUnhealthyUpgradedInstancePercent value "
            f"defined in the RollingUpgradePolicy. {unhealthy:.0f}% of instances are in an "
            f"unhealthy state after being upgraded - more than the threshold of {limit}%. The most "
            "impactful error is: Instance found to be unhealthy or unreachable.. First failed "
            f"instance ID is: {upgrade.failed[0]}."
        )
        code = "MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade"
        _end(scale_set, upgrade, at, "Faulted", (code, message))


def _end(
    scale_set: ScaleSet,
    upgrade: RollingUpgrade,
    at: float,
    code: str,
    error: tuple[str, str] | None,
) -> None:
    upgrade.code, upgrade.error = code, error
    scale_set.touch(at)
    if error is not None:
        upgrade.operation.fail(*error)
    upgrade.operation.settle(at, "rolling upgrade")

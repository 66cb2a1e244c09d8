"""The steps of an action on one instance: changes of power, and the ways in which it ends."""

from collections.abc import Callable
from dataclasses import dataclass

from vmss_tui.simulator.world.boots import MOST_BOOTS, Boot
from vmss_tui.simulator.world.instance import Instance, Model
from vmss_tui.simulator.world.operations import Operation
from vmss_tui.simulator.world.platform_images import ImageBuild
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.simulated_time import HISTORY_SECONDS
from vmss_tui.simulator.world.world import World

HEALTH_DELAY = (5.0, 10.0, 25.0)
"""Simulated seconds (low, median, high) from the end of an action to the first health report."""


@dataclass(slots=True)
class InstanceAction:
    """One action on one instance, from its acceptance on. Times are in simulated seconds."""

    world: World
    scale_set: ScaleSet
    instance: Instance
    operation: Operation
    kind: str
    model: Model
    """The model that the instance has after the action."""
    build: ImageBuild
    """The image that the instance runs after the action."""
    duration: float
    generation: int
    started: float

    def schedule(self, fraction: float, step: Callable[["InstanceAction", float], None]) -> None:
        """Schedules `step` at a fraction of the duration; a later action cancels it."""

        def run(at: float) -> None:
            if self.instance.generation == self.generation:
                step(self, at)

        self.world.call_later(self.started, self.duration * fraction, run)


ActionStep = Callable[[InstanceAction, float], None]
"""A step of an action; the second argument is the time."""


def set_power(power: str) -> ActionStep:
    """A step that changes only the power state."""

    def step(action: InstanceAction, at: float) -> None:
        action.instance.update_state(at, power=power)

    return step


def boot(action: InstanceAction, at: float) -> None:
    """The guest starts: no agent report, and no health report yet."""
    health = "initializing" if action.model.reports_health else None
    instance = action.instance
    story = action.world.faults.expected_story(
        action.scale_set.label, instance.instance_id, action.build.label, action.kind
    )
    earlier = [] if action.kind == "create" else instance.boot_history
    instance.boots = [*earlier, Boot(at, story)][-MOST_BOOTS:]
    action.instance.update_state(
        at, power="running", agent="Not Ready", agent_at=at, health=health, health_at=at
    )


def finish_running(action: InstanceAction, at: float) -> None:
    """Ends an action that leaves the instance running; a fault may make it fail here."""
    state = action.instance.state
    fault = action.world.faults.outcome_fault(
        action.scale_set.label, action.instance.instance_id, action.build.label, action.kind
    )
    failure = fault.failure_of(action.instance.name) if fault else None
    story = fault.story if fault else "healthy"
    _finish_boot(action, at, story)
    renewed = action.kind == "redeploy" and state.maintenance
    changed = action.model is not state.model or action.build != state.build
    new_disk = changed or action.kind in ("reimage", "reimageall")
    action.instance.update_state(
        at,
        model=action.model,
        build=action.build,
        size=state.size_under(action.model),
        disk=state.disk + new_disk,
        provisioning="Failed" if failure else "Succeeded",
        failure=failure,
        settled_at=at,
        power="running",
        agent="Not Ready" if fault and fault.kind == "boot_failure" else "Ready",
        agent_at=at,
        health="initializing" if action.model.reports_health else None,
        health_at=at,
        etag=state.etag + 1,
        story=story,
        maintenance="completed" if renewed else state.maintenance,
    )
    complete(action, at, failure)
    if action.model.reports_health and not (fault and fault.kind == "boot_failure"):
        instance_id = action.instance.instance_id
        key = (action.scale_set.id.lower(), instance_id, action.generation, "health")
        delay = action.world.random.sample(HEALTH_DELAY, *key)
        health = fault.reported_health if fault else "healthy"
        _schedule_health_report(action, at, delay, health, fault.period if fault else None)


def _finish_boot(action: InstanceAction, at: float, story: str) -> None:
    """Decides what the boot of an action was, if it had one, and whether it has a log."""
    boots = action.instance.boots
    booted = bool(boots) and boots[-1].at >= action.started
    if booted:
        boots[-1].story = story
    if action.model.boot_diagnostics and not action.instance.state.model.boot_diagnostics:
        action.instance.diagnosed_since = boots[-1].at if booted else at


def _schedule_health_report(
    action: InstanceAction, at: float, delay: float, health: str, period: float | None
) -> None:
    """Schedules a health report; with a period each report schedules the opposite one."""

    def report(now: float) -> None:
        if action.instance.generation != action.generation:
            return
        action.instance.update_state(now, health=health, health_at=now)
        if period is not None:
            opposite = "unhealthy" if health == "healthy" else "healthy"
            _schedule_health_report(action, now, period, opposite, period)

    action.world.call_later(at, delay, report)


def finish_unchanged(action: InstanceAction, at: float) -> None:
    """Ends an action that has changed nothing but the etag."""
    etag = action.instance.state.etag + 1
    action.instance.update_state(at, provisioning="Succeeded", settled_at=at, etag=etag)
    complete(action, at, None)


def finish_upgrade_deallocated(action: InstanceAction, at: float) -> None:
    """Ends the upgrade of a deallocated instance."""
    state = action.instance.state
    action.instance.update_state(
        at,
        model=action.model,
        build=action.build,
        size=state.size_under(action.model),
        provisioning="Succeeded",
        settled_at=at,
        etag=state.etag + 1,
    )
    complete(action, at, None)


def finish_stopped(action: InstanceAction, at: float) -> None:
    """Ends a power off: the instance is off and keeps its host."""
    etag = action.instance.state.etag + 1
    action.instance.update_state(
        at, power="stopped", provisioning="Succeeded", settled_at=at, etag=etag
    )
    complete(action, at, None)


def finish_deallocated(action: InstanceAction, at: float) -> None:
    """Ends a deallocation: the instance is off and has no host."""
    etag = action.instance.state.etag + 1
    action.instance.update_state(
        at,
        power="deallocated",
        provisioning="Succeeded",
        settled_at=at,
        agent=None,
        health=None,
        etag=etag,
    )
    complete(action, at, None)


def finish_allocation_failed(failure: tuple[str, str]) -> ActionStep:
    """A step that ends an action for which no host was available."""

    def step(action: InstanceAction, at: float) -> None:
        action.instance.update_state(
            at,
            provisioning="Failed",
            failure=failure,
            settled_at=at,
            power="deallocated",
            agent=None,
            health=None,
            etag=action.instance.state.etag + 1,
        )
        complete(action, at, failure)

    return step


def finish_deleted(action: InstanceAction, at: float) -> None:
    """Removes the instance; outdated responses still include it for ten minutes."""
    action.instance.deleted_at = at
    action.scale_set.instances.pop(action.instance.instance_id, None)
    deleted = action.scale_set.deleted_instances
    deleted.append(action.instance)
    while deleted[0].deleted_at is not None and deleted[0].deleted_at < at - HISTORY_SECONDS:
        del deleted[0]
    complete(action, at, None)


def complete(action: InstanceAction, at: float, failure: tuple[str, str] | None) -> None:
    """Releases the instance for other actions and reports the result to the operation."""
    action.instance.operation = None
    if failure is not None:
        action.operation.fail(*failure)
    action.operation.complete(at, action.instance.instance_id)

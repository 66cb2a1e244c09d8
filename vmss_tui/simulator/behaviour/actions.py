"""Actions on instances: which instances they affect, and how they start.

An action starts on all its instances at once and in parallel; the duration on each is drawn
around the recorded medians. Durations are in simulated seconds.
"""

from collections.abc import Sequence

from vmss_tui.simulator import errors
from vmss_tui.simulator.behaviour.action_scripts import SCRIPTS
from vmss_tui.simulator.behaviour.action_steps import InstanceAction
from vmss_tui.simulator.behaviour.lasting_refusals import check_not_deleting
from vmss_tui.simulator.world.instance import Instance
from vmss_tui.simulator.world.operations import Operation
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.world import World

DURATIONS = {
    "upgrade": (25.0, 35.0, 60.0),
    "rollback": (25.0, 35.0, 60.0),
    "restart": (12.0, 26.0, 45.0),
    "start": (4.0, 6.0, 18.0),
    "poweroff": (5.0, 12.0, 36.0),
    "deallocate": (21.0, 47.0, 95.0),
    "reimage": (65.0, 72.0, 80.0),
    "reimageall": (74.0, 87.0, 90.0),
    "redeploy": (50.0, 75.0, 120.0),
    "reapply": (2.0, 5.0, 15.0),
    "delete": (2.0, 3.0, 10.0),
    "create": (40.0, 60.0, 110.0),
}
"""(low, median, high) by kind of action; create, redeploy and reapply are guesses."""

_PREEMPTING = frozenset({"delete", "deallocate"})
_PROTECTED_FROM = frozenset({"upgrade", "reimage", "reimageall", "deallocate"})
_NO_OP_DURATION = 0.2
"""Duration of an action that affects no instance."""


def select_instances(scale_set: ScaleSet, ids: Sequence[str] | None) -> list[Instance]:
    """The instances that a request names; None or `*` selects all.

    Raises ArmError (400) if one id is unknown.
    """
    if ids is None or "*" in ids:
        instances = scale_set.sorted_instances()
        return [entry for entry in instances if entry.state.provisioning != "Deleting"]
    selected: dict[str, Instance] = {}
    for instance_id in ids:
        instance = scale_set.instance_by_id(instance_id)
        if instance is None or instance.state.provisioning == "Deleting":
            raise errors.instance_not_active(instance_id)
        selected[instance.instance_id] = instance
    return list(selected.values())


def outdated_instances(scale_set: ScaleSet) -> list[Instance]:
    """The instances that an upgrade of the whole set affects; protected ones are not included."""
    instances = scale_set.sorted_instances()
    return [entry for entry in instances if _is_affected(scale_set, "upgrade", entry, True)]


def instances_behind_newest(world: World, scale_set: ScaleSet) -> list[Instance]:
    """The outdated instances, and those that run an older build of the model's image."""
    newest = world.resolve_build(scale_set, scale_set.state.model)
    outdated_ids = {instance.instance_id for instance in outdated_instances(scale_set)}
    return [
        instance
        for instance in scale_set.sorted_instances()
        if instance.instance_id in outdated_ids
        or (instance.state.build != newest and not _is_protected(instance, "upgrade"))
    ]


def _is_protected(instance: Instance, kind: str) -> bool:
    protection = instance.state.protection or {}
    return kind in _PROTECTED_FROM and bool(protection.get("protectFromScaleSetActions"))


def start_action(
    world: World,
    scale_set: ScaleSet,
    kind: str,
    instances: Sequence[Instance],
    *,
    client_request_id: str | None = None,
    set_wide: bool = True,
) -> tuple[Operation, list[Instance]]:
    """Starts an action; returns its operation and the instances that it affects.

    Set-wide actions skip instances protected from them; an upgrade skips instances that have
    the model. Raises ArmError (409) if the set is being deleted, or if another operation on one
    of them is in progress; deletion and deallocation preempt it instead.
    """
    at = world.now
    if kind != "delete":
        check_not_deleting(world, scale_set, kind)
    affected = [entry for entry in instances if _is_affected(scale_set, kind, entry, set_wide)]
    if kind not in _PREEMPTING and any(instance.operation for instance in affected):
        raise errors.conflict()
    operation = world.start_operation(kind, scale_set)
    operation.pending = {instance.instance_id for instance in affected}
    world.record_effect(at, kind, scale_set, affected, operation, client_request_id)
    if not affected:
        world.call_later(at, _NO_OP_DURATION, operation.complete)
        return operation, affected
    scale_set.bump_etag(at)
    operation.end_callbacks.append(scale_set.bump_etag)
    world.hold_provisioning(scale_set, operation, at, "Updating")
    for instance in affected:
        _start_on_instance(world, scale_set, instance, operation, kind, at)
    return operation, affected


def add_action(
    world: World,
    scale_set: ScaleSet,
    kind: str,
    instances: Sequence[Instance],
    operation: Operation,
    client_request_id: str | None,
    *,
    at: float | None = None,
) -> None:
    """Starts an action on `instances` within an existing operation, which then waits for it."""
    started = operation.started if at is None else at
    operation.pending |= {instance.instance_id for instance in instances}
    world.record_effect(started, kind, scale_set, instances, operation, client_request_id)
    for instance in instances:
        _start_on_instance(world, scale_set, instance, operation, kind, started)


def creation_seconds(world: World, scale_set: ScaleSet, instance: Instance) -> float:
    """The duration of the creation of a new instance."""
    return _duration(world, scale_set, instance, "create", 1)


def _duration(
    world: World, scale_set: ScaleSet, instance: Instance, kind: str, generation: int
) -> float:
    key = (scale_set.id.lower(), instance.instance_id, generation, kind)
    return world.random.sample(DURATIONS[kind], *key)


def _is_affected(scale_set: ScaleSet, kind: str, instance: Instance, set_wide: bool) -> bool:
    state = instance.state
    if set_wide and _is_protected(instance, kind):
        return False
    if kind == "delete":
        return state.provisioning != "Deleting"
    if kind == "upgrade":
        return not scale_set.has_latest_model(instance) or state.provisioning == "Failed"
    return True


def _start_on_instance(
    world: World,
    scale_set: ScaleSet,
    instance: Instance,
    operation: Operation,
    kind: str,
    at: float,
) -> None:
    _preempt(world, instance, at)
    instance.operation = operation.name
    instance.generation += 1
    state = instance.state
    model = scale_set.state.model if kind == "upgrade" else state.model
    if kind == "upgrade":
        instance.previous = (state.model, state.build)
    new_disk = kind in ("upgrade", "reimage", "reimageall", "create")
    build = world.resolve_build(scale_set, model) if new_disk else state.build
    if kind == "rollback" and instance.previous is not None:
        model, build = instance.previous
    lag = world.faults.lag(scale_set.label, instance.instance_id)
    action = InstanceAction(
        world,
        scale_set,
        instance,
        operation,
        kind,
        model,
        build,
        _duration(world, scale_set, instance, kind, instance.generation),
        instance.generation,
        at + lag,
    )
    provisioning = {"delete": "Deleting", "create": "Creating"}.get(kind, "Updating")
    SCRIPTS[kind](action)
    if not lag:
        instance.update_state(at, provisioning=provisioning, failure=None, etag=state.etag + 1)
        return

    def show_start(action: InstanceAction, now: float) -> None:
        etag = action.instance.state.etag + 1
        action.instance.update_state(now, provisioning=provisioning, failure=None, etag=etag)

    action.schedule(0.0, show_start)


def _preempt(world: World, instance: Instance, at: float) -> None:
    earlier = world.operations.get(instance.operation or "")
    if earlier is not None:
        message = "Operation execution has been preempted by a more recent operation."
        earlier.fail("OperationPreempted", message)
        earlier.complete(at, instance.instance_id)

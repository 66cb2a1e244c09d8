"""Who takes part in an action, and how it takes hold of them.

An action takes hold of its instances at once and works on all of them in parallel, each for
a time drawn around the recorded medians. Durations are in simulated seconds.
"""

from collections.abc import Sequence

from vmss_tui.simulator import errors
from vmss_tui.simulator.behaviour.action_scripts import SCRIPTS, Work
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
_SETTLING = 0.2
"""How long an action takes that finds nothing to do."""


def select_instances(scale_set: ScaleSet, ids: Sequence[str] | None) -> list[Instance]:
    """The instances that a request names; None or `*` means all. One stale id refuses all."""
    if ids is None or "*" in ids:
        return [
            each for each in scale_set.sorted_instances() if each.state.provisioning != "Deleting"
        ]
    found: dict[str, Instance] = {}
    for instance_id in ids:
        member = scale_set.instance_by_id(instance_id)
        if member is None or member.state.provisioning == "Deleting":
            raise errors.instance_not_active(instance_id)
        found[member.instance_id] = member
    return list(found.values())


def outdated_instances(scale_set: ScaleSet) -> list[Instance]:
    """The instances that an upgrade of the whole set would touch: protected ones are not."""
    return [
        each for each in scale_set.sorted_instances() if _concerns(scale_set, "upgrade", each, True)
    ]


def instances_behind_newest(world: World, scale_set: ScaleSet) -> list[Instance]:
    """Those and the ones that run an older build of the model's image than there is now."""
    newest = world.resolve_build(scale_set, scale_set.state.model)
    stale_ids = {each.instance_id for each in outdated_instances(scale_set)}
    return [
        each
        for each in scale_set.sorted_instances()
        if each.instance_id in stale_ids
        or (each.state.build != newest and not _shielded(each, "upgrade"))
    ]


def _shielded(instance: Instance, kind: str) -> bool:
    protection = instance.state.protection or {}
    return kind in _PROTECTED_FROM and bool(protection.get("protectFromScaleSetActions"))


def start_action(
    world: World,
    scale_set: ScaleSet,
    kind: str,
    instances: Sequence[Instance],
    *,
    client_request_id: str | None = None,
    of_set: bool = True,
) -> tuple[Operation, list[Instance]]:
    """Starts an action; answers the operation and the instances it really touches.

    Set-wide actions pass by instances protected from them; upgrading an instance that has the
    model already does nothing. Raises a conflict if one of them is held by another operation,
    except for deletion and deallocation, which preempt it.
    """
    moment = world.now
    affected = [each for each in instances if _concerns(scale_set, kind, each, of_set)]
    if kind not in _PREEMPTING and any(each.operation for each in affected):
        raise errors.conflict()
    operation = world.start_operation(kind, scale_set)
    operation.pending = {each.instance_id for each in affected}
    world.record_effect(moment, kind, scale_set, affected, operation, client_request_id)
    if not affected:
        world.call_later(moment, _SETTLING, operation.complete)
        return operation, affected
    scale_set.bump_etag(moment)
    operation.end_callbacks.append(scale_set.bump_etag)
    world.hold_provisioning(scale_set, operation, moment, "Updating")
    for each in affected:
        _start(world, scale_set, each, operation, kind, moment)
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
    """Adds an action on `members` to an operation that exists and will wait for them too."""
    moment = operation.started if at is None else at
    operation.pending |= {each.instance_id for each in instances}
    world.record_effect(moment, kind, scale_set, instances, operation, client_request_id)
    for each in instances:
        _start(world, scale_set, each, operation, kind, moment)


def creation_seconds(world: World, scale_set: ScaleSet, instance: Instance) -> float:
    """How long a new instance will take to be there."""
    return _duration(world, scale_set, instance, "create", 1)


def _duration(world: World, scale_set: ScaleSet, instance: Instance, kind: str, turn: int) -> float:
    key = (scale_set.id.lower(), instance.instance_id, turn, kind)
    return world.random.sample(DURATIONS[kind], *key)


def _concerns(scale_set: ScaleSet, kind: str, instance: Instance, of_set: bool) -> bool:
    state = instance.state
    if of_set and _shielded(instance, kind):
        return False
    if kind == "delete":
        return state.provisioning != "Deleting"
    if kind == "upgrade":
        return not scale_set.has_latest_model(instance) or state.provisioning == "Failed"
    return True


def _start(
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
    renewed = kind in ("upgrade", "reimage", "reimageall", "create")
    build = world.resolve_build(scale_set, model) if renewed else state.build
    if kind == "rollback" and instance.previous is not None:
        model, build = instance.previous
    lag = world.faults.lag(scale_set.label, instance.instance_id)
    work = Work(
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
    SCRIPTS[kind](work)
    if not lag:
        instance.update_state(at, provisioning=provisioning, failure=None, etag=state.etag + 1)
        return

    def show(work: Work, now: float) -> None:
        etag = work.instance.state.etag + 1
        work.instance.update_state(now, provisioning=provisioning, failure=None, etag=etag)

    work.then(0.0, show)


def _preempt(world: World, instance: Instance, at: float) -> None:
    earlier = world.operations.get(instance.operation or "")
    if earlier is not None:
        text = "Operation execution has been preempted by a more recent operation."
        earlier.fail("OperationPreempted", text)
        earlier.complete(at, instance.instance_id)

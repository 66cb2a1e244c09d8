"""What the actions do to instances, step by step.

An action takes hold of its instances at once and works on all of them in parallel, each for
a time drawn around the recorded medians. Durations are in simulated seconds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vmss_tui.simulator import errors, images
from vmss_tui.simulator.instances import Instance, Model
from vmss_tui.simulator.operations import Operation
from vmss_tui.simulator.scale_set import ScaleSet
from vmss_tui.simulator.world import World

DURATIONS = {
    "upgrade": (25.0, 35.0, 60.0),
    "restart": (12.0, 26.0, 45.0),
    "start": (4.0, 6.0, 18.0),
    "poweroff": (5.0, 12.0, 36.0),
    "deallocate": (21.0, 47.0, 95.0),
    "reimage": (65.0, 72.0, 80.0),
    "reimageall": (74.0, 87.0, 90.0),
    "redeploy": (50.0, 75.0, 120.0),
    "delete": (2.0, 3.0, 10.0),
    "create": (40.0, 60.0, 110.0),
}
"""(low, median, high) by kind of action; create and redeploy are guesses."""

HEALTH_DELAY = (5.0, 10.0, 25.0)
"""From the end of an action until the health extension has made up its mind."""

_PREEMPTING = frozenset({"delete", "deallocate"})
_PROTECTED_FROM = frozenset({"upgrade", "reimage", "reimageall", "deallocate"})
_SETTLING = 0.2
"""How long an action takes that finds nothing to do."""


@dataclass(slots=True)
class Work:
    """One action on one instance, from its acceptance on."""

    world: World
    scale_set: ScaleSet
    instance: Instance
    operation: Operation
    kind: str
    model: Model
    exact_version: str | None
    duration: float
    turn: int
    at: float

    def then(self, fraction: float, step: Callable[["Work", float], None]) -> None:
        """Lets `step` happen at a fraction of the duration, unless another action took over."""

        def guarded(now: float) -> None:
            if self.instance.turn == self.turn:
                step(self, now)

        self.world.after(self.at, self.duration * fraction, guarded)


def selectable(scale_set: ScaleSet, ids: Sequence[str] | None) -> list[Instance]:
    """The instances that a request names; None or `*` means all. One stale id refuses all."""
    if ids is None or "*" in ids:
        return scale_set.members()
    found: dict[str, Instance] = {}
    for instance_id in ids:
        if instance_id not in scale_set.instances:
            raise errors.instance_not_active(instance_id)
        found[instance_id] = scale_set.instances[instance_id]
    return list(found.values())


def act(
    world: World,
    scale_set: ScaleSet,
    kind: str,
    members: Sequence[Instance],
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
    touched = [each for each in members if _concerns(scale_set, kind, each, of_set)]
    if kind not in _PREEMPTING and any(each.operation for each in touched):
        raise errors.conflict()
    operation = world.begin(kind, scale_set)
    operation.pending = {each.instance_id for each in touched}
    world.note(moment, kind, scale_set, touched, operation, client_request_id)
    if not touched:
        world.after(moment, _SETTLING, operation.settle)
        return operation, touched
    scale_set.touch(moment)
    operation.when_done.append(scale_set.touch)
    world.hold(scale_set, operation, moment, "Updating")
    for each in touched:
        _start(world, scale_set, each, operation, kind, moment)
    return operation, touched


def join(
    world: World,
    scale_set: ScaleSet,
    kind: str,
    members: Sequence[Instance],
    operation: Operation,
    client_request_id: str | None,
    *,
    at: float | None = None,
) -> None:
    """Adds an action on `members` to an operation that exists and will wait for them too."""
    moment = operation.started if at is None else at
    operation.pending |= {each.instance_id for each in members}
    world.note(moment, kind, scale_set, members, operation, client_request_id)
    for each in members:
        _start(world, scale_set, each, operation, kind, moment)


def _concerns(scale_set: ScaleSet, kind: str, instance: Instance, of_set: bool) -> bool:
    state = instance.state
    protection = state.protection or {}
    shielded = of_set and kind in _PROTECTED_FROM
    if shielded and protection.get("protectFromScaleSetActions"):
        return False
    if kind == "upgrade":
        return not scale_set.is_current(instance) or state.provisioning == "Failed"
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
    instance.turn += 1
    state = instance.state
    model = scale_set.state.model if kind == "upgrade" else state.model
    renewed = kind in ("upgrade", "reimage", "reimageall", "create")
    exact = images.resolve(model.image) if renewed else state.exact_version
    key = (scale_set.id.lower(), instance.instance_id, instance.turn, kind)
    work = Work(
        world,
        scale_set,
        instance,
        operation,
        kind,
        model,
        exact,
        world.dice.around(DURATIONS[kind], *key),
        instance.turn,
        at,
    )
    provisioning = {"delete": "Deleting", "create": "Creating"}.get(kind, "Updating")
    instance.become(at, provisioning=provisioning, failure=None, etag=state.etag + 1)
    _SCRIPTS[kind](work)


def _preempt(world: World, instance: Instance, at: float) -> None:
    earlier = world.operations.get(instance.operation or "")
    if earlier is not None:
        text = "Operation execution has been preempted by a more recent operation."
        earlier.fail("OperationPreempted", text)
        earlier.settle(at, instance.instance_id)


def _upgrade(work: Work) -> None:
    state = work.instance.state
    off = state.power == "deallocated"
    renewed = work.exact_version != state.exact_version or work.model.image != state.model.image
    if renewed and not off:
        work.then(0.2, _power("stopped"))
        work.then(0.6, _booting)
    work.then(1.0, _finish_off if off else _finish)


def _reimage(work: Work) -> None:
    work.then(0.1, _power("stopped"))
    work.then(0.6, _booting)
    work.then(1.0, _finish)


def _restart(work: Work) -> None:
    work.then(0.3, _booting)
    work.then(1.0, _finish)


def _power_on(work: Work) -> None:
    work.then(0.0, _power("starting"))
    work.then(0.5, _booting)
    work.then(1.0, _finish)


def _power_off(work: Work) -> None:
    work.then(0.0, _power("stopping"))
    work.then(1.0, _finish_stopped)


def _deallocate(work: Work) -> None:
    work.then(0.0, _power("deallocating"))
    work.then(1.0, _finish_deallocated)


def _delete(work: Work) -> None:
    work.then(1.0, _bury)


def _create(work: Work) -> None:
    work.then(0.5, _booting)
    work.then(1.0, _finish)


_SCRIPTS: dict[str, Callable[[Work], None]] = {
    "upgrade": _upgrade,
    "reimage": _reimage,
    "reimageall": _reimage,
    "restart": _restart,
    "redeploy": _reimage,
    "start": _power_on,
    "poweroff": _power_off,
    "deallocate": _deallocate,
    "delete": _delete,
    "create": _create,
}


def _power(power: str) -> Callable[[Work, float], None]:
    def step(work: Work, at: float) -> None:
        work.instance.become(at, power=power)

    return step


def _booting(work: Work, at: float) -> None:
    health = "initializing" if work.model.reports_health else None
    work.instance.become(
        at, power="running", agent="Not Ready", agent_at=at, health=health, health_at=at
    )


def _finish(work: Work, at: float) -> None:
    """The end of whatever leaves the instance running; a fault may make it fail here."""
    state = work.instance.state
    fault = work.world.faults.for_instance(
        work.scale_set.label, work.instance.instance_id, work.exact_version, work.kind
    )
    failure = fault.failure if fault else None
    changed = work.model is not state.model or work.exact_version != state.exact_version
    renewed = changed or work.kind in ("reimage", "reimageall")
    work.instance.become(
        at,
        model=work.model,
        exact_version=work.exact_version,
        disk=state.disk + renewed,
        provisioning="Failed" if failure else "Succeeded",
        failure=failure,
        settled_at=at,
        power="running",
        agent="Not Ready" if fault and fault.kind == "boot_failure" else "Ready",
        agent_at=at,
        health="initializing" if work.model.reports_health else None,
        health_at=at,
        etag=state.etag + 1,
    )
    _release(work, at, failure)
    if work.model.reports_health and not (fault and fault.kind == "boot_failure"):
        key = (work.scale_set.id.lower(), work.instance.instance_id, work.turn, "health")
        delay = work.world.dice.around(HEALTH_DELAY, *key)
        verdict = fault.verdict if fault else "healthy"
        _judge(work, at, delay, verdict, fault.period if fault else None)


def _judge(work: Work, at: float, delay: float, verdict: str, period: float | None) -> None:
    """Lets the health extension speak after `delay`; with a period it changes its mind."""

    def speak(now: float) -> None:
        if work.instance.turn != work.turn:
            return
        work.instance.become(now, health=verdict, health_at=now)
        if period is not None:
            other = "unhealthy" if verdict == "healthy" else "healthy"
            _judge(work, now, period, other, period)

    work.world.after(at, delay, speak)


def _finish_off(work: Work, at: float) -> None:
    state = work.instance.state
    work.instance.become(
        at,
        model=work.model,
        exact_version=work.exact_version,
        provisioning="Succeeded",
        settled_at=at,
        etag=state.etag + 1,
    )
    _release(work, at, None)


def _finish_stopped(work: Work, at: float) -> None:
    etag = work.instance.state.etag + 1
    work.instance.become(at, power="stopped", provisioning="Succeeded", settled_at=at, etag=etag)
    _release(work, at, None)


def _finish_deallocated(work: Work, at: float) -> None:
    etag = work.instance.state.etag + 1
    work.instance.become(
        at,
        power="deallocated",
        provisioning="Succeeded",
        settled_at=at,
        agent=None,
        health=None,
        etag=etag,
    )
    _release(work, at, None)


def _bury(work: Work, at: float) -> None:
    work.instance.deleted_at = at
    work.scale_set.instances.pop(work.instance.instance_id, None)
    work.scale_set.buried.append(work.instance)
    _release(work, at, None)


def _release(work: Work, at: float, failure: tuple[str, str] | None) -> None:
    work.instance.operation = None
    if failure is not None:
        work.operation.fail(*failure)
    work.operation.settle(at, work.instance.instance_id)

"""What becomes of an instance on the way through an action, and how it comes out of it."""

from collections.abc import Callable
from dataclasses import dataclass

from vmss_tui.simulator.behaviour import action_scripts as endings
from vmss_tui.simulator.world.instance import Instance, Model
from vmss_tui.simulator.world.operations import Operation
from vmss_tui.simulator.world.platform_images import ImageBuild
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.simulated_time import HISTORY_SECONDS
from vmss_tui.simulator.world.world import World


@dataclass(slots=True)
class Work:
    """One action on one instance, from its acceptance on."""

    world: World
    scale_set: ScaleSet
    instance: Instance
    operation: Operation
    kind: str
    model: Model
    build: ImageBuild
    duration: float
    generation: int
    at: float

    def then(self, fraction: float, step: Callable[["Work", float], None]) -> None:
        """Lets `step` happen at a fraction of the duration, unless another action took over."""

        def guarded(now: float) -> None:
            if self.instance.generation == self.generation:
                step(self, now)

        self.world.call_later(self.at, self.duration * fraction, guarded)


def _upgrade(work: Work) -> None:
    state = work.instance.state
    off = state.power == "deallocated"
    renewed = work.build != state.build or work.model.image_reference != state.model.image_reference
    if renewed and not off:
        work.then(0.2, endings.power("stopped"))
        work.then(0.6, endings.booting)
    work.then(1.0, endings.finish_off if off else endings.finish)


def _reimage(work: Work) -> None:
    work.then(0.1, endings.power("stopped"))
    work.then(0.6, endings.booting)
    work.then(1.0, endings.finish)


def _redeploy(work: Work) -> None:
    if not _no_host(work):
        _reimage(work)


def _no_host(work: Work) -> bool:
    """Lets an action fail for want of a host, if a fault says so."""
    name = (work.scale_set.label, work.instance.instance_id)
    failure = work.world.faults.allocation_failure(*name, work.kind)
    if failure is None:
        return False

    def fail(_: Work, at: float) -> None:
        work.instance.update_state(
            at,
            provisioning="Failed",
            failure=failure,
            settled_at=at,
            power="deallocated",
            agent=None,
            health=None,
            etag=work.instance.state.etag + 1,
        )
        endings.release(work, at, failure)

    work.then(0.3, fail)
    return True


def _restart(work: Work) -> None:
    work.then(0.3, endings.booting)
    work.then(1.0, endings.finish)


def _reapply(work: Work) -> None:
    """Writes the state once more; the instance notices nothing."""
    work.then(1.0, endings.settle)


def _power_on(work: Work) -> None:
    if _no_host(work):
        return
    work.then(0.0, endings.power("starting"))
    work.then(0.5, endings.booting)
    work.then(1.0, endings.finish)


def _power_off(work: Work) -> None:
    work.then(0.0, endings.power("stopping"))
    work.then(1.0, endings.finish_stopped)


def _deallocate(work: Work) -> None:
    work.then(0.0, endings.power("deallocating"))
    work.then(1.0, endings.finish_deallocated)


def _delete(work: Work) -> None:
    work.then(1.0, endings.bury)


def _create(work: Work) -> None:
    if _no_host(work):
        return
    work.then(0.5, endings.booting)
    work.then(1.0, endings.finish)


SCRIPTS: dict[str, Callable[[Work], None]] = {
    "upgrade": _upgrade,
    "rollback": _upgrade,
    "reimage": _reimage,
    "reimageall": _reimage,
    "restart": _restart,
    "redeploy": _redeploy,
    "reapply": _reapply,
    "start": _power_on,
    "poweroff": _power_off,
    "deallocate": _deallocate,
    "delete": _delete,
    "create": _create,
}
"""By kind of action; a script is called once, at the moment of acceptance."""


HEALTH_DELAY = (5.0, 10.0, 25.0)
"""From the end of an action until the health extension has made up its mind."""


def power(now: str) -> Callable[[Work, float], None]:
    """Only the power changes."""

    def step(work: Work, at: float) -> None:
        work.instance.update_state(at, power=now)

    return step


def booting(work: Work, at: float) -> None:
    """The guest comes up: nobody knows yet how it is."""
    health = "initializing" if work.model.reports_health else None
    work.instance.update_state(
        at, power="running", agent="Not Ready", agent_at=at, health=health, health_at=at
    )


def finish(work: Work, at: float) -> None:
    """The end of whatever leaves the instance running; a fault may make it fail here."""
    state = work.instance.state
    fault = work.world.faults.outcome_fault(
        work.scale_set.label, work.instance.instance_id, work.build.label, work.kind
    )
    failure = fault.failure if fault else None
    changed = work.model is not state.model or work.build != state.build
    renewed = changed or work.kind in ("reimage", "reimageall")
    work.instance.update_state(
        at,
        model=work.model,
        build=work.build,
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
    release(work, at, failure)
    if work.model.reports_health and not (fault and fault.kind == "boot_failure"):
        key = (work.scale_set.id.lower(), work.instance.instance_id, work.generation, "health")
        delay = work.world.random.sample(HEALTH_DELAY, *key)
        verdict = fault.verdict if fault else "healthy"
        _judge(work, at, delay, verdict, fault.period if fault else None)


def _judge(work: Work, at: float, delay: float, verdict: str, period: float | None) -> None:
    """Lets the health extension speak after `delay`; with a period it changes its mind."""

    def speak(now: float) -> None:
        if work.instance.generation != work.generation:
            return
        work.instance.update_state(now, health=verdict, health_at=now)
        if period is not None:
            other = "unhealthy" if verdict == "healthy" else "healthy"
            _judge(work, now, period, other, period)

    work.world.call_later(at, delay, speak)


def settle(work: Work, at: float) -> None:
    """Nothing has changed but that it was written."""
    etag = work.instance.state.etag + 1
    work.instance.update_state(at, provisioning="Succeeded", settled_at=at, etag=etag)
    release(work, at, None)


def finish_off(work: Work, at: float) -> None:
    """The end of what was done to a deallocated instance."""
    state = work.instance.state
    work.instance.update_state(
        at,
        model=work.model,
        build=work.build,
        provisioning="Succeeded",
        settled_at=at,
        etag=state.etag + 1,
    )
    release(work, at, None)


def finish_stopped(work: Work, at: float) -> None:
    """Off, its host kept."""
    etag = work.instance.state.etag + 1
    work.instance.update_state(
        at, power="stopped", provisioning="Succeeded", settled_at=at, etag=etag
    )
    release(work, at, None)


def finish_deallocated(work: Work, at: float) -> None:
    """Off, its host given back."""
    etag = work.instance.state.etag + 1
    work.instance.update_state(
        at,
        power="deallocated",
        provisioning="Succeeded",
        settled_at=at,
        agent=None,
        health=None,
        etag=etag,
    )
    release(work, at, None)


def bury(work: Work, at: float) -> None:
    """Gone; readings of the past still find it for a while."""
    work.instance.deleted_at = at
    work.scale_set.instances.pop(work.instance.instance_id, None)
    buried = work.scale_set.deleted_instances
    buried.append(work.instance)
    while buried[0].deleted_at is not None and buried[0].deleted_at < at - HISTORY_SECONDS:
        del buried[0]
    release(work, at, None)


def release(work: Work, at: float, failure: tuple[str, str] | None) -> None:
    """The instance is free for another action, and the operation knows its outcome."""
    work.instance.operation = None
    if failure is not None:
        work.operation.fail(*failure)
    work.operation.complete(at, work.instance.instance_id)

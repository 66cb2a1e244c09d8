"""What responses show of an instance: its state now, at an earlier moment, or partly behind."""

from dataclasses import dataclass, replace

from vmss_tui.simulator.world.instance import Instance, InstanceState
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.view_lag import ViewLag
from vmss_tui.simulator.world.world import World


@dataclass(frozen=True, slots=True)
class Observation:
    """An instance as a response shows it."""

    state: InstanceState
    has_latest_model: bool
    reports_health: bool
    """Whether an instance of this model may report its health; documentation is unclear."""


def observe(
    world: World, scale_set: ScaleSet, instance: Instance, as_of: float | None = None
) -> Observation:
    """An instance at `as_of` (None: now), with the lag that a fault gives to its parts."""
    lag = _active_lag(world, scale_set, instance, as_of)
    if lag is None:
        return true_observation(world, scale_set, instance, as_of)
    now = world.now if as_of is None else as_of
    latest = scale_set.has_latest_model(instance, now - lag.latest_model)
    return _observation(world, _lagging_state(instance, now, lag), latest)


def true_observation(
    world: World, scale_set: ScaleSet, instance: Instance, as_of: float | None = None
) -> Observation:
    """An instance at `as_of` (None: now), whatever the faults of views."""
    latest = scale_set.has_latest_model(instance, as_of)
    return _observation(world, instance.states.as_of(as_of), latest)


def is_behind(world: World, scale_set: ScaleSet, instance: Instance) -> bool:
    """Whether a fault makes the instance's view now differ from its current state."""
    return _active_lag(world, scale_set, instance, None) is not None


def _observation(world: World, state: InstanceState, latest: bool) -> Observation:
    return Observation(state, latest, world.outdated_report_health or latest)


def _active_lag(
    world: World, scale_set: ScaleSet, instance: Instance, as_of: float | None
) -> ViewLag | None:
    """The lag, or None where nothing has changed for so long that it makes no difference."""
    if not world.faults.view_lags:
        return None
    lag = world.faults.view_lag(world.random, scale_set.label, instance.instance_id)
    now = world.now if as_of is None else as_of
    changed_at = max(instance.states.since, scale_set.states.since)
    return lag if lag is not None and changed_at > now - lag.longest else None


def _lagging_state(instance: Instance, now: float, lag: ViewLag) -> InstanceState:
    """A state of which each part is as it was some seconds before `now`."""
    states = instance.states
    model, power = states.as_of(now - lag.model), states.as_of(now - lag.power)
    provisioning, health = states.as_of(now - lag.provisioning), states.as_of(now - lag.health)
    return replace(
        states.as_of(now),
        model=model.model,
        build=model.build,
        disk=model.disk,
        provisioning=provisioning.provisioning,
        failure=provisioning.failure,
        settled_at=provisioning.settled_at,
        power=power.power,
        agent=power.agent,
        agent_at=power.agent_at,
        health=health.health,
        health_at=health.health_at,
    )

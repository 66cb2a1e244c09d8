"""More instances, fewer instances. New ids go on after the highest ever used."""

from vmss_tui.simulator import images, lifecycle
from vmss_tui.simulator.instances import Instance, Model, State, base36
from vmss_tui.simulator.operations import Operation
from vmss_tui.simulator.scale_set import ScaleSet
from vmss_tui.simulator.timeline import Timeline
from vmss_tui.simulator.world import World


def make(
    world: World,
    scale_set: ScaleSet,
    at: float,
    *,
    model: Model | None = None,
    exact_version: str | None = None,
) -> Instance:
    """A settled, healthy instance of `model` (None: the set's) with the next id."""
    number = scale_set.next_number
    scale_set.next_number += 1
    model = model or scale_set.state.model
    zone, group, update_domain, fault_domain = scale_set.domain_for(number)
    prefix = model.profile.get("osProfile", {}).get("computerNamePrefix", scale_set.name)
    state = State(
        model=model,
        exact_version=exact_version or images.resolve(model.image),
        settled_at=at,
        agent_at=at,
        health="healthy" if model.reports_health else None,
        health_at=at,
        tags=dict(scale_set.state.body.get("tags", {})),
    )
    key = scale_set.id.lower()
    instance = Instance(
        number=number,
        name=f"{scale_set.name}_{number}",
        computer_name=f"{prefix}{base36(number)}",
        vm_id=world.dice.guid("vm", key, number),
        created_at=at,
        placement_group=world.dice.guid("placement group", key, group),
        update_domain=update_domain,
        fault_domain=fault_domain,
        zone=zone,
        states=Timeline(at, state),
    )
    scale_set.instances[instance.instance_id] = instance
    return instance


def scale(
    world: World, scale_set: ScaleSet, operation: Operation, client_request_id: str | None
) -> int:
    """Brings the set to its capacity within `operation`; answers how many instances it touches."""
    at = operation.started
    living = [each for each in scale_set.members() if each.state.provisioning != "Deleting"]
    missing = scale_set.state.capacity - len(living)
    if missing > 0:
        made = [make(world, scale_set, at) for _ in range(missing)]
        for each in made:
            each.become(at, power="starting", agent=None, health=None, etag=1)
        lifecycle.join(world, scale_set, "create", made, operation, client_request_id)
    elif missing < 0:
        chosen = _victims(scale_set, living, -missing)
        lifecycle.join(world, scale_set, "delete", chosen, operation, client_request_id)
    return abs(missing)


def _victims(scale_set: ScaleSet, living: list[Instance], count: int) -> list[Instance]:
    """Whom scale-in removes: the fullest zone and fault domain first, then the highest id.

    Policies other than Default order by age. Protected instances stay.
    """
    rules = scale_set.state.properties.get("scaleInPolicy", {}).get("rules", ["Default"])
    left = [each for each in living if not (each.state.protection or {}).get("protectFromScaleIn")]
    chosen: list[Instance] = []
    while left and len(chosen) < count:
        counts: dict[tuple[str | None, int], int] = {}
        for each in left:
            key = (each.zone, each.fault_domain)
            counts[key] = counts.get(key, 0) + 1
        if "OldestVM" in rules:
            victim = min(left, key=lambda each: (each.created_at, each.number))
        elif "NewestVM" in rules:
            victim = max(left, key=lambda each: (each.created_at, each.number))
        else:
            victim = max(left, key=lambda each: (counts[each.zone, each.fault_domain], each.number))
        left.remove(victim)
        chosen.append(victim)
    return chosen

"""More instances, fewer instances. New ids go on after the highest ever used."""

import math

from vmss_tui.simulator.behaviour.actions import add_action, creation_seconds
from vmss_tui.simulator.world.instance import Instance, InstanceState, Model, base36
from vmss_tui.simulator.world.operations import Operation
from vmss_tui.simulator.world.platform_images import ImageBuild
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.simulated_time import Timeline
from vmss_tui.simulator.world.world import World


def create_instance(
    world: World,
    scale_set: ScaleSet,
    at: float,
    *,
    model: Model | None = None,
    build: ImageBuild | None = None,
    zone: str | None = None,
) -> Instance:
    """A settled, healthy instance of `model` (None: the set's) with the next id."""
    number = scale_set.next_instance_number
    scale_set.next_instance_number += 1
    model = model or scale_set.state.model
    emptiest, group, update_domain, fault_domain = scale_set.placement_for(number)
    prefix = model.profile.get("osProfile", {}).get("computerNamePrefix", scale_set.name)
    state = InstanceState(
        model=model,
        build=build or world.resolve_build(scale_set, model),
        settled_at=at,
        agent_at=at,
        health="healthy" if model.reports_health else None,
        health_at=at,
        tags=dict(scale_set.state.body.get("tags", {})),
    )
    key = scale_set.id.lower()
    ending = world.random.hex(8, "machine", key, number) if scale_set.flexible else str(number)
    name = f"{scale_set.name}_{ending}"
    instance = Instance(
        number=number,
        instance_id=name if scale_set.flexible else str(number),
        name=name,
        computer_name=f"{prefix}{base36(number)}",
        vm_id=world.random.guid("vm", key, number),
        created_at=at,
        placement_group=world.random.guid("placement group", key, group),
        update_domain=update_domain,
        fault_domain=fault_domain,
        zone=zone or emptiest,
        states=Timeline(at, state),
    )
    scale_set.instances[instance.instance_id] = instance
    return instance


def scale_to_capacity(
    world: World,
    scale_set: ScaleSet,
    operation: Operation,
    client_request_id: str | None,
    zone: str | None = None,
) -> int:
    """Brings the set to its capacity within `operation`; answers how many instances it touches.

    New instances go into `zone` where one is named.
    """
    at = operation.started
    living = [
        each
        for each in scale_set.sorted_instances()
        if each.state.provisioning != "Deleting" and not each.overprovisioned
    ]
    missing = scale_set.state.capacity - len(living)
    if missing > 0:
        extra = _surplus(missing) if scale_set.state.properties.get("overprovision") else 0
        made = [create_instance(world, scale_set, at, zone=zone) for _ in range(missing + extra)]
        for each in made:
            each.update_state(at, power="starting", agent=None, health=None, etag=1)
        made.sort(key=lambda each: (creation_seconds(world, scale_set, each), each.number))
        add_action(world, scale_set, "create", made[:missing], operation, client_request_id)
        if extra:
            _let_go(world, scale_set, operation, made[missing:], client_request_id)
        return missing + extra
    if missing < 0:
        chosen = _victims(scale_set, living, -missing)
        add_action(world, scale_set, "delete", chosen, operation, client_request_id)
    return abs(missing)


def _surplus(missing: int) -> int:
    """How many more than asked are begun with overprovisioning: 2 for 2, 3 for 5 (recorded)."""
    return min(1 + math.ceil(missing * 0.4), max(3, math.ceil(missing * 0.2)))


def _let_go(
    world: World,
    scale_set: ScaleSet,
    operation: Operation,
    surplus: list[Instance],
    client_request_id: str | None,
) -> None:
    """Begins the slowest too, and deletes them once the others are there: ids get holes."""
    for each in surplus:
        each.overprovisioned = True
    begun = world.start_operation("overprovision", scale_set, operation.started)
    add_action(world, scale_set, "create", surplus, begun, client_request_id)

    def delete(at: float) -> None:
        left = [each for each in surplus if each.deleted_at is None]
        ended = world.start_operation("overprovision", scale_set, at)
        add_action(world, scale_set, "delete", left, ended, None, at=at)
        if not left:
            ended.complete(at)

    operation.end_callbacks.append(delete)


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

"""Changes of capacity: new instances and scale-in. New numbers follow the highest ever used."""

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
    attached_as: str | None = None,
) -> Instance:
    """Adds a running, healthy instance of `model` (None: the set's) with the next number.

    `attached_as` is the name of a virtual machine that existed before it joined a Flexible set.
    """
    number = scale_set.next_instance_number
    scale_set.next_instance_number += 1
    model = model or scale_set.state.model
    emptiest_zone, group, update_domain, fault_domain = scale_set.placement_for(number)
    prefix = model.profile.get("osProfile", {}).get("computerNamePrefix", scale_set.name)
    state = InstanceState(
        model=model,
        build=build or world.resolve_build(scale_set, model),
        settled_at=at,
        agent_at=at,
        health="healthy" if model.reports_health else None,
        health_at=at,
        tags=dict(scale_set.state.body.get("tags", {})),
        size=_mixed_size(scale_set, model, number),
    )
    key = scale_set.id.lower()
    suffix = world.random.hex(8, "machine", key, number) if scale_set.flexible else str(number)
    name = attached_as or f"{scale_set.name}_{suffix}"
    instance = Instance(
        number=number,
        instance_id=name if scale_set.flexible else str(number),
        name=name,
        computer_name=attached_as or f"{prefix}{base36(number)}",
        vm_id=world.random.guid("vm", key, number),
        created_at=at,
        placement_group=_placement_group(world, scale_set, group),
        update_domain=update_domain,
        fault_domain=fault_domain,
        zone=zone or emptiest_zone,
        states=Timeline(at, state),
    )
    scale_set.instances[instance.instance_id] = instance
    return instance


def _placement_group(world: World, scale_set: ScaleSet, group: int) -> str:
    if group not in scale_set.placement_groups:
        guid = world.random.guid("placement group", scale_set.id.lower(), group)
        scale_set.placement_groups[group] = guid
    return scale_set.placement_groups[group]


def _mixed_size(scale_set: ScaleSet, model: Model, number: int) -> str:
    """The size of a new instance of a model with several: the instances share them evenly."""
    sizes = scale_set.state.properties.get("skuProfile", {}).get("vmSizes", [])
    return str(sizes[number % len(sizes)]["name"]) if model.is_mix and sizes else ""


def scale_to_capacity(
    world: World,
    scale_set: ScaleSet,
    operation: Operation,
    client_request_id: str | None,
    zone: str | None = None,
) -> int:
    """Creates or deletes instances up to the capacity, as parts of `operation`.

    Returns the number of affected instances. New ones go into `zone`, where it is given.
    """
    at = operation.started
    existing = [
        instance
        for instance in scale_set.sorted_instances()
        if instance.state.provisioning != "Deleting" and not instance.overprovisioned
    ]
    missing = scale_set.state.capacity - len(existing)
    if missing > 0:
        overprovision = scale_set.state.properties.get("overprovision")
        extra = _overprovision_count(missing) if overprovision else 0
        created = [create_instance(world, scale_set, at, zone=zone) for _ in range(missing + extra)]
        for instance in created:
            instance.update_state(at, power="starting", agent=None, health=None, etag=1)
        created.sort(key=lambda item: (creation_seconds(world, scale_set, item), item.number))
        add_action(world, scale_set, "create", created[:missing], operation, client_request_id)
        if extra:
            _overprovision(world, scale_set, operation, created[missing:], client_request_id)
        return missing + extra
    if missing < 0:
        surplus = _select_surplus(scale_set, existing, -missing)
        add_action(world, scale_set, "delete", surplus, operation, client_request_id)
    return abs(missing)


def _overprovision_count(missing: int) -> int:
    """How many instances are created above the capacity: 2 for 2, 3 for 5 (recorded)."""
    return min(1 + math.ceil(missing * 0.4), max(3, math.ceil(missing * 0.2)))


def _overprovision(
    world: World,
    scale_set: ScaleSet,
    operation: Operation,
    extra: list[Instance],
    client_request_id: str | None,
) -> None:
    """Creates the extra instances and deletes them when `operation` ends: ids get gaps."""
    for instance in extra:
        instance.overprovisioned = True
    creation = world.start_operation("overprovision", scale_set, operation.started)
    add_action(world, scale_set, "create", extra, creation, client_request_id)

    def delete_extra(at: float) -> None:
        existing = [instance for instance in extra if instance.deleted_at is None]
        deletion = world.start_operation("overprovision", scale_set, at)
        add_action(world, scale_set, "delete", existing, deletion, None, at=at)
        if not existing:
            deletion.complete(at)

    operation.end_callbacks.append(delete_extra)


def _select_surplus(scale_set: ScaleSet, existing: list[Instance], count: int) -> list[Instance]:
    """The instances that scale-in deletes: highest id in the fullest zone and fault domain first.

    Policies other than Default order by age. Instances protected from scale-in are not selected.
    """
    rules = scale_set.state.properties.get("scaleInPolicy", {}).get("rules", ["Default"])
    remaining = [
        instance
        for instance in existing
        if not (instance.state.protection or {}).get("protectFromScaleIn")
    ]
    selected: list[Instance] = []
    while remaining and len(selected) < count:
        counts: dict[tuple[str | None, int], int] = {}
        for instance in remaining:
            key = (instance.zone, instance.fault_domain)
            counts[key] = counts.get(key, 0) + 1
        if "OldestVM" in rules:
            surplus = min(remaining, key=lambda item: (item.created_at, item.number))
        elif "NewestVM" in rules:
            surplus = max(remaining, key=lambda item: (item.created_at, item.number))
        else:
            surplus = max(
                remaining, key=lambda item: (counts[item.zone, item.fault_domain], item.number)
            )
        remaining.remove(surplus)
        selected.append(surplus)
    return selected

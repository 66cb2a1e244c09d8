"""Builds the world of a scenario: subscriptions, groups, scale sets and their instances."""

from vmss_tui.simulator.behaviour.automatic_os_upgrade import schedule_os_upgrade_checks
from vmss_tui.simulator.behaviour.model_write import model_from_body
from vmss_tui.simulator.behaviour.scaling import create_instance
from vmss_tui.simulator.behaviour.spot_eviction import inject_fault
from vmss_tui.simulator.scenarios.attached_machines import add_attached_machine
from vmss_tui.simulator.scenarios.other_operators import start_operator
from vmss_tui.simulator.scenarios.resource_bodies import resource_body
from vmss_tui.simulator.scenarios.spec import GallerySpec, ScaleSetSpec, Scenario
from vmss_tui.simulator.world.custom_images import (
    Gallery,
    GalleryImage,
    GalleryVersion,
    ManagedImage,
)
from vmss_tui.simulator.world.instance import Instance
from vmss_tui.simulator.world.scale_set import ScaleSet, ScaleSetState
from vmss_tui.simulator.world.simulated_time import Clock, Timeline
from vmss_tui.simulator.world.world import World

_DAY = 86_400.0


def populate(
    scenario: Scenario, seed: int, clock: Clock, *, throttling: bool, page_size: int | None
) -> World:
    """The world of a scenario at its start; `page_size` overrides the scenario's."""
    size = scenario.page_size if page_size is None else page_size
    world = World(seed, clock, throttling=throttling, page_size=size)
    world.outdated_report_health = scenario.outdated_report_health
    for number, title in enumerate(scenario.subscriptions):
        world.subscriptions[world.random.guid("subscription", number)] = title
    ids = list(world.subscriptions)
    for image in scenario.images:
        world.add_group(ids[0], image.group, image.location)
        managed = ManagedImage(ids[0], image.group, image.name, image.location, image.os)
        world.library.add(managed)
    for gallery in scenario.galleries:
        world.add_group(ids[0], gallery.group, gallery.location)
        world.library.add(_gallery(world, ids[0], gallery))
    for spec in scenario.sets:
        _add_scale_set(world, ids[spec.subscription], spec)
    for fault in scenario.faults:
        inject_fault(world, fault)
    for schedule in scenario.operators:
        start_operator(world, schedule)
    return world


def _gallery(world: World, subscription: str, spec: GallerySpec) -> Gallery:
    versions = tuple(
        GalleryVersion(
            name.lstrip("!-"),
            (number - len(spec.versions)) * 14 * _DAY,
            ("northeurope",) if name.startswith("!") else _regions(spec, name),
            exclude_from_latest=name.startswith("-"),
        )
        for number, name in enumerate(spec.versions)
    )
    image = GalleryImage(spec.image, spec.os, ("contoso", spec.image, "standard"), versions)
    unique = f"{subscription}-{spec.name.upper()}"
    public = f"{spec.name}-{world.random.guid('public gallery', spec.name)}"
    return Gallery(subscription, spec.group, spec.name, spec.location, unique, public, (image,))


def _regions(spec: GallerySpec, version: str) -> tuple[str, ...]:
    regions = spec.regions or (spec.location, "westus")
    is_newest = version == spec.versions[-1]
    return tuple(name for name in regions if not (is_newest and name in spec.late_regions))


def _add_scale_set(world: World, subscription: str, spec: ScaleSetSpec) -> None:
    world.add_group(subscription, spec.group, spec.location)
    body = resource_body(subscription, spec, spec.version)
    outdated_body = resource_body(subscription, spec, spec.outdated_version)
    created = -30 * _DAY
    model = model_from_body(body, 2)
    state = ScaleSetState(body, model, 4, spec.provisioning, -_DAY, spec.failure)
    scale_set = ScaleSet(
        subscription,
        spec.group,
        spec.name,
        spec.location,
        unique_id=world.random.guid("set", subscription, spec.group, spec.name),
        created_at=created,
        states=Timeline(created, state),
    )
    world.add_scale_set(scale_set)
    schedule_os_upgrade_checks(world, scale_set)
    outdated_model = model_from_body(outdated_body, 1)
    outdated_build = world.resolve_build(scale_set, outdated_model) if spec.capacity else None
    for _ in range(spec.capacity):
        create_instance(world, scale_set, created, model=outdated_model, build=outdated_build)
    selected = _select_share(world, scale_set, spec.current_share)
    build = world.resolve_build(scale_set, model) if selected else None
    for instance in selected:
        instance.update_state(created, model=model, build=build)
    by_number = {instance.number: instance for instance in scale_set.instances.values()}
    for number, changes in spec.states.items():
        by_number[number].update_state(created, **changes)
    for machine in spec.attached:
        add_attached_machine(world, scale_set, machine)


def _select_share(world: World, scale_set: ScaleSet, share: float) -> list[Instance]:
    """A random selection with the same share of every domain."""
    if not share:
        return []
    domains: dict[tuple[str | None, str, int], list[Instance]] = {}
    for instance in scale_set.sorted_instances():
        key = (instance.zone, instance.placement_group, instance.update_domain)
        domains.setdefault(key, []).append(instance)
    selected: list[Instance] = []
    for instances in domains.values():
        instances.sort(
            key=lambda item: world.random.fraction("current", scale_set.name, item.number)
        )
        selected += instances[: round(share * len(instances))]
    return selected

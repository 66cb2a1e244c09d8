"""Brings a scenario to life: subscriptions, groups, scale sets and their instances."""

from vmss_tui.simulator.behaviour import automatic_os_upgrade as automatic_os
from vmss_tui.simulator.behaviour import scaling
from vmss_tui.simulator.behaviour import spot_eviction as faulting
from vmss_tui.simulator.behaviour.model_write import model_of
from vmss_tui.simulator.scenarios import other_operators as habits
from vmss_tui.simulator.scenarios.resource_bodies import body_of
from vmss_tui.simulator.scenarios.spec import GallerySpec, Scenario, ScaleSetSpec
from vmss_tui.simulator.world.custom_images import (
    Gallery,
    GalleryImage,
    GalleryVersion,
    ManagedImage,
)
from vmss_tui.simulator.world.instance import Instance
from vmss_tui.simulator.world.scale_set import ScaleSet, SetState
from vmss_tui.simulator.world.simulated_time import Clock, Timeline
from vmss_tui.simulator.world.world import World

_DAY = 86_400.0


def populate(
    scenario: Scenario, seed: int, clock: Clock, *, throttling: bool, page_size: int | None
) -> World:
    """The world of a scenario at its first moment."""
    pages = scenario.page_size if page_size is None else page_size
    world = World(seed, clock, throttling=throttling, page_size=pages)
    world.outdated_report_health = scenario.stale_health
    for number, title in enumerate(scenario.subscriptions):
        world.subscriptions[world.dice.guid("subscription", number)] = title
    ids = list(world.subscriptions)
    for image in scenario.images:
        world.add_group(ids[0], image.group, image.location)
        managed = ManagedImage(ids[0], image.group, image.name, image.location, image.os)
        world.library.add(managed)
    for gallery in scenario.galleries:
        world.add_group(ids[0], gallery.group, gallery.location)
        world.library.add(_gallery(world, ids[0], gallery))
    for spec in scenario.sets:
        _add(world, ids[spec.subscription], spec)
    for fault in scenario.faults:
        faulting.add(world, fault)
    for habit in scenario.habits:
        habits.begin(world, habit)
    return world


def _gallery(world: World, subscription: str, spec: GallerySpec) -> Gallery:
    versions = tuple(
        GalleryVersion(
            name.lstrip("!-"),
            (number - len(spec.versions)) * 14 * _DAY,
            ("northeurope",) if name.startswith("!") else (spec.location, "westus"),
            exclude_from_latest=name.startswith("-"),
        )
        for number, name in enumerate(spec.versions)
    )
    image = GalleryImage(spec.image, spec.os, ("contoso", spec.image, "standard"), versions)
    unique = f"{subscription}-{spec.name.upper()}"
    public = f"{spec.name}-{world.dice.guid('public gallery', spec.name)}"
    return Gallery(subscription, spec.group, spec.name, spec.location, unique, public, (image,))


def _add(world: World, subscription: str, spec: ScaleSetSpec) -> None:
    world.add_group(subscription, spec.group, spec.location)
    body = body_of(subscription, spec, spec.version)
    old = body_of(subscription, spec, spec.outdated_version)
    created = -30 * _DAY
    scale_set = ScaleSet(
        subscription,
        spec.group,
        spec.name,
        spec.location,
        unique_id=world.dice.guid("set", subscription, spec.group, spec.name),
        created_at=created,
        states=Timeline(created, SetState(body, model_of(body, 2), 4, "Succeeded", -_DAY)),
    )
    world.add(scale_set)
    automatic_os.watch(world, scale_set)
    stale_model, model = model_of(old, 1), scale_set.state.model
    for _ in range(spec.capacity):
        scaling.make(world, scale_set, created, model=stale_model)
    for instance in _chosen(world, scale_set, spec.current_share):
        build = world.build(scale_set, model)
        instance.become(created, model=model, build=build)
    for number, changes in spec.states.items():
        instance = scale_set.instances[str(number)]
        instance.become(created, **changes)


def _chosen(world: World, scale_set: ScaleSet, share: float) -> list[Instance]:
    """That share of every domain, picked by chance."""
    domains: dict[tuple[str | None, str, int], list[Instance]] = {}
    for each in scale_set.members():
        key = (each.zone, each.placement_group, each.update_domain)
        domains.setdefault(key, []).append(each)
    chosen: list[Instance] = []
    for members in domains.values():
        members.sort(key=lambda each: world.dice.fraction("current", scale_set.name, each.number))
        chosen += members[: round(share * len(members))]
    return chosen

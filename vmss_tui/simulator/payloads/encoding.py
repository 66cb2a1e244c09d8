"""Instances as JSON bytes, cached for each state, and pages assembled from them."""

from collections.abc import Iterable

import msgspec

from vmss_tui.simulator.payloads.flexible_vm import machine_body, stub_body
from vmss_tui.simulator.payloads.instance import instance_body, selected_instance_body
from vmss_tui.simulator.payloads.observation import Observation, is_behind, observe
from vmss_tui.simulator.world.instance import Instance
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.world import World


def encode_instance(
    world: World,
    scale_set: ScaleSet,
    instance: Instance,
    as_of: float | None,
    *,
    expand: bool,
    select: bool = False,
    machine: bool = False,
) -> bytes:
    """The JSON of one instance; cached unless it shows a past state or lags behind.

    For a Flexible set it is a stub, or with `machine` the virtual machine.
    """
    shape = "machine" if machine else "stub" if scale_set.flexible else "instance"
    if as_of is not None or is_behind(world, scale_set, instance):
        observation = observe(world, scale_set, instance, as_of)
        return _encode(scale_set, instance, observation, shape, expand, select)
    key = (shape, expand, select)
    version = (instance.states.revision, scale_set.has_latest_model(instance))
    cached = instance.encoded_bodies.get(key)
    if cached is None or cached[0] != version:
        observation = observe(world, scale_set, instance)
        cached = (version, _encode(scale_set, instance, observation, shape, expand, select))
        instance.encoded_bodies[key] = cached
    return cached[1]


def encode_page(items: Iterable[bytes], next_link: str | None) -> bytes:
    """The body of a list response; the items are JSON already."""
    tail = b"" if next_link is None else b',"nextLink":' + msgspec.json.encode(next_link)
    return b'{"value":[' + b",".join(items) + b"]" + tail + b"}"


def _encode(
    scale_set: ScaleSet,
    instance: Instance,
    observation: Observation,
    shape: str,
    expand: bool,
    select: bool,
) -> bytes:
    if shape == "stub":
        return msgspec.json.encode(stub_body(scale_set, instance))
    if shape == "machine":
        return msgspec.json.encode(machine_body(scale_set, instance, observation, expand=expand))
    body = instance_body(scale_set, instance, observation, expand=expand or select)
    return msgspec.json.encode(
        selected_instance_body(scale_set, instance, body) if select else body
    )

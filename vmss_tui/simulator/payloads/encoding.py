"""Instances as JSON bytes, cached for each state, and pages assembled from them."""

from collections.abc import Iterable

import msgspec

from vmss_tui.simulator.payloads.flexible_vm import machine_body, stub_body
from vmss_tui.simulator.payloads.instance import instance_body, selected_instance_body
from vmss_tui.simulator.world.instance import Instance
from vmss_tui.simulator.world.scale_set import ScaleSet


def encode_instance(
    scale_set: ScaleSet,
    instance: Instance,
    moment: float | None,
    *,
    expand: bool,
    select: bool = False,
    machine: bool = False,
    outdated_report_health: bool = True,
) -> bytes:
    """The JSON of one instance; cached unless it is of a past `moment`.

    For a Flexible set it is a stub, or with `machine` the virtual machine.
    """
    shape = "machine" if machine else "stub" if scale_set.flexible else "instance"
    if moment is not None:
        return _encode(scale_set, instance, moment, shape, expand, select, outdated_report_health)
    key = (shape, expand, select)
    version = (instance.states.revision, scale_set.has_latest_model(instance))
    cached = instance.encoded_bodies.get(key)
    if cached is None or cached[0] != version:
        body = _encode(scale_set, instance, None, shape, expand, select, outdated_report_health)
        cached = (version, body)
        instance.encoded_bodies[key] = cached
    return cached[1]


def encode_page(items: Iterable[bytes], next_link: str | None) -> bytes:
    """The body of a list response; the items are JSON already."""
    tail = b"" if next_link is None else b',"nextLink":' + msgspec.json.encode(next_link)
    return b'{"value":[' + b",".join(items) + b"]" + tail + b"}"


def _encode(
    scale_set: ScaleSet,
    instance: Instance,
    moment: float | None,
    shape: str,
    expand: bool,
    select: bool,
    outdated_report_health: bool,
) -> bytes:
    if shape == "stub":
        return msgspec.json.encode(stub_body(scale_set, instance))
    if shape == "machine":
        body = machine_body(
            scale_set,
            instance,
            moment,
            expand=expand,
            outdated_report_health=outdated_report_health,
        )
        return msgspec.json.encode(body)
    body = instance_body(
        scale_set,
        instance,
        moment,
        expand=expand or select,
        outdated_report_health=outdated_report_health,
    )
    return msgspec.json.encode(
        selected_instance_body(scale_set, instance, body) if select else body
    )

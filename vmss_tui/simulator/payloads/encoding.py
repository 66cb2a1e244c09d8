"""Instances as JSON bytes, built once for every state they are in, and pages joined from them."""

from collections.abc import Iterable

import msgspec

from vmss_tui.simulator.payloads import flexible_vm as machine_payloads
from vmss_tui.simulator.payloads import scale_set as payloads
from vmss_tui.simulator.world.instance import Instance
from vmss_tui.simulator.world.scale_set import ScaleSet


def encoded(
    scale_set: ScaleSet,
    member: Instance,
    moment: float | None,
    *,
    expand: bool,
    select: bool = False,
    machine: bool = False,
    stale_health: bool = True,
) -> bytes:
    """One instance; from its cache unless a stale answer is asked for.

    A Flexible set tells its instances as stubs; `machine` asks for the virtual machine instead.
    """
    shape = "machine" if machine else "stub" if scale_set.flexible else "instance"
    if moment is not None:
        return _build(scale_set, member, moment, shape, expand, select, stale_health)
    key = (shape, expand, select)
    stamp = (member.states.revision, scale_set.is_current(member))
    cached = member.encoded.get(key)
    if cached is None or cached[0] != stamp:
        cached = (stamp, _build(scale_set, member, None, shape, expand, select, stale_health))
        member.encoded[key] = cached
    return cached[1]


def page(items: Iterable[bytes], next_link: str | None) -> bytes:
    """A list answer of items that are JSON already."""
    tail = b"" if next_link is None else b',"nextLink":' + msgspec.json.encode(next_link)
    return b'{"value":[' + b",".join(items) + b"]" + tail + b"}"


def _build(
    scale_set: ScaleSet,
    member: Instance,
    moment: float | None,
    shape: str,
    expand: bool,
    select: bool,
    stale_health: bool,
) -> bytes:
    if shape == "stub":
        return msgspec.json.encode(machine_payloads.stub(scale_set, member))
    if shape == "machine":
        body = machine_payloads.machine(
            scale_set, member, moment, expand=expand, stale_health=stale_health
        )
        return msgspec.json.encode(body)
    full = payloads.instance(
        scale_set, member, moment, expand=expand or select, stale_health=stale_health
    )
    return msgspec.json.encode(payloads.selected(scale_set, member, full) if select else full)

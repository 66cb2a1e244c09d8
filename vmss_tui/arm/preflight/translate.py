"""Translates what is checked before the first write. Every text is cleaned here."""

import re
from collections.abc import Iterable

from vmss_tui.arm.preflight.wire import (
    GrantWire,
    PairWire,
    PlanWire,
    ReplicatedWire,
    RequirementWire,
    ResourceSkuWire,
    UsageWire,
)
from vmss_tui.arm.wire.decode import InvalidJson
from vmss_tui.fleet.preflight.facts import (
    Grant,
    ImageTraits,
    Replication,
    ReplicationState,
    SizeTraits,
    Usage,
)
from vmss_tui.text import cell

_STATES = {str(state).lower(): state for state in ReplicationState}
_MACHINES = "virtualmachines"
_GENERATIONS = ("V1", "V2")
_ARCHITECTURES = {"x64": "x64", "arm64": "Arm64"}
_ACTION = re.compile(r"[A-Za-z0-9*][A-Za-z0-9*./_\-]{0,299}")


def translate_image(wire: RequirementWire, *, has_features: bool) -> ImageTraits:
    """What an image requires. `has_features`: one without a security feature supports none, unless
    it has features that are not understood."""
    properties = wire.properties
    if properties is None:
        return ImageTraits(security_known=False)
    features = _pairs(properties.features)
    return ImageTraits(
        generation=_generation(properties.hyper_v_generation or ""),
        architecture=_ARCHITECTURES.get((properties.architecture or "").lower(), ""),
        security=features.get("securitytype", ""),
        plan=_plan(properties.plan or properties.purchase_plan),
        security_known=(has_features or properties.features is not None)
        and all(name.isascii() and name.isalnum() for name in features),
    )


def translate_replication(wire: ReplicatedWire) -> Replication:
    """The state in each region."""
    status = wire.properties.replication_status if wire.properties else None
    states: dict[str, tuple[ReplicationState, int | None]] = {}
    for entry in (status.summary if status else None) or ():
        if entry is not None and entry.region:
            state = _STATES.get((entry.state or "").lower(), ReplicationState.UNKNOWN)
            region = cell(entry.region, 60).replace(" ", "").lower()
            states[region] = (state, entry.progress)
    return Replication(states)


def translate_size(wire: ResourceSkuWire) -> SizeTraits | None:
    """A VM size; None for the SKU of another resource."""
    if (wire.resource_type or "").lower() != _MACHINES or not wire.name:
        return None
    capabilities = _pairs(wire.capabilities)
    generations = capabilities.get("hypervgenerations", "").split(",")
    cores = capabilities.get("vcpus", "")
    return SizeTraits(
        name=cell(wire.name, 80),
        family=cell(wire.family or "", 80),
        cores=int(cores) if cores.isascii() and cores.isdigit() and len(cores) < 6 else None,
        generations=tuple(filter(None, map(_generation, generations))),
        architecture=_ARCHITECTURES.get(capabilities.get("cpuarchitecturetype", "").lower(), ""),
        trusted_launch=capabilities.get("trustedlaunchdisabled", "").lower() != "true",
        confidential=bool(capabilities.get("confidentialcomputingtype", "")),
        restriction=_location_restriction(wire),
        closed_zones=_closed_zones(wire),
    )


def translate_usage(wire: UsageWire) -> Usage | None:
    """A quota; None for an entry without a name or numbers."""
    name = wire.name
    if name is None or not name.value or wire.limit is None or wire.current_value is None:
        return None
    title = cell(name.localized_value or name.value, 80)
    return Usage(cell(name.value, 80), title, wire.current_value, wire.limit)


def translate_grant(wire: GrantWire) -> Grant:
    """The actions of one role assignment. Raises `InvalidJson` for what is no pattern of actions:
    nothing is concluded from a list that is understood in part."""
    for value in (*(wire.actions or ()), *(wire.not_actions or ())):
        if not _ACTION.fullmatch(value):
            raise InvalidJson(f"{value[:60]!a} is no action")
    return Grant(tuple(wire.actions or ()), tuple(wire.not_actions or ()))


def _generation(value: str) -> str:
    """`V1` or `V2`; empty for what this program does not know."""
    name = value.strip().upper()
    return name if name in _GENERATIONS else ""


def _pairs(entries: Iterable[PairWire | None] | None) -> dict[str, str]:
    """Name in lower case -> value."""
    return {
        entry.name.lower(): cell(entry.value or "", 100)
        for entry in entries or ()
        if entry is not None and entry.name
    }


def _plan(wire: PlanWire | None) -> str:
    if wire is None:
        return ""
    parts = (wire.publisher, wire.product, wire.name)
    return "/".join(cell(part, 100) for part in parts if part)


def _location_restriction(wire: ResourceSkuWire) -> str:
    for entry in wire.restrictions or ():
        if entry is not None and (entry.type or "").lower() == "location":
            return cell(entry.reason_code or "restricted", 60)
    return ""


def _closed_zones(wire: ResourceSkuWire) -> tuple[str, ...]:
    zones: list[str] = []
    for entry in wire.restrictions or ():
        if entry is not None and (entry.type or "").lower() == "zone" and entry.restriction_info:
            zones += [cell(zone, 10) for zone in entry.restriction_info.zones or ()]
    return tuple(dict.fromkeys(zones))

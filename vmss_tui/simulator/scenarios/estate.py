"""The scenario `estate`: what a large company runs, 300 scale sets in twelve subscriptions."""

from collections.abc import Iterator

from vmss_tui.simulator.scenarios.owned_sets import AKS_NODE
from vmss_tui.simulator.scenarios.parts import (
    DEALLOCATED,
    DEBIAN,
    FAILED,
    GALLERY_IMAGE_ID,
    NOBLE,
    STOPPED,
    UBUNTU_OS,
    UNHEALTHY,
    WINDOWS_SERVER,
)
from vmss_tui.simulator.scenarios.spec import JAMMY, GallerySpec, ScaleSetSpec, Scenario

_UNITS = ("retail", "payments", "logistics", "media")
_STAGES = ("production", "staging", "canary")
_REGIONS = ("eastus", "westeurope", "northeurope", "westus", "eastus2", "australiaeast")
_ROLES = ("web", "api", "worker", "cache", "search")
_INSTANCES = 20_000
_WEIGHTS = {
    "production": (40, 24, 16, 10, 6),
    "staging": (8, 6, 4, 3, 2),
    "canary": (2, 1, 1, 1, 1),
}
"""By the position of the region: the first is the home of the unit."""
_JAMMY = (JAMMY, "22.04.202511010", "22.04.202510010")
_IMAGES = {
    "web": _JAMMY,
    "api": (NOBLE, "24.04.202511020", "24.04.202510010"),
    "worker": _JAMMY,
    "cache": (DEBIAN, "0.20251006.2257", "0.20250814.2204"),
    "search": (WINDOWS_SERVER, "20348.4294.251009", "20348.2655.240810"),
}
_SHARES = {"production": (0.0, 0.2, 0.0, 1.0), "staging": (0.5, 1.0), "canary": (1.0,)}
_GALLERY_VERSIONS = ("1.4.0", "1.5.0", "1.6.0")


def _sets() -> tuple[ScaleSetSpec, ...]:
    places = [
        (unit, stage, role, region)
        for unit in range(len(_UNITS))
        for stage in range(len(_STAGES))
        for role in range(len(_ROLES))
        for region in range(len(_ROLES))
    ]
    weights = [_WEIGHTS[_STAGES[stage]][region] for _, stage, _, region in places]
    capacities = [max(2, _INSTANCES * weight // sum(weights)) for weight in weights]
    capacities[0] += _INSTANCES - sum(capacities)
    return tuple(
        _scale_set(number, *place, capacity)
        for number, (place, capacity) in enumerate(zip(places, capacities, strict=True))
    )


def _scale_set(
    number: int, unit: int, stage: int, role: int, region: int, capacity: int
) -> ScaleSetSpec:
    unit_name, stage_name, role_name = _UNITS[unit], _STAGES[stage], _ROLES[role]
    location = _REGIONS[(unit + region) % len(_REGIONS)]
    end = "" if stage_name == "production" else f"-{stage_name}"
    image: tuple[str, str, str] | str
    image, version, outdated = _IMAGES[role_name]
    if role_name == "cache" and stage_name == "staging":
        version = "latest"
    if unit_name == "retail" and stage_name == "production" and role_name == "api":
        image, version, outdated = GALLERY_IMAGE_ID.replace("web-windows", "api"), "1.5.0", "1.4.0"
    is_node = role_name == "search" and stage_name == "staging"
    shares = _SHARES[stage_name]
    return ScaleSetSpec(
        f"MC_{unit_name}_{location}" if is_node else f"{unit_name}-{role_name}{end}-rg",
        f"pool-{location}-{number:03}-vmss" if is_node else f"{role_name}-{location}{end}",
        capacity,
        image=image,
        version=version,
        outdated_version=outdated,
        current_share=shares[number % len(shares)],
        location=location,
        mode="Rolling" if role_name == "search" else "Automatic" if number % 37 == 8 else "Manual",
        single_placement_group=capacity <= 100,
        flexible=role_name == "worker",
        windows=False,
        extensions=(AKS_NODE,) if is_node else (),
        subscription=unit * len(_STAGES) + stage,
        states=dict(_states(number, capacity)),
        tags={"aks-managed-poolName": "nodes"} if is_node else {
            "unit": unit_name, "role": role_name, "stage": stage_name,
        },
    )  # fmt: skip


def _states(number: int, capacity: int) -> Iterator[tuple[int, dict[str, object]]]:
    """A few failed, unhealthy, stopped and deallocated instances in every seventh set."""
    if number % 7 == 3 and capacity > 8:
        yield 1, FAILED
        yield 3, UNHEALTHY
        yield 4, STOPPED
        yield 5, DEALLOCATED


ESTATE = Scenario(
    "estate",
    "Three hundred scale sets in twelve subscriptions",
    "/ filters: behind tag:role=web; i lists the image versions in use",
    "Four units with three stages each, twenty thousand instances in six regions. The list is "
    "read from Azure's index, which is up to a minute behind. One subscription cannot be read, "
    "and the newest gallery image has no replica in Australia East.",
    _sets(),
    subscriptions=tuple(
        f"Contoso {unit.title()} {stage.title()}" for unit in _UNITS for stage in _STAGES
    ),
    faults=({"refuse": "unreadable", "subscription": "Contoso Media Canary"},),
    galleries=(
        GallerySpec(
            "images-rg",
            "contoso",
            "api",
            UBUNTU_OS,
            _GALLERY_VERSIONS,
            regions=_REGIONS,
            late_regions=("australiaeast",),
        ),
    ),
)

"""The handlers of VM sizes and of quota usage. The sizes are the same in every region."""

from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.exchange import PathParameters, Request, Response, json_response
from vmss_tui.simulator.world.custom_images import REGIONS
from vmss_tui.simulator.world.world import World

SIZES = {
    "Standard_B1ls": ("standardBSFamily", 1, 0.5),
    "Standard_B1ms": ("standardBSFamily", 1, 2),
    "Standard_B1s": ("standardBSFamily", 1, 1),
    "Standard_B2s": ("standardBSFamily", 2, 4),
    "Standard_D2as_v4": ("standardDASv4Family", 2, 8),
    "Standard_D2as_v5": ("standardDASv5Family", 2, 8),
    "Standard_D2s_v5": ("standardDSv5Family", 2, 8),
    "Standard_D4s_v5": ("standardDSv5Family", 4, 16),
    "Standard_D8s_v5": ("standardDSv5Family", 8, 32),
    "Standard_DS1_v2": ("standardDSv2Family", 1, 3.5),
    "Standard_E4s_v5": ("standardESv5Family", 4, 32),
}
"""VM size → family, cores, memory in GB."""
_LIMIT = 5000
"""The quota of cores for each family in a region."""


def list_resource_skus(world: World, request: Request, parameters: PathParameters) -> Response:
    """VM sizes by region, or with `$filter=location eq '...'` those of one region."""
    world.find_subscription(parameters["sub"])
    regions = {place for _, place in world.groups.values()} | set(REGIONS)
    location = request.query.get("$filter", "").lower().partition("location eq ")[2].strip(" '")
    values = [_sku(world, size, region) for region in sorted(regions) for size in SIZES]
    if location:
        values = [value for value in values if value["locations"] == [location]]
    return json_response(200, {"value": values})


def list_usages(world: World, request: Request, parameters: PathParameters) -> Response:
    """The usage of each quota by a subscription in a region."""
    subscription = world.find_subscription(parameters["sub"])
    location = parameters["location"].replace(" ", "").lower()
    sets = [
        scale_set
        for scale_set in world.scale_sets.values()
        if (scale_set.subscription, scale_set.location) == (subscription, location)
    ]
    used: dict[str, int] = {}
    machines = spot = 0
    for scale_set in sets:
        for instance in scale_set.sorted_instances():
            family, cores, _ = SIZES.get(instance.state.vm_size, ("other", 0, 0))
            is_spot = instance.state.model.profile.get("priority") == "Spot"
            spot += cores if is_spot else 0
            used[family] = used.get(family, 0) + (0 if is_spot else cores)
            machines += 1
    families = sorted({family for family, _, _ in SIZES.values()})
    values = [
        _usage("cores", "Total Regional vCPUs", sum(used.values()), 4 * _LIMIT),
        _usage("lowPriorityCores", "Total Regional Low-priority vCPUs", spot, 4 * _LIMIT),
        _usage("virtualMachines", "Virtual Machines", machines, 25_000),
        _usage("virtualMachineScaleSets", "Virtual Machine Scale Sets", len(sets), 2_500),
        *(_usage(family, f"{family} vCPUs", used.get(family, 0), _LIMIT) for family in families),
    ]
    for usage in values:
        limit = world.eligibility.limits.get((location, usage["name"]["value"].lower()))
        usage["limit"] = usage["limit"] if limit is None else limit
    return json_response(200, {"value": values})


def _sku(world: World, size: str, region: str) -> Json:
    settings = world.eligibility
    family, cores, memory = SIZES[size]
    zones = ["1", "2", "3"]
    capabilities = {
        "vCPUs": str(cores),
        "MemoryGB": str(memory),
        "HyperVGenerations": "V1,V2",
        "CpuArchitectureType": "x64",
        "LowPriorityCapable": "True",
        **settings.capabilities.get(size.lower(), {}),
    }
    return {
        "resourceType": "virtualMachines",
        "name": size,
        "tier": "Standard",
        "size": size.partition("_")[2],
        "family": family,
        "locations": [region],
        "locationInfo": [{"location": region, "zones": zones, "zoneDetails": []}],
        "capabilities": [{"name": name, "value": value} for name, value in capabilities.items()],
        "restrictions": settings.restrictions.get(size.lower(), []),
    }


def _usage(name: str, title: str, current: int, limit: int) -> Json:
    return {
        "limit": limit,
        "unit": "Count",
        "currentValue": current,
        "name": {"value": name, "localizedValue": title},
    }

"""The compute service as a resource provider: its resource types, regions and api-versions.

The types and their versions up to July 2024 are recorded (`provider-metadata-compute-2024`); the
later ones are those that the Azure SDK names.
"""

from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.world.custom_images import REGIONS

COMPUTE = "Microsoft.Compute"

_RECENT = ("2026-04-01", "2025-11-01", "2025-04-01", "2024-11-01")
_COMMON = (
    *("2024-07-01", "2024-03-01", "2023-09-01", "2023-07-01", "2023-03-01", "2022-11-01"),
    *("2022-08-01", "2022-03-01", "2021-11-01", "2021-07-01", "2021-04-01", "2021-03-01"),
    *("2020-12-01", "2020-06-01", "2019-12-01", "2019-07-01", "2019-03-01", "2018-10-01"),
    *("2018-06-01", "2018-04-01", "2017-12-01"),
)
_MACHINES = (
    *(*_RECENT, *_COMMON, "2017-10-30-preview", "2017-03-30", "2016-08-30"),
    *("2016-04-30-preview", "2016-03-30", "2015-06-15", "2015-05-01-preview"),
)
_GALLERIES = (
    *("2026-03-03", "2025-03-03", "2024-03-03", "2023-07-03", "2022-08-03", "2022-03-03"),
    *("2022-01-03", "2021-10-01", "2021-07-01", "2021-03-01", "2020-09-30", "2019-12-01"),
    *("2019-07-01", "2019-03-01", "2018-06-01"),
)
_IMAGES = (*(*_RECENT, *_COMMON, "2017-03-30", "2016-08-30", "2016-04-30-preview"),)
API_VERSIONS: dict[str, tuple[str, ...]] = {
    "virtualMachineScaleSets": _MACHINES,
    "virtualMachineScaleSets/virtualMachines": _MACHINES,
    "virtualMachines": _MACHINES,
    "locations": _MACHINES,
    "locations/operations": _MACHINES,
    "locations/usages": tuple(name for name in _MACHINES if name != "2017-10-30-preview"),
    "locations/publishers": _MACHINES,
    "galleries": _GALLERIES,
    "galleries/images": _GALLERIES,
    "galleries/images/versions": _GALLERIES,
    "images": _IMAGES,
}
"""Resource type → its api-versions, newest first."""

_ZONES = {"eastus": ("1", "2", "3"), "westeurope": ("1", "2", "3")}
_EDGE_ZONES = {"westus": ("microsoftlosangeles1",)}
_PROFILE = {"profileVersion": "2017-03-09-profile", "apiVersion": "2016-03-30"}


def supported_versions(kind: str, newest: str) -> list[str]:
    """The versions of a resource type up to `newest` (empty: all), newest first.

    A type below a known one, such as `virtualMachineScaleSets/networkInterfaces`, has its versions.
    """
    types = {name.lower(): versions for name, versions in API_VERSIONS.items()}
    key = kind.lower()
    while key not in types and "/" in key:
        key = key.rpartition("/")[0]
    versions = types.get(key, _MACHINES)
    return [name for name in versions if not newest or name[:10] <= newest]


def provider_body(subscription: str, namespace: str, *, registered: bool, newest: str) -> Json:
    """A resource provider; only the compute service has resource types."""
    is_compute = namespace.lower() == COMPUTE.lower()
    return {
        "id": f"/subscriptions/{subscription}/providers/{namespace}",
        "namespace": COMPUTE if is_compute else namespace,
        "resourceTypes": [_type_body(kind, newest) for kind in API_VERSIONS] if is_compute else [],
        "registrationState": "Registered" if registered else "NotRegistered",
        "registrationPolicy": "RegistrationRequired",
    }


def _type_body(kind: str, newest: str) -> Json:
    versions = supported_versions(kind, newest)
    body: Json = {
        "resourceType": kind,
        "locations": list(REGIONS.values()),
        "apiVersions": versions,
        "defaultApiVersion": next((name for name in versions if name <= "2022-03-01"), ""),
        "apiProfiles": [_PROFILE],
        "capabilities": "SupportsTags, SupportsLocation" if "/" not in kind else "None",
    }
    if kind in ("virtualMachineScaleSets", "virtualMachines"):
        body["zoneMappings"] = [
            {"location": REGIONS[region], "zones": list(zones)} for region, zones in _ZONES.items()
        ]
        body["locationMappings"] = [
            {"location": REGIONS[region], "type": "EdgeZone", "extendedLocations": list(zones)}
            for region, zones in _EDGE_ZONES.items()
        ]
    return body

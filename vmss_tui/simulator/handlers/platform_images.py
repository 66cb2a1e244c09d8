"""The handlers of the platform image catalogue, of regions and of Edge Zones.

Bare arrays without paging; ids in Azure's case.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from vmss_tui.simulator import errors
from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.exchange import PathParameters, Request, Response, json_response
from vmss_tui.simulator.world.platform_images import (
    PLATFORM_CATALOGUE,
    ImageSku,
    find_sku,
    matching_key,
    offered_versions,
)
from vmss_tui.simulator.world.world import World


def list_publishers(world: World, request: Request, parameters: PathParameters) -> Response:
    """All publishers."""
    base = _base(world, parameters)
    return json_response(200, _entries(parameters, base, PLATFORM_CATALOGUE))


def list_offers(world: World, request: Request, parameters: PathParameters) -> Response:
    """A publisher's offers."""
    base = f"{_base(world, parameters)}/{parameters['publisher']}/ArtifactTypes/VMImage/Offers"
    return json_response(
        200, _entries(parameters, base, _find_entries(PLATFORM_CATALOGUE, parameters["publisher"]))
    )


def list_skus(world: World, request: Request, parameters: PathParameters) -> Response:
    """An offer's SKUs."""
    names = _find_entries(
        _find_entries(PLATFORM_CATALOGUE, parameters["publisher"]), parameters["offer"]
    )
    base = (
        f"{_base(world, parameters)}/{parameters['publisher']}/ArtifactTypes/VMImage/Offers/"
        f"{parameters['offer']}/Skus"
    )
    properties = {"automaticOSUpgradeProperties": {"automaticOSUpgradeSupported": False}}
    return json_response(
        200, [{"properties": properties, **entry} for entry in _entries(parameters, base, names)]
    )


def list_versions(world: World, request: Request, parameters: PathParameters) -> Response:
    """An SKU's versions, sorted by name as text; with `$top`, `$orderby` and `$expand`."""
    sku = _find_sku(parameters)
    names = sorted(offered_versions(sku, parameters.get("zone")))
    if request.query.get("$orderby", "").lower().startswith("name desc"):
        names.reverse()
    top = request.query.get("$top", "")
    if top:
        if not top.isdecimal() or len(top) > 9:
            raise errors.invalid_parameter("The value of parameter $top is invalid.", "$top")
        names = names[: int(top)]
    entries = _entries(parameters, _versions_base(world, parameters), names)
    if request.query.get("$expand", "").lower().startswith("properties"):
        entries = [
            {
                "properties": _version_properties(sku, entry["name"]),
                "extendedLocation": None,
                **entry,
            }
            for entry in entries
        ]
    return json_response(200, entries)


def get_version(world: World, request: Request, parameters: PathParameters) -> Response:
    """One version."""
    sku = _find_sku(parameters)
    requested = parameters["version"]
    versions = offered_versions(sku, parameters.get("zone"))
    name = versions[-1] if requested.lower() == "latest" else requested
    if name not in versions:
        urn = ":".join((parameters["publisher"], parameters["offer"], parameters["sku"], requested))
        raise errors.image_not_found(urn)
    properties: Json = {
        "hyperVGeneration": sku.os.generation,
        "architecture": "x64",
        "replicaType": "Unmanaged",
        "disallowed": {"vmDiskType": "None"},
        "automaticOSUpgradeProperties": {"automaticOSUpgradeSupported": True},
        "imageDeprecationStatus": {"imageState": _image_state(sku, name)},
        "features": [
            *_security_feature(sku),
            {"name": "IsAcceleratedNetworkSupported", "value": "True"},
            {"name": "DiskControllerTypes", "value": "SCSI, NVMe"},
            {"name": "IsHibernateSupported", "value": "True"},
        ],
        "osDiskImage": {"operatingSystem": sku.os.kind, "sizeInBytes": 32213303808},
        "dataDiskImages": [],
    }
    if plan := world.eligibility.plans.get(_family(parameters)):
        properties["plan"] = plan
    entry = _entries(parameters, _versions_base(world, parameters), [name])[0]
    return json_response(200, {"properties": properties, **entry})


def _family(parameters: PathParameters) -> str:
    return ":".join(parameters[key].lower() for key in ("publisher", "offer", "sku"))


def _security_feature(sku: ImageSku) -> list[Json]:
    """Recorded (`vmimage-version-get-features-2026`) for generation 2 only."""
    if sku.os.generation != "V2":
        return []
    return [{"name": "SecurityType", "value": "TrustedLaunchSupported"}]


def _version_properties(sku: ImageSku, name: str) -> Json:
    return {
        "imageDeprecationStatus": {
            "imageState": _image_state(sku, name),
            "scheduledDeprecationTime": "2027-03-31T00:00:00+00:00"
            if name in sku.scheduled
            else None,
        },
        "hyperVGeneration": sku.os.generation,
        "architecture": "x64",
        "replicaType": "Unmanaged",
        "replicaCount": None,
        "goLiveDate": None,
    }


def _image_state(sku: ImageSku, name: str) -> str:
    if name in sku.deprecated:
        return "Deprecated"
    return "ScheduledForDeprecation" if name in sku.scheduled else "Active"


def _base(world: World, parameters: PathParameters) -> str:
    subscription = world.find_subscription(parameters["sub"])
    place = unquote(parameters["location"])
    if "zone" in parameters:
        place += f"/EdgeZones/{parameters['zone']}"
    return f"/Subscriptions/{subscription}/Providers/Microsoft.Compute/Locations/{place}/Publishers"


def _versions_base(world: World, parameters: PathParameters) -> str:
    return (
        f"{_base(world, parameters)}/{parameters['publisher']}/ArtifactTypes/VMImage/Offers/"
        f"{parameters['offer']}/Skus/{parameters['sku']}/Versions"
    )


def _entries(parameters: PathParameters, base: str, names: Iterable[str]) -> list[Json]:
    location = parameters["location"]
    return [{"location": location, "name": name, "id": f"{base}/{name}"} for name in names]


def _find_entries(catalogue: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    key = matching_key(name, catalogue)
    if key is None:
        raise errors.ArmError(404, "NotFound", f"Artifact: {name} was not found.")
    entries: Mapping[str, Any] = catalogue[key]
    return entries


def _find_sku(parameters: PathParameters) -> ImageSku:
    sku = find_sku(parameters["publisher"], parameters["offer"], parameters["sku"])
    if sku is None:
        raise errors.ArmError(
            404, "NotFound", f"Artifact: VMImage was not found: {parameters['sku']}."
        )
    return sku

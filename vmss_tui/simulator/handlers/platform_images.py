"""The handlers of the image catalogue: bare arrays, ids with Azure's capitals, no paging."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from vmss_tui.simulator import errors
from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.exchange import Call, Reply, json_reply
from vmss_tui.simulator.handlers.scale_set_reads import Params
from vmss_tui.simulator.world.platform_images import PLATFORM, Sku, find_sku, fold
from vmss_tui.simulator.world.world import World


def publishers(world: World, call: Call, params: Params) -> Reply:
    """All publishers."""
    base = _base(world, params)
    return json_reply(200, _entries(params, base, PLATFORM))


def offers(world: World, call: Call, params: Params) -> Reply:
    """A publisher's offers."""
    base = f"{_base(world, params)}/{params['publisher']}/ArtifactTypes/VMImage/Offers"
    return json_reply(200, _entries(params, base, _named(PLATFORM, params["publisher"])))


def skus(world: World, call: Call, params: Params) -> Reply:
    """An offer's SKUs."""
    names = _named(_named(PLATFORM, params["publisher"]), params["offer"])
    base = (
        f"{_base(world, params)}/{params['publisher']}/ArtifactTypes/VMImage/Offers/"
        f"{params['offer']}/Skus"
    )
    properties = {"automaticOSUpgradeProperties": {"automaticOSUpgradeSupported": False}}
    return json_reply(
        200, [{"properties": properties, **each} for each in _entries(params, base, names)]
    )


def versions(world: World, call: Call, params: Params) -> Reply:
    """An SKU's versions, sorted by name as text; `$top`, `$orderby` and `$expand` are served."""
    sku = _sku(params)
    names = sorted(sku.versions)
    if call.query.get("$orderby", "").lower().startswith("name desc"):
        names.reverse()
    top = call.query.get("$top", "")
    if top:
        if not top.isdecimal() or len(top) > 9:
            raise errors.invalid("The value of parameter $top is invalid.", "$top")
        names = names[: int(top)]
    entries = _entries(params, _versions_base(world, params), names)
    if call.query.get("$expand", "").lower().startswith("properties"):
        entries = [
            {"properties": _brief(sku, each["name"]), "extendedLocation": None, **each}
            for each in entries
        ]
    return json_reply(200, entries)


def version(world: World, call: Call, params: Params) -> Reply:
    """One version."""
    sku = _sku(params)
    wanted = params["version"]
    name = sku.versions[-1] if wanted.lower() == "latest" else wanted
    if name not in sku.versions:
        urn = ":".join((params["publisher"], params["offer"], params["sku"], wanted))
        raise errors.image_not_found(urn)
    properties = {
        "hyperVGeneration": sku.os.generation,
        "architecture": "x64",
        "replicaType": "Unmanaged",
        "disallowed": {"vmDiskType": "None"},
        "automaticOSUpgradeProperties": {"automaticOSUpgradeSupported": True},
        "imageDeprecationStatus": {"imageState": _image_state(sku, name)},
        "features": [
            {"name": "IsAcceleratedNetworkSupported", "value": "True"},
            {"name": "DiskControllerTypes", "value": "SCSI, NVMe"},
            {"name": "IsHibernateSupported", "value": "True"},
        ],
        "osDiskImage": {"operatingSystem": sku.os.kind, "sizeInBytes": 32213303808},
        "dataDiskImages": [],
    }
    entry = _entries(params, _versions_base(world, params), [name])[0]
    return json_reply(200, {"properties": properties, **entry})


def _brief(sku: Sku, name: str) -> Json:
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


def _image_state(sku: Sku, name: str) -> str:
    if name in sku.deprecated:
        return "Deprecated"
    return "ScheduledForDeprecation" if name in sku.scheduled else "Active"


def _base(world: World, params: Params) -> str:
    subscription = world.known_subscription(params["sub"])
    return (
        f"/Subscriptions/{subscription}/Providers/Microsoft.Compute/Locations/"
        f"{unquote(params['location'])}/Publishers"
    )


def _versions_base(world: World, params: Params) -> str:
    return (
        f"{_base(world, params)}/{params['publisher']}/ArtifactTypes/VMImage/Offers/"
        f"{params['offer']}/Skus/{params['sku']}/Versions"
    )


def _entries(params: Params, base: str, names: Iterable[str]) -> list[Json]:
    location = params["location"]
    return [{"location": location, "name": name, "id": f"{base}/{name}"} for name in names]


def _named(within: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    key = fold(name, within)
    if key is None:
        raise errors.ArmError(404, "NotFound", f"Artifact: {name} was not found.")
    found: Mapping[str, Any] = within[key]
    return found


def _sku(params: Params) -> Sku:
    sku = find_sku(params["publisher"], params["offer"], params["sku"])
    if sku is None:
        raise errors.ArmError(404, "NotFound", f"Artifact: VMImage was not found: {params['sku']}.")
    return sku

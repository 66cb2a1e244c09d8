"""The bodies of customer images: managed images, galleries, image definitions, versions.

Recorded: `managed-image-put`, `managed-images-list-rg`, `galleries-list-rg`,
`gallery-images-list`, `gallery-image-versions-list`.
"""

from collections.abc import Iterable

from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.world.custom_images import (
    REGIONS,
    Gallery,
    GalleryImage,
    GalleryVersion,
    ManagedImage,
)
from vmss_tui.simulator.world.simulated_time import timestamp
from vmss_tui.simulator.world.world import World

_COMPUTE = "Microsoft.Compute"


def managed_image_body(world: World, image: ManagedImage) -> Json:
    """A managed image; its disk has no size until it has been created."""
    group = f"/subscriptions/{image.subscription}/resourceGroups/{image.group}/providers/{_COMPUTE}"
    source: Json = image.properties.get("sourceVirtualMachine") or {
        "id": f"{group}/virtualMachines/{image.name}-builder"
    }
    builder = str(source.get("id", "")).rsplit("/", 1)[-1]
    disk = f"{builder}_OsDisk_1_{world.random.hex(32, 'image', image.id.lower())}"
    storage: Json = image.properties.get("storageProfile") or {}
    os_disk: Json = {
        "osType": image.os.kind,
        "osState": "Generalized",
        "diskSizeGB": image.os.size,
        "managedDisk": {"id": f"{group}/disks/{disk}"},
        "caching": "ReadWrite",
        "storageAccountType": "Premium_LRS",
        **(storage.get("osDisk") or {}),
    }
    if image.provisioning == "Creating":
        del os_disk["diskSizeGB"]
    return {
        "name": image.name,
        "id": image.id,
        "type": f"{_COMPUTE}/images",
        "location": image.location,
        "tags": image.tags,
        "properties": {
            "sourceVirtualMachine": source,
            "storageProfile": {"osDisk": os_disk, "dataDisks": [], **_without_os_disk(storage)},
            "provisioningState": image.provisioning,
            "hyperVGeneration": image.properties.get("hyperVGeneration", image.os.generation),
        },
    }


def _without_os_disk(storage: Json) -> Json:
    return {key: value for key, value in storage.items() if key != "osDisk"}


def gallery_body(gallery: Gallery) -> Json:
    """A gallery."""
    return {
        "name": gallery.name,
        "id": gallery.id,
        "type": f"{_COMPUTE}/galleries",
        "location": gallery.location,
        "properties": {
            "identifier": {"uniqueName": gallery.unique_name},
            "provisioningState": "Succeeded",
        },
    }


def image_definition_body(gallery: Gallery, image: GalleryImage) -> Json:
    """An image definition."""
    publisher, offer, sku = image.identifier
    return {
        "name": image.name,
        "id": f"{gallery.id}/images/{image.name}",
        "type": f"{_COMPUTE}/galleries/images",
        "location": gallery.location,
        "tags": {},
        "properties": {
            "hyperVGeneration": image.os.generation,
            "architecture": "x64",
            "osType": image.os.kind,
            "osState": "Generalized",
            "identifier": {"publisher": publisher, "offer": offer, "sku": sku},
            **_features(image),
            "provisioningState": "Succeeded",
        },
    }


def _features(image: GalleryImage) -> Json:
    if image.os.generation != "V2":
        return {}
    return {"features": [{"name": "SecurityType", "value": "TrustedLaunchSupported"}]}


def replication_body(world: World, version_id: str, regions: Iterable[str]) -> Json:
    """`replicationStatus`, which a version has only with `$expand=ReplicationStatus`."""
    summary = []
    for region in regions:
        state, progress = world.eligibility.replica(version_id, region)
        name = REGIONS.get(region, region)
        summary.append({"region": name, "state": state, "details": "", "progress": progress})
    states = {entry["state"] for entry in summary}
    total = next((s for s in ("Failed", "Unknown") if s in states), "Completed")
    return {
        "aggregatedState": "InProgress" if "Replicating" in states else total,
        "summary": summary,
    }


def image_version_body(gallery: Gallery, image: GalleryImage, version: GalleryVersion) -> Json:
    """A version of an image definition; regions have their display names."""
    regions = [
        {
            "name": REGIONS.get(region, region),
            "regionalReplicaCount": 1,
            "storageAccountType": "Standard_LRS",
            **_encryption(version.encryption_set),
        }
        for region in version.regions
    ]
    group = f"/subscriptions/{gallery.subscription}/resourceGroups/{gallery.group}"
    source = f"{group}/providers/{_COMPUTE}/images/{image.name}-{version.name}"
    return {
        "name": version.name,
        "id": f"{gallery.id}/images/{image.name}/versions/{version.name}",
        "type": f"{_COMPUTE}/galleries/images/versions",
        "location": gallery.location,
        "tags": {},
        "properties": {
            "publishingProfile": {
                "targetRegions": regions,
                "replicaCount": 1,
                "excludeFromLatest": version.exclude_from_latest,
                "publishedDate": timestamp(version.published),
                "storageAccountType": "Standard_LRS",
            },
            "storageProfile": {
                "source": {"id": source},
                "osDiskImage": {
                    "sizeInGB": image.os.size,
                    "hostCaching": "ReadWrite",
                    "source": {},
                },
                "dataDiskImages": [{"lun": 0, "sizeInGB": 10, "hostCaching": "None"}],
            },
            "safetyProfile": {
                "reportedForPolicyViolation": False,
                "allowDeletionOfReplicatedLocations": False,
            },
            "provisioningState": "Succeeded",
        },
    }


def _encryption(encryption_set: str | None) -> Json:
    if encryption_set is None:
        return {}
    os_disk = {"securityProfile": {}, "diskEncryptionSetId": encryption_set}
    data_disk = {"lun": 0, "diskEncryptionSetId": encryption_set}
    return {"encryption": {"osDiskImage": os_disk, "dataDiskImages": [data_disk]}}


def with_upper_case_group(body: Json, group: str) -> Json:
    """A copy with the resource group of its id in capitals, as in Azure's lists."""
    written, capitals = f"/resourceGroups/{group}/", f"/resourceGroups/{group.upper()}/"
    return {**body, "id": body["id"].replace(written, capitals)}

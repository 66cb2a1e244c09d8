"""The handlers of galleries that are shared directly, or published to the community.

Requests have a region, and responses only what is replicated there ("Shared Gallery Image
Versions - List", "Community Gallery Image Versions - List").
"""

from vmss_tui.simulator import errors
from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.exchange import PathParameters, Request, Response, json_response
from vmss_tui.simulator.world.custom_images import Gallery, GalleryImage, GalleryVersion
from vmss_tui.simulator.world.simulated_time import timestamp
from vmss_tui.simulator.world.world import World


def get_definition(world: World, request: Request, parameters: PathParameters) -> Response:
    """One image definition, with the properties that other subscriptions can read."""
    gallery, image = _find_definition(world, parameters)
    publisher, offer, sku = image.identifier
    properties = {
        "osType": image.os.kind,
        "osState": "Generalized",
        "hyperVGeneration": image.os.generation,
        "architecture": "x64",
        "identifier": {"publisher": publisher, "offer": offer, "sku": sku},
    }
    return json_response(
        200, _entry_body(parameters, gallery, image.name, f"/Images/{image.name}", properties)
    )


def list_versions(world: World, request: Request, parameters: PathParameters) -> Response:
    """The versions that are replicated to the region."""
    gallery, image = _find_definition(world, parameters)
    versions = [version for version in image.versions if _location(parameters) in version.regions]
    return json_response(
        200, {"value": [_version_body(parameters, gallery, image, version) for version in versions]}
    )


def _version_body(
    parameters: PathParameters, gallery: Gallery, image: GalleryImage, version: GalleryVersion
) -> Json:
    properties = {
        "publishedDate": timestamp(version.published),
        "excludeFromLatest": version.exclude_from_latest,
        "storageProfile": {"osDiskImage": {"diskSizeGB": image.os.size, "hostCaching": "None"}},
    }
    suffix = f"/Images/{image.name}/Versions/{version.name}"
    return _entry_body(parameters, gallery, version.name, suffix, properties)


def _entry_body(
    parameters: PathParameters, gallery: Gallery, name: str, suffix: str, properties: Json
) -> Json:
    kind = "SharedGalleries" if parameters["kind"] == "shared" else "CommunityGalleries"
    shared_name = gallery.unique_name if parameters["kind"] == "shared" else gallery.public_name
    return {
        "name": name,
        "location": _location(parameters),
        "identifier": {"uniqueId": f"/{kind}/{shared_name}{suffix}"},
        "properties": properties,
    }


def _find_definition(world: World, parameters: PathParameters) -> tuple[Gallery, GalleryImage]:
    world.find_subscription(parameters["sub"])
    requested_name = parameters["gallery"].lower()
    for gallery in world.library.galleries.values():
        shared_name = gallery.unique_name if parameters["kind"] == "shared" else gallery.public_name
        if (
            shared_name.lower() == requested_name
            and (image := gallery.image(parameters["image"])) is not None
        ):
            return gallery, image
    raise errors.entity_not_found()


def _location(parameters: PathParameters) -> str:
    return parameters["location"].replace(" ", "").lower()

"""The handlers of galleries that others published: shared by name, or to the community.

They are asked by region and tell only what is replicated there ("Shared Gallery Image Versions -
List", "Community Gallery Image Versions - List"); what is not there is a 404.
"""

from vmss_tui.simulator import errors
from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.exchange import PathParameters, Request, Response, json_response
from vmss_tui.simulator.world.custom_images import Gallery, GalleryImage, GalleryVersion
from vmss_tui.simulator.world.simulated_time import timestamp
from vmss_tui.simulator.world.world import World


def get_definition(world: World, request: Request, parameters: PathParameters) -> Response:
    """One image definition as others see it."""
    gallery, image = _image(world, parameters)
    publisher, offer, sku = image.identifier
    properties = {
        "osType": image.os.kind,
        "osState": "Generalized",
        "hyperVGeneration": image.os.generation,
        "architecture": "x64",
        "identifier": {"publisher": publisher, "offer": offer, "sku": sku},
    }
    return json_response(
        200, _entry(parameters, gallery, image.name, f"/Images/{image.name}", properties)
    )


def list_versions(world: World, request: Request, parameters: PathParameters) -> Response:
    """The versions that the region can use."""
    gallery, image = _image(world, parameters)
    here = [each for each in image.versions if _location(parameters) in each.regions]
    return json_response(
        200, {"value": [_version(parameters, gallery, image, each) for each in here]}
    )


def _version(
    parameters: PathParameters, gallery: Gallery, image: GalleryImage, found: GalleryVersion
) -> Json:
    properties = {
        "publishedDate": timestamp(found.published),
        "excludeFromLatest": found.exclude_from_latest,
        "storageProfile": {"osDiskImage": {"diskSizeGB": image.os.size, "hostCaching": "None"}},
    }
    below = f"/Images/{image.name}/Versions/{found.name}"
    return _entry(parameters, gallery, found.name, below, properties)


def _entry(
    parameters: PathParameters, gallery: Gallery, name: str, below: str, properties: Json
) -> Json:
    kind = "SharedGalleries" if parameters["kind"] == "shared" else "CommunityGalleries"
    known_as = gallery.unique_name if parameters["kind"] == "shared" else gallery.public_name
    return {
        "name": name,
        "location": _location(parameters),
        "identifier": {"uniqueId": f"/{kind}/{known_as}{below}"},
        "properties": properties,
    }


def _image(world: World, parameters: PathParameters) -> tuple[Gallery, GalleryImage]:
    world.find_subscription(parameters["sub"])
    wanted = parameters["gallery"].lower()
    for each in world.library.galleries.values():
        known_as = each.unique_name if parameters["kind"] == "shared" else each.public_name
        if known_as.lower() == wanted and (image := each.image(parameters["image"])) is not None:
            return each, image
    raise errors.entity_not_found()


def _location(parameters: PathParameters) -> str:
    return parameters["location"].replace(" ", "").lower()

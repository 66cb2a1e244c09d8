"""The handlers of galleries that others published: shared by name, or to the community.

They are asked by region and tell only what is replicated there ("Shared Gallery Image Versions -
List", "Community Gallery Image Versions - List"); what is not there is a 404.
"""

from vmss_tui.simulator import errors
from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.exchange import Call, Reply, json_reply
from vmss_tui.simulator.handlers.scale_set_reads import Params
from vmss_tui.simulator.world.custom_images import Gallery, GalleryImage, GalleryVersion
from vmss_tui.simulator.world.simulated_time import stamp
from vmss_tui.simulator.world.world import World


def get_definition(world: World, call: Call, params: Params) -> Reply:
    """One image definition as others see it."""
    gallery, image = _image(world, params)
    publisher, offer, sku = image.identifier
    properties = {
        "osType": image.os.kind,
        "osState": "Generalized",
        "hyperVGeneration": image.os.generation,
        "architecture": "x64",
        "identifier": {"publisher": publisher, "offer": offer, "sku": sku},
    }
    return json_reply(200, _entry(params, gallery, image.name, f"/Images/{image.name}", properties))


def list_versions(world: World, call: Call, params: Params) -> Reply:
    """The versions that the region can use."""
    gallery, image = _image(world, params)
    here = [each for each in image.versions if _location(params) in each.regions]
    return json_reply(200, {"value": [_version(params, gallery, image, each) for each in here]})


def _version(params: Params, gallery: Gallery, image: GalleryImage, found: GalleryVersion) -> Json:
    properties = {
        "publishedDate": stamp(found.published),
        "excludeFromLatest": found.exclude_from_latest,
        "storageProfile": {"osDiskImage": {"diskSizeGB": image.os.size, "hostCaching": "None"}},
    }
    below = f"/Images/{image.name}/Versions/{found.name}"
    return _entry(params, gallery, found.name, below, properties)


def _entry(params: Params, gallery: Gallery, name: str, below: str, properties: Json) -> Json:
    kind = "SharedGalleries" if params["kind"] == "shared" else "CommunityGalleries"
    known_as = gallery.unique_name if params["kind"] == "shared" else gallery.public_name
    return {
        "name": name,
        "location": _location(params),
        "identifier": {"uniqueId": f"/{kind}/{known_as}{below}"},
        "properties": properties,
    }


def _image(world: World, params: Params) -> tuple[Gallery, GalleryImage]:
    world.known_subscription(params["sub"])
    wanted = params["gallery"].lower()
    for each in world.library.galleries.values():
        known_as = each.unique_name if params["kind"] == "shared" else each.public_name
        if known_as.lower() == wanted and (image := each.image(params["image"])) is not None:
            return each, image
    raise errors.entity_not_found()


def _location(params: Params) -> str:
    return params["location"].replace(" ", "").lower()

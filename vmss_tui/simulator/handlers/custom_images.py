"""The handlers of customers' images: managed images, galleries, definitions, versions."""

from vmss_tui.simulator import errors
from vmss_tui.simulator.behaviour import validate as shape
from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.exchange import Call, Reply, json_reply
from vmss_tui.simulator.handlers.responses import operation_headers
from vmss_tui.simulator.handlers.scale_set_reads import Params
from vmss_tui.simulator.payloads import images as image_payloads
from vmss_tui.simulator.world.custom_images import Gallery, GalleryImage, ManagedImage
from vmss_tui.simulator.world.platform_images import UNKNOWN_OS
from vmss_tui.simulator.world.world import World

_TYPE = "Microsoft.Compute"
_CAPTURE = 30.0
"""How long the making of an image takes; a guess."""


def list_images(world: World, call: Call, params: Params) -> Reply:
    """The managed images of a subscription or group."""
    place = _place(world, params)
    found = [i for i in world.library.managed.values() if _inside(i, place)]
    return json_reply(
        200,
        {
            "value": [
                image_payloads.loud(image_payloads.managed(world, each), each.group)
                for each in found
            ]
        },
    )


def get_image(world: World, call: Call, params: Params) -> Reply:
    """One managed image."""
    return json_reply(200, image_payloads.managed(world, _image_at(world, params)))


def put_image(world: World, call: Call, params: Params) -> Reply:
    """Makes a managed image of whatever it is made of."""
    subscription = world.known_subscription(params["sub"])
    group = world.known_group(subscription, params["rg"])
    asked = call.json()
    shape.check(asked)
    location = str(asked.get("location", "")).replace(" ", "").lower()
    if not location:
        message = "The location property is required for this definition."
        raise errors.ArmError(400, "LocationRequired", message)
    shape.check_place(params["image"], location)
    given: Json = asked.get("properties") or {}
    image = ManagedImage(
        subscription, group, params["image"], location, UNKNOWN_OS, asked.get("tags") or {}, given
    )
    status = 200 if image.id.lower() in world.library.managed else 201
    image.provisioning = "Creating" if status == 201 else "Updating"
    world.library.add(image)
    operation = world.begin("image", image)

    def finish(at: float) -> None:
        image.provisioning = "Succeeded"
        operation.settle(at)

    world.after(world.now, _CAPTURE, finish)
    headers = operation_headers(call, operation, location=False)
    return json_reply(status, image_payloads.managed(world, image), headers)


def list_galleries(world: World, call: Call, params: Params) -> Reply:
    """The galleries of a subscription or group."""
    place = _place(world, params)
    found = [each for each in world.library.galleries.values() if _inside(each, place)]
    return json_reply(
        200,
        {
            "value": [
                image_payloads.loud(image_payloads.gallery(each), each.group) for each in found
            ]
        },
    )


def get_gallery(world: World, call: Call, params: Params) -> Reply:
    """One gallery."""
    return json_reply(200, image_payloads.gallery(_gallery_at(world, params)))


def list_definitions(world: World, call: Call, params: Params) -> Reply:
    """The image definitions of a gallery."""
    gallery = _gallery_at(world, params)
    return json_reply(
        200, {"value": [image_payloads.definition(gallery, each) for each in gallery.images]}
    )


def get_definition(world: World, call: Call, params: Params) -> Reply:
    """One image definition."""
    gallery, image = _definition_at(world, params)
    return json_reply(200, image_payloads.definition(gallery, image))


def list_versions(world: World, call: Call, params: Params) -> Reply:
    """The versions of a definition."""
    gallery, image = _definition_at(world, params)
    return json_reply(
        200, {"value": [image_payloads.version(gallery, image, v) for v in image.versions]}
    )


def get_version(world: World, call: Call, params: Params) -> Reply:
    """One version of a definition."""
    gallery, image = _definition_at(world, params)
    found = next((each for each in image.versions if each.name == params["version"]), None)
    if found is None:
        kind = f"{_TYPE}/galleries/images/versions"
        name = f"{gallery.name}/{image.name}/{params['version']}"
        raise errors.resource_not_found(kind, name, gallery.group)
    return json_reply(200, image_payloads.version(gallery, image, found))


def _place(world: World, params: Params) -> tuple[str, str | None]:
    subscription = world.known_subscription(params["sub"])
    return subscription, world.known_group(subscription, params["rg"]) if "rg" in params else None


def _inside(item: ManagedImage | Gallery, place: tuple[str, str | None]) -> bool:
    return item.subscription == place[0] and place[1] in (None, item.group)


def _image_at(world: World, params: Params) -> ManagedImage:
    subscription, group = _place(world, params)
    for each in world.library.managed.values():
        if _inside(each, (subscription, group)) and each.name.lower() == params["image"].lower():
            return each
    raise errors.resource_not_found(f"{_TYPE}/images", params["image"], str(group))


def _gallery_at(world: World, params: Params) -> Gallery:
    subscription, group = _place(world, params)
    for each in world.library.galleries.values():
        if _inside(each, (subscription, group)) and each.name.lower() == params["gallery"].lower():
            return each
    raise errors.resource_not_found(f"{_TYPE}/galleries", params["gallery"], str(group))


def _definition_at(world: World, params: Params) -> tuple[Gallery, GalleryImage]:
    gallery = _gallery_at(world, params)
    image = gallery.image(params["image"])
    if image is None:
        name = f"{gallery.name}/{params['image']}"
        raise errors.resource_not_found(f"{_TYPE}/galleries/images", name, gallery.group)
    return gallery, image

"""The handlers of customers' images: managed images, galleries, definitions, versions."""

from vmss_tui.simulator import errors
from vmss_tui.simulator.behaviour.validate import check_body, check_name_and_location
from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.exchange import PathParameters, Request, Response, json_response
from vmss_tui.simulator.handlers.responses import operation_headers
from vmss_tui.simulator.payloads.images import (
    gallery_body,
    image_definition_body,
    image_version_body,
    managed_image_body,
    with_upper_case_group,
)
from vmss_tui.simulator.world.custom_images import Gallery, GalleryImage, ManagedImage
from vmss_tui.simulator.world.platform_images import UNKNOWN_OS
from vmss_tui.simulator.world.world import World

_TYPE = "Microsoft.Compute"
_CAPTURE = 30.0
"""How long the making of an image takes; a guess."""


def list_images(world: World, request: Request, parameters: PathParameters) -> Response:
    """The managed images of a subscription or group."""
    place = _place(world, parameters)
    found = [i for i in world.library.managed.values() if _inside(i, place)]
    return json_response(
        200,
        {
            "value": [
                with_upper_case_group(managed_image_body(world, each), each.group) for each in found
            ]
        },
    )


def get_image(world: World, request: Request, parameters: PathParameters) -> Response:
    """One managed image."""
    return json_response(200, managed_image_body(world, _image_at(world, parameters)))


def put_image(world: World, request: Request, parameters: PathParameters) -> Response:
    """Makes a managed image of whatever it is made of."""
    subscription = world.find_subscription(parameters["sub"])
    group = world.find_group(subscription, parameters["rg"])
    body = request.json()
    check_body(body)
    location = str(body.get("location", "")).replace(" ", "").lower()
    if not location:
        message = "The location property is required for this definition."
        raise errors.ArmError(400, "LocationRequired", message)
    check_name_and_location(parameters["image"], location)
    given: Json = body.get("properties") or {}
    image = ManagedImage(
        subscription,
        group,
        parameters["image"],
        location,
        UNKNOWN_OS,
        body.get("tags") or {},
        given,
    )
    status = 200 if image.id.lower() in world.library.managed else 201
    image.provisioning = "Creating" if status == 201 else "Updating"
    world.library.add(image)
    operation = world.start_operation("image", image)

    def finish(at: float) -> None:
        image.provisioning = "Succeeded"
        operation.complete(at)

    world.call_later(world.now, _CAPTURE, finish)
    headers = operation_headers(request, operation, location=False)
    return json_response(status, managed_image_body(world, image), headers)


def list_galleries(world: World, request: Request, parameters: PathParameters) -> Response:
    """The galleries of a subscription or group."""
    place = _place(world, parameters)
    found = [each for each in world.library.galleries.values() if _inside(each, place)]
    return json_response(
        200,
        {"value": [with_upper_case_group(gallery_body(each), each.group) for each in found]},
    )


def get_gallery(world: World, request: Request, parameters: PathParameters) -> Response:
    """One gallery."""
    return json_response(200, gallery_body(_gallery_at(world, parameters)))


def list_definitions(world: World, request: Request, parameters: PathParameters) -> Response:
    """The image definitions of a gallery."""
    gallery = _gallery_at(world, parameters)
    return json_response(
        200, {"value": [image_definition_body(gallery, each) for each in gallery.images]}
    )


def get_definition(world: World, request: Request, parameters: PathParameters) -> Response:
    """One image definition."""
    gallery, image = _definition_at(world, parameters)
    return json_response(200, image_definition_body(gallery, image))


def list_versions(world: World, request: Request, parameters: PathParameters) -> Response:
    """The versions of a definition."""
    gallery, image = _definition_at(world, parameters)
    return json_response(
        200, {"value": [image_version_body(gallery, image, v) for v in image.versions]}
    )


def get_version(world: World, request: Request, parameters: PathParameters) -> Response:
    """One version of a definition."""
    gallery, image = _definition_at(world, parameters)
    found = next((each for each in image.versions if each.name == parameters["version"]), None)
    if found is None:
        kind = f"{_TYPE}/galleries/images/versions"
        name = f"{gallery.name}/{image.name}/{parameters['version']}"
        raise errors.resource_not_found(kind, name, gallery.group)
    return json_response(200, image_version_body(gallery, image, found))


def _place(world: World, parameters: PathParameters) -> tuple[str, str | None]:
    subscription = world.find_subscription(parameters["sub"])
    return subscription, world.find_group(
        subscription, parameters["rg"]
    ) if "rg" in parameters else None


def _inside(item: ManagedImage | Gallery, place: tuple[str, str | None]) -> bool:
    return item.subscription == place[0] and place[1] in (None, item.group)


def _image_at(world: World, parameters: PathParameters) -> ManagedImage:
    subscription, group = _place(world, parameters)
    for each in world.library.managed.values():
        if (
            _inside(each, (subscription, group))
            and each.name.lower() == parameters["image"].lower()
        ):
            return each
    raise errors.resource_not_found(f"{_TYPE}/images", parameters["image"], str(group))


def _gallery_at(world: World, parameters: PathParameters) -> Gallery:
    subscription, group = _place(world, parameters)
    for each in world.library.galleries.values():
        if (
            _inside(each, (subscription, group))
            and each.name.lower() == parameters["gallery"].lower()
        ):
            return each
    raise errors.resource_not_found(f"{_TYPE}/galleries", parameters["gallery"], str(group))


def _definition_at(world: World, parameters: PathParameters) -> tuple[Gallery, GalleryImage]:
    gallery = _gallery_at(world, parameters)
    image = gallery.image(parameters["image"])
    if image is None:
        name = f"{gallery.name}/{parameters['image']}"
        raise errors.resource_not_found(f"{_TYPE}/galleries/images", name, gallery.group)
    return gallery, image

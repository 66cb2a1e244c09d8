"""The handlers of customer images: managed images, galleries, definitions, versions."""

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
    replication_body,
    with_upper_case_group,
)
from vmss_tui.simulator.world.custom_images import Gallery, GalleryImage, ManagedImage
from vmss_tui.simulator.world.platform_images import UNKNOWN_OS
from vmss_tui.simulator.world.world import World

_PROVIDER = "Microsoft.Compute"
_CREATION_SECONDS = 30.0
"""Simulated seconds that the creation of an image takes; a guess."""

Scope = tuple[str, str | None]
"""A subscription, and the resource group where the path has one."""


def list_images(world: World, request: Request, parameters: PathParameters) -> Response:
    """The managed images of a subscription or resource group."""
    scope = _find_scope(world, parameters)
    values = [
        with_upper_case_group(managed_image_body(world, image), image.group)
        for image in world.library.managed.values()
        if _is_in_scope(image, scope)
    ]
    return json_response(200, {"value": values})


def get_image(world: World, request: Request, parameters: PathParameters) -> Response:
    """One managed image."""
    return json_response(200, managed_image_body(world, _find_image(world, parameters)))


def put_image(world: World, request: Request, parameters: PathParameters) -> Response:
    """Creates or updates a managed image."""
    subscription = world.find_subscription(parameters["sub"])
    group = world.find_group(subscription, parameters["rg"])
    body = request.json()
    check_body(body)
    location = str(body.get("location", "")).replace(" ", "").lower()
    if not location:
        message = "The location property is required for this definition."
        raise errors.ArmError(400, "LocationRequired", message)
    name = parameters["image"]
    check_name_and_location(name, location)
    tags: Json = body.get("tags") or {}
    properties: Json = body.get("properties") or {}
    image = ManagedImage(subscription, group, name, location, UNKNOWN_OS, tags, properties)
    status = 200 if image.id.lower() in world.library.managed else 201
    image.provisioning = "Creating" if status == 201 else "Updating"
    world.library.add(image)
    operation = world.start_operation("image", image)

    def finish(at: float) -> None:
        image.provisioning = "Succeeded"
        operation.complete(at)

    world.call_later(world.now, _CREATION_SECONDS, finish)
    headers = operation_headers(request, operation, location=False)
    return json_response(status, managed_image_body(world, image), headers)


def list_galleries(world: World, request: Request, parameters: PathParameters) -> Response:
    """The galleries of a subscription or resource group."""
    scope = _find_scope(world, parameters)
    values = [
        with_upper_case_group(gallery_body(gallery), gallery.group)
        for gallery in world.library.galleries.values()
        if _is_in_scope(gallery, scope)
    ]
    return json_response(200, {"value": values})


def get_gallery(world: World, request: Request, parameters: PathParameters) -> Response:
    """One gallery."""
    return json_response(200, gallery_body(_find_gallery(world, parameters)))


def list_definitions(world: World, request: Request, parameters: PathParameters) -> Response:
    """The image definitions of a gallery."""
    gallery = _find_gallery(world, parameters)
    values = [image_definition_body(gallery, image) for image in gallery.images]
    return json_response(200, {"value": values})


def get_definition(world: World, request: Request, parameters: PathParameters) -> Response:
    """One image definition."""
    gallery, image = _find_definition(world, parameters)
    return json_response(200, image_definition_body(gallery, image))


def list_versions(world: World, request: Request, parameters: PathParameters) -> Response:
    """The versions of an image definition."""
    gallery, image = _find_definition(world, parameters)
    values = [image_version_body(gallery, image, version) for version in image.versions]
    return json_response(200, {"value": values})


def get_version(world: World, request: Request, parameters: PathParameters) -> Response:
    """One version of an image definition."""
    gallery, image = _find_definition(world, parameters)
    for version in image.versions:
        if version.name == parameters["version"]:
            body = image_version_body(gallery, image, version)
            if request.query.get("$expand", "").lower() == "replicationstatus":
                status = replication_body(world, body["id"], version.regions)
                body["properties"]["replicationStatus"] = status
            return json_response(200, body)
    kind = f"{_PROVIDER}/galleries/images/versions"
    name = f"{gallery.name}/{image.name}/{parameters['version']}"
    raise errors.resource_not_found(kind, name, gallery.group)


def _find_scope(world: World, parameters: PathParameters) -> Scope:
    subscription = world.find_subscription(parameters["sub"])
    if "rg" not in parameters:
        return subscription, None
    return subscription, world.find_group(subscription, parameters["rg"])


def _is_in_scope(item: ManagedImage | Gallery, scope: Scope) -> bool:
    subscription, group = scope
    return item.subscription == subscription and group in (None, item.group)


def _find_image(world: World, parameters: PathParameters) -> ManagedImage:
    scope, name = _find_scope(world, parameters), parameters["image"]
    for image in world.library.managed.values():
        if _is_in_scope(image, scope) and image.name.lower() == name.lower():
            return image
    raise errors.resource_not_found(f"{_PROVIDER}/images", name, str(scope[1]))


def _find_gallery(world: World, parameters: PathParameters) -> Gallery:
    scope, name = _find_scope(world, parameters), parameters["gallery"]
    for gallery in world.library.galleries.values():
        if _is_in_scope(gallery, scope) and gallery.name.lower() == name.lower():
            return gallery
    raise errors.resource_not_found(f"{_PROVIDER}/galleries", name, str(scope[1]))


def _find_definition(world: World, parameters: PathParameters) -> tuple[Gallery, GalleryImage]:
    gallery = _find_gallery(world, parameters)
    image = gallery.image(parameters["image"])
    if image is None:
        name = f"{gallery.name}/{parameters['image']}"
        raise errors.resource_not_found(f"{_PROVIDER}/galleries/images", name, gallery.group)
    return gallery, image

"""The model edit of a run: another image version."""

from tests.support.engine_world import World
from vmss_tui.upgrade.plan.plan import ModelEdit

IMAGE_BODY = ("properties", "virtualMachineProfile", "storageProfile", "imageReference")


def image_body(version: str) -> dict[str, object]:
    """The body of a PATCH that writes an image version."""
    body: dict[str, object] = {"version": version}
    for key in reversed(IMAGE_BODY):
        body = {key: body}
    return body


def written_version(body: object) -> str:
    """The image version in the body of a PATCH."""
    while isinstance(body, dict):
        (body,) = body.values()
    return str(body)


def model_edit(world: World, version: str) -> ModelEdit:
    """The edit of a run that writes this image version."""
    return ModelEdit(
        body=image_body(version), undo=image_body(world.version), if_match=f'"{world.etag}"'
    )

"""The model edit of a run: another image version."""

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

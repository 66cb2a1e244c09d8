"""A PATCH whose image reference says `latest`, and the same PATCH with an exact version. Pure.

`latest` is the version that is newest when an instance is upgraded or reimaged ("Modify a Virtual
Machine Scale Set"): writing it back does not bring back the image that instances ran before.
"""

from collections.abc import Mapping
from typing import Any

from vmss_tui.fleet.image import Image, ImageKind, image_from_storage_profile
from vmss_tui.fleet.model_edit.image import image_id_with_version

LATEST_REMARK = (
    "The model then says `latest`: the newest image at the time of an upgrade, not the one "
    "that ran before (--image-version pins that one)."
)


def floating_image(body: Mapping[str, Any]) -> Image | None:
    """The image of a PATCH whose reference follows `latest`; None for any other PATCH."""
    image = image_from_storage_profile(_storage(body))
    return image if image is not None and image.follows_latest else None


def with_exact_version(body: Mapping[str, Any], version: str) -> dict[str, Any]:
    """The PATCH with `version` in place of `latest`; unchanged where it does not say `latest`."""
    image = floating_image(body)
    if image is None or not version:
        return dict(body)
    storage = _storage(body)
    reference = dict(storage["imageReference"])
    if image.kind is ImageKind.PLATFORM:
        reference["version"] = version
    else:
        pinned_id = image_id_with_version(image, version)
        reference = {
            key: pinned_id if text == image.reference else text for key, text in reference.items()
        }
    profile = body["properties"]["virtualMachineProfile"]
    return {
        **body,
        "properties": {
            **body["properties"],
            "virtualMachineProfile": {
                **profile,
                "storageProfile": {**storage, "imageReference": reference},
            },
        },
    }


def _storage(body: Mapping[str, Any]) -> Mapping[str, Any]:
    tree: object = body
    for key in ("properties", "virtualMachineProfile", "storageProfile"):
        tree = tree.get(key) if isinstance(tree, Mapping) else None
    return tree if isinstance(tree, Mapping) else {}

"""The image of an edit, as the `storageProfile` of a PATCH. Pure.

An image reference is sent whole because its parts must change in one request ("Modify a Virtual
Machine Scale Set"). A gallery image without a version means the latest one.
"""

import re
from typing import Any

from vmss_tui.fleet import resource_name
from vmss_tui.fleet.image import Image, ImageKind, image_from_id
from vmss_tui.fleet.model_edit.edit import Edit, InvalidEdit

_PARTS = ("publisher", "offer", "sku", "version")
_IMAGE_IDS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        resource_name.MANAGED_IMAGE_ID,
        resource_name.GALLERY_IMAGE_ID,
        resource_name.PUBLISHED_IMAGE_ID,
    )
)
_IMAGE_NAME = re.compile(resource_name.CATALOGUE_PART)
_VERSION = re.compile(r"/versions/[^/]++$", re.IGNORECASE)
_VHD = re.compile(r"https://[^/\s]+/[^\s?#]+\.vhd", re.IGNORECASE)


def storage_body(image: Image | None, edit: Edit) -> dict[str, Any]:
    """The `storageProfile` with the requested image; empty where `edit` names none.

    `image` is the model's present one. Raises `InvalidEdit`.
    """
    named = {part: getattr(edit, f"image_{part}") for part in _PARTS}
    platform = {part: value for part, value in named.items() if value is not None}
    forms = [bool(platform), edit.image_id is not None, edit.image_uri is not None]
    if sum(forms) > 1:
        raise InvalidEdit("image_id", "give the image in one form: version, ID or URI")
    if edit.image_id is not None:
        return {"imageReference": _reference_from_id(edit.image_id)}
    if edit.image_uri is not None:
        if not _VHD.fullmatch(edit.image_uri):
            raise InvalidEdit("image_uri", "the image URI must be https://ACCOUNT/…/NAME.vhd")
        return {"osDisk": {"image": {"uri": edit.image_uri}}}
    for part, value in platform.items():
        check_name(
            f"image_{part}", value, "22.04.202511010 or latest" if part == "version" else "a name"
        )
    return {"imageReference": _reference_from_parts(image, platform)} if platform else {}


def requested_image(image: Image | None, edit: Edit) -> Image | None:
    """The image that `edit` names, wholly or in part, else `image`.

    Unlike `storage_body` it requires no version. Raises `InvalidEdit`.
    """
    if edit.image_id is not None:
        _reference_from_id(edit.image_id)
        return image_from_id(edit.image_id)
    parts = [(part, getattr(edit, f"image_{part}")) for part in _PARTS]
    named = {part: value for part, value in parts if value is not None}
    if not named:
        return image
    for part, value in named.items():
        check_name(f"image_{part}", value, "a name")
    model_image = image if image and image.kind is ImageKind.PLATFORM else None
    fields = {part: getattr(model_image, part, "") for part in _PARTS} | named
    for part in ("publisher", "offer", "sku"):
        if not fields[part]:
            raise InvalidEdit(f"image_{part}", f"the image also needs its {part}")
    return Image(ImageKind.PLATFORM, **fields)


def check_name(field: str, value: str, example: str) -> str:
    """`value`, if it can be a name; raises `InvalidEdit` otherwise."""
    if not _IMAGE_NAME.fullmatch(value):
        raise InvalidEdit(field, f"{field.replace('_', ' ')} {value!a} is not possible: {example}")
    return value


def _reference_from_parts(image: Image | None, named: dict[str, str]) -> dict[str, str]:
    if image is None or image.kind is ImageKind.PLATFORM:
        reference = {part: getattr(image, part, "") for part in _PARTS} | named
    elif image.kind is ImageKind.VHD or set(named) == set(_PARTS):
        reference = dict(named)
    elif set(named) == {"version"} and image.kind is not ImageKind.MANAGED:
        return _reference_from_id(image_id_with_version(image, named["version"]))
    else:
        raise InvalidEdit(
            "image_version",
            f"the model's image is a {image.kind}, which has no publisher, offer and SKU: "
            "give all four of publisher, offer, SKU and version, or an image id",
        )
    if missing := [part for part in _PARTS if not reference.get(part)]:
        raise InvalidEdit(
            f"image_{missing[0]}",
            f"the image also needs its {', '.join(missing)}: all four at once",
        )
    return reference


def image_id_with_version(image: Image, version: str) -> str:
    """The id of another version of a gallery image; `latest` of an own one has no version part."""
    base = _VERSION.sub("", image.reference)
    if version.lower() == "latest" and image.kind is ImageKind.GALLERY:
        return base
    return f"{base}/versions/{version}"


def _reference_from_id(resource_id: str) -> dict[str, str]:
    if not any(pattern.fullmatch(resource_id) for pattern in _IMAGE_IDS):
        raise InvalidEdit(
            "image_id",
            "the image id must be /subscriptions/…/images/NAME, "
            "…/galleries/GALLERY/images/NAME[/versions/V], /sharedGalleries/… "
            "or /communityGalleries/…",
        )
    match image_from_id(resource_id).kind:
        case ImageKind.SHARED_GALLERY:
            return {"sharedGalleryImageId": resource_id}
        case ImageKind.COMMUNITY_GALLERY:
            return {"communityGalleryImageId": resource_id}
        case _:
            return {"id": resource_id}

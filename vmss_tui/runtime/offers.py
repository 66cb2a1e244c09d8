"""Compares the values of a model edit with what Azure's catalogue offers to the scale set.

Azure accepts some edits that no instance can follow, and refuses others only after a run has begun.
An edit is refused here where the catalogue was read and does not offer its value; what could not be
read is not compared.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from vmss_tui.fleet.image import Image, ImageKind, family_title, image_from_reference
from vmss_tui.fleet.image_offers import ImageVersion, ImageVersions
from vmss_tui.fleet.model_edit.edit import Edit, InvalidEdit
from vmss_tui.fleet.model_edit.image import storage_body
from vmss_tui.fleet.phrases import shorten_list
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.gateway import GatewayError, NotFound
from vmss_tui.gateway.catalogue import ProgressCallback, ignore_progress
from vmss_tui.runtime.images import Images

_SHOWN = 5
_SIZE_FAMILY_LENGTH = len("Standard_D4")
_NO_SUCH_IMAGE = "NotFound"
"""Code of the catalogue's own 404; that of Azure Resource Manager is `ResourceNotFound`."""


class NotOffered(InvalidEdit):
    """The catalogue does not offer the value to this scale set."""


class Offers:
    """The lists that were read for edits in this session."""

    def __init__(self, images: Images) -> None:
        self._images = images
        self._versions: dict[tuple[str, str], ImageVersions] = {}
        self._sizes: dict[str, tuple[str, ...]] = {}

    def read(
        self, scale_set: ScaleSet, edit: Edit, report_progress: ProgressCallback = ignore_progress
    ) -> str:
        """Reads what the values of `edit` are compared with; blocks. Raises `InvalidEdit`.

        Returns why something could not be read, else an empty text.
        """
        problems: list[str] = []

        def attempt(read: Callable[[], None]) -> None:
            try:
                read()
            except GatewayError as error:
                problems.append(error.message)

        if edit.vm_size is not None:
            attempt(lambda: self._read_sizes(scale_set, report_progress))
        image = _versioned_image(scale_set, edit)
        if image is not None:
            attempt(lambda: self._read_versions(scale_set, image, report_progress))
        return "; ".join(problems)

    def check(self, scale_set: ScaleSet, edit: Edit) -> None:
        """Raises `NotOffered` for a value that a list which was read does not offer."""
        sizes = self._sizes.get(scale_set.id.key, ())
        size = edit.vm_size or ""
        if size and sizes and size.lower() not in map(str.lower, sizes):
            raise NotOffered("vm_size", _unknown_size_message(scale_set, size, sizes))
        image = _versioned_image(scale_set, edit)
        versions = self._versions.get(_key(scale_set, image)) if image else None
        if image is not None and versions is not None and (reason := _unusable(versions, image)):
            field = "image_id" if edit.image_id is not None else "image_version"
            raise NotOffered(field, reason)

    def _read_sizes(self, scale_set: ScaleSet, report_progress: ProgressCallback) -> None:
        listed = self._images.catalogue.list_sizes(scale_set, report_progress)
        self._sizes[scale_set.id.key] = listed.items

    def _read_versions(
        self, scale_set: ScaleSet, image: Image, report_progress: ProgressCallback
    ) -> None:
        try:
            versions = self._images.read_versions(scale_set, image, report_progress)
            if _unusable(versions, image):  # it may be newer than the list in the cache
                versions = self._images.read_versions(scale_set, image, report_progress, fresh=True)
        except NotFound as error:
            if error.code != _NO_SUCH_IMAGE:
                raise
            versions = ImageVersions(image, (), scale_set.location, datetime.now(UTC))
        self._versions[_key(scale_set, image)] = versions


def _versioned_image(scale_set: ScaleSet, edit: Edit) -> Image | None:
    """The image that the edit leads to, where it names one whose versions are listed.

    The lists are those of the region; an edge zone has others."""
    reference = storage_body(scale_set.image, edit).get("imageReference")
    image = image_from_reference(reference) if reference else None
    if image is None or image.kind in (ImageKind.MANAGED, ImageKind.VHD):
        return None
    return None if scale_set.raw.get("extendedLocation") else image


def _key(scale_set: ScaleSet, image: Image) -> tuple[str, str]:
    return scale_set.id.key, family_title(image).lower()


def _unusable(versions: ImageVersions, image: Image) -> str:
    """Why instances cannot be made from the image; empty where they can."""
    title, region = family_title(image), versions.region
    if not versions.versions:
        return f"the catalogue of {region} has no image {title}"
    usable = [version.name for version in versions.versions if version.usable]
    offered = f"the newest are {', '.join(usable[:_SHOWN])}" if usable else "none is usable there"
    if image.version.lower() in ("", "latest"):
        return "" if versions.newest else f"{title} has no latest version in {region}"
    version = next((v for v in versions.versions if v.name == image.version), None)
    if version is None:
        return f"version {image.version} of {title} is not offered in {region}: {offered}"
    return "" if version.usable else _unusable_version_message(version, title, region, offered)


def _unusable_version_message(version: ImageVersion, title: str, region: str, offered: str) -> str:
    remarks = ", ".join(version.remarks(region, datetime.now(UTC)))
    return f"version {version.name} of {title} cannot be used ({remarks}): {offered}"


def _unknown_size_message(scale_set: ScaleSet, size: str, sizes: tuple[str, ...]) -> str:
    family = size[:_SIZE_FAMILY_LENGTH].lower()
    similar = [name for name in sizes if name.lower().startswith(family)] or [*sizes]
    names = shorten_list(similar, _SHOWN, separator=", ")
    return (
        f"VM size {size} is not offered to this scale set in {scale_set.location}: choose "
        f"from {names}"
    )

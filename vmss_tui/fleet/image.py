"""Image references in all their forms, and the comparison of image versions.

Shapes: "ImageReference" of the Virtual Machine Scale Sets REST page; recorded in
vmss-get-uniform.json (platform) and spec-vmss-put-unmanaged-custom-image-blob.json (VHD).
"""

import re
from collections.abc import Mapping
from enum import StrEnum

import msgspec


class ImageKind(StrEnum):
    """Where an image comes from; decides which fields name it."""

    PLATFORM = "platform"
    MANAGED = "managed image"
    GALLERY = "gallery"
    SHARED_GALLERY = "shared gallery"
    COMMUNITY_GALLERY = "community gallery"
    VHD = "vhd"


class Image(msgspec.Struct, frozen=True, gc=False):
    """An image reference of a model or of an instance."""

    kind: ImageKind
    publisher: str = ""
    offer: str = ""
    sku: str = ""
    version: str = ""
    """As written: a version, or `latest`; empty for forms that carry none."""
    reference: str = ""
    """Resource id, shared or community gallery id, or a blob's URI without its query (which may
    contain a signature); empty for platform images."""
    exact_version: str | None = None
    """What an instance runs; reported per instance, for platform and gallery images."""

    @property
    def title(self) -> str:
        """One line of text: `Canonical ubuntu-server-jammy 22_04-lts-gen2 22.04.2025…`."""
        if self.kind is ImageKind.PLATFORM:
            return " ".join(filter(None, (self.publisher, self.offer, self.sku, self.version)))
        return f"{self.short_reference} ({self.kind})"

    @property
    def short_reference(self) -> str:
        """The last, distinguishing part of an id or URI."""
        if self.kind is ImageKind.VHD:
            return self.reference.rsplit("/", 1)[-1]
        parts = self.reference.split("/")
        segments = [
            parts[at + 1]
            for at, part in enumerate(parts[:-1])
            if part.lower() in _NAMING_SEGMENTS and parts[at + 1]
        ]
        return "/".join(segments) or self.reference

    @property
    def running_version(self) -> str:
        """The version to show for an instance: the exact one if known, else as written."""
        return self.exact_version or self.version or self.short_reference

    @property
    def follows_latest(self) -> bool:
        """Whether new instances get the newest version; a current instance may then be older."""
        if self.kind is ImageKind.PLATFORM:
            return self.version.lower() == "latest"
        return self.kind not in (ImageKind.MANAGED, ImageKind.VHD) and (
            self.version.lower() in ("", "latest")
        )


_VERSION = re.compile(r"/versions/[^/]++$", re.IGNORECASE)
_VERSION_NAME = re.compile(r"/versions/([^/]++)", re.IGNORECASE)
_SEPARATOR = re.compile(r"[.\-_]")
_NAMING_SEGMENTS = {
    "images",
    "galleries",
    "versions",
    "sharedgalleries",
    "communitygalleries",
}


def image_from_storage_profile(storage_profile: Mapping[str, object]) -> Image | None:
    """Reads a model's `storageProfile`; None where it names no image (an empty Flexible set)."""
    reference = storage_profile.get("imageReference")
    if isinstance(reference, Mapping):
        return image_from_reference(reference)
    os_disk = storage_profile.get("osDisk")
    disk_image = os_disk.get("image") if isinstance(os_disk, Mapping) else None
    if isinstance(disk_image, Mapping) and (uri := _text(disk_image, "uri")):
        return vhd_image(uri)
    return None


def vhd_image(uri: str) -> Image:
    """The image in a blob; a query with a signature is cut off."""
    return Image(ImageKind.VHD, reference=uri.partition("?")[0])


def image_from_reference(reference: Mapping[str, object]) -> Image | None:
    """Reads an `imageReference` object; None where it has none of the known forms."""
    exact = _text(reference, "exactVersion") or None
    if shared := _text(reference, "sharedGalleryImageId"):
        return image_from_id(shared, exact)
    if community := _text(reference, "communityGalleryImageId"):
        return image_from_id(community, exact)
    if resource_id := _text(reference, "id"):
        return image_from_id(resource_id, exact)
    if publisher := _text(reference, "publisher"):
        return Image(
            ImageKind.PLATFORM,
            publisher=publisher,
            offer=_text(reference, "offer"),
            sku=_text(reference, "sku"),
            version=_text(reference, "version"),
            exact_version=exact,
        )
    return None


def image_from_id(resource_id: str, exact_version: str | None = None) -> Image:
    """A managed, gallery, shared or community gallery image by its id."""
    lowered = resource_id.lower()
    if lowered.startswith("/sharedgalleries/"):
        kind = ImageKind.SHARED_GALLERY
    elif lowered.startswith("/communitygalleries/"):
        kind = ImageKind.COMMUNITY_GALLERY
    elif "/galleries/" in lowered:
        kind = ImageKind.GALLERY
    else:
        kind = ImageKind.MANAGED
    version = _VERSION_NAME.search(resource_id)
    return Image(
        kind,
        reference=resource_id,
        version=version[1] if version else "",
        exact_version=exact_version,
    )


def same_image(running: Image | None, model_image: Image | None) -> bool | None:
    """Whether an instance runs the model's image; None where that cannot be decided."""
    if running is None or model_image is None or model_image.follows_latest:
        return None
    if model_image.kind is ImageKind.PLATFORM:
        names = (running.publisher, running.offer, running.sku)
        model_names = (model_image.publisher, model_image.offer, model_image.sku)
        if names != model_names and [n.lower() for n in names] != [n.lower() for n in model_names]:
            return False
        running_version = running.exact_version or running.version
        if not running_version or running_version.lower() == "latest":
            return None
        return _same_version(running_version, model_image.version)
    if model_image.version and model_image.kind is not ImageKind.VHD:
        if not same_family(running, model_image):
            return False
        running_version = running.exact_version or running.version
        return _same_version(running_version, model_image.version) if running_version else None
    return running.reference.lower() == model_image.reference.lower()


def same_family(one: Image | None, other: Image | None) -> bool:
    """Whether both are versions of the same image."""
    if one is None or other is None:
        return False
    return _family(one) == _family(other)


def family_title(image: Image) -> str:
    """One line of text for the image without its version."""
    if image.kind is ImageKind.PLATFORM:
        return " ".join(filter(None, (image.publisher, image.offer, image.sku)))
    return image_from_id(_VERSION.sub("", image.reference)).title


def _family(image: Image) -> tuple[str, ...]:
    base = _VERSION.sub("", image.reference)
    parts = (image.kind, image.publisher, image.offer, image.sku, base)
    return tuple(part.lower() for part in parts)


def _same_version(one: str, other: str) -> bool:
    return one == other or version_key(one) == version_key(other)


def version_key(version: str) -> tuple[tuple[int, int, str], ...]:
    """A key that orders `9.2` before `10.1`; parts that are not numbers sort before numbers."""
    return tuple(
        (1, int(part), "") if part.isascii() and part.isdigit() else (0, 0, part.lower())
        for part in _SEPARATOR.split(version)
    )


def _text(tree: Mapping[str, object], key: str) -> str:
    value = tree.get(key)
    return value if isinstance(value, str) else ""

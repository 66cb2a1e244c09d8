"""Customer images: managed images, and galleries with versioned image definitions.

With the platform catalogue these are all images that a model can reference; `resolve_build`
finds the one to run. Shapes: recorded `managed-images-list-rg`, `galleries-list-rg`,
`gallery-image*`.
"""

import re
from dataclasses import dataclass, field

from vmss_tui.simulator import errors
from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.world.platform_images import (
    UNKNOWN_OS,
    ImageBuild,
    OperatingSystem,
    resolve_platform_build,
)

REGIONS = {
    "eastus": "East US",
    "eastus2": "East US 2",
    "westus": "West US",
    "westeurope": "West Europe",
    "northeurope": "North Europe",
    "australiaeast": "Australia East",
}
"""Region → display name, as galleries list their target regions."""

_GALLERY = re.compile(r"(.*/galleries/[^/]+)/images/([^/]+)(?:/versions/([^/]+))?", re.IGNORECASE)
_PUBLISHED = re.compile(
    r"/(?:shared|community)Galleries/([^/]+)/images/([^/]+)(?:/versions/([^/]+))?", re.IGNORECASE
)
_VERSION = re.compile(r"/versions/[^/]++$", re.IGNORECASE)
_ID_KEYS = ("id", "sharedGalleryImageId", "communityGalleryImageId")


@dataclass(slots=True)
class ManagedImage:
    """A managed image."""

    subscription: str
    group: str
    name: str
    location: str
    os: OperatingSystem
    tags: Json = field(default_factory=dict)
    properties: Json = field(default_factory=dict)
    """The properties in the body of its PUT."""
    provisioning: str = "Succeeded"

    @property
    def id(self) -> str:
        """The ARM id."""
        return f"{_compute_path(self.subscription, self.group)}/images/{self.name}"


@dataclass(frozen=True, slots=True)
class GalleryVersion:
    """One version of a gallery image."""

    name: str
    published: float
    """Simulated seconds since the epoch, mostly negative."""
    regions: tuple[str, ...]
    """The regions it is replicated to; others cannot use it."""
    exclude_from_latest: bool = False
    encryption_set: str | None = None
    """The id of the disk encryption set of its replicas."""


@dataclass(frozen=True, slots=True)
class GalleryImage:
    """An image definition with its versions."""

    name: str
    os: OperatingSystem
    identifier: tuple[str, str, str]
    """Publisher, offer and SKU, chosen by its owner."""
    versions: tuple[GalleryVersion, ...]

    def latest(self, location: str) -> GalleryVersion | None:
        """The highest version in a region, compared as numbers, without the excluded ones."""
        candidates = [
            version
            for version in self.versions
            if location in version.regions and not version.exclude_from_latest
        ]
        return max(
            candidates,
            key=lambda version: [int(part) for part in version.name.split(".")],
            default=None,
        )


@dataclass(frozen=True, slots=True)
class Gallery:
    """A gallery; other subscriptions reference it by `unique_name` or `public_name`."""

    subscription: str
    group: str
    name: str
    location: str
    unique_name: str
    public_name: str
    images: tuple[GalleryImage, ...]

    @property
    def id(self) -> str:
        """The ARM id."""
        return f"{_compute_path(self.subscription, self.group)}/galleries/{self.name}"

    def image(self, name: str) -> GalleryImage | None:
        """An image definition by its name in any case."""
        return next((image for image in self.images if image.name.lower() == name.lower()), None)


class ImageLibrary:
    """All managed images and galleries, by their ids in lower case."""

    def __init__(self) -> None:
        self.managed: dict[str, ManagedImage] = {}
        self.galleries: dict[str, Gallery] = {}

    def add(self, item: ManagedImage | Gallery) -> None:
        """Adds or replaces a managed image or a gallery."""
        if isinstance(item, Gallery):
            self.galleries[item.id.lower()] = item
        else:
            self.managed[item.id.lower()] = item

    def resolve_build(
        self, profile: Json, location: str, edge_zone: str | None = None
    ) -> ImageBuild:
        """The image that a new instance would run. Raises ArmError where there is none."""
        storage: Json = profile.get("storageProfile") or {}
        reference: Json = storage.get("imageReference") or {}
        image_id = next((str(reference[key]) for key in _ID_KEYS if reference.get(key)), None)
        if image_id is None and reference:
            return resolve_platform_build(reference, edge_zone)
        if image_id is None:
            return _blob_build(storage.get("osDisk") or {})
        gallery, name, version = self._parse_gallery_id(image_id)
        if gallery is not None:
            return _gallery_build(image_id, gallery.image(name), version, location)
        managed = self.managed.get(image_id.rstrip("/").lower())
        if managed is None or managed.location != location:
            raise errors.image_id_not_found(image_id)
        return ImageBuild(managed.id.lower(), managed.os)

    def _parse_gallery_id(self, image_id: str) -> tuple[Gallery | None, str, str | None]:
        """Gallery, image name and version of an id; no gallery for a managed image's id."""
        published = _PUBLISHED.fullmatch(image_id)
        if published:
            name = published[1].lower()
            for gallery in self.galleries.values():
                if name in (gallery.unique_name.lower(), gallery.public_name.lower()):
                    return gallery, published[2], published[3]
            raise errors.image_id_not_found(image_id)
        own = _GALLERY.fullmatch(image_id)
        if own is None:
            return None, "", None
        own_gallery = self.galleries.get(own[1].lower())
        if own_gallery is None:
            raise errors.image_id_not_found(image_id)
        return own_gallery, own[2], own[3]


def _gallery_build(
    image_id: str, image: GalleryImage | None, version: str | None, location: str
) -> ImageBuild:
    if image is None:
        raise errors.image_id_not_found(image_id)
    if version is None or version.lower() == "latest":
        resolved = image.latest(location)
    else:
        resolved = next((item for item in image.versions if item.name == version), None)
    if resolved is None or location not in resolved.regions:
        raise errors.image_not_replicated(image_id, location)
    base = _VERSION.sub("", image_id)
    return ImageBuild(f"{base}/versions/{resolved.name}".lower(), image.os, resolved.name)


def _blob_build(disk: Json) -> ImageBuild:
    image = disk.get("image")
    uri = str(image.get("uri", "")) if isinstance(image, dict) else ""
    kind = str(disk.get("osType", UNKNOWN_OS.kind))
    return ImageBuild(uri, OperatingSystem(kind, UNKNOWN_OS.name, UNKNOWN_OS.version, "V1"))


def _compute_path(subscription: str, group: str) -> str:
    return f"/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute"

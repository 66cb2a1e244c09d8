"""Images that a customer made: managed images, and galleries of versioned ones.

With the platform's catalogue they are all that a model can name; `build` says what an instance
would run now. Shapes: recorded `managed-images-list-rg`, `galleries-list-rg`, `gallery-image*`.
"""

import re
from dataclasses import dataclass, field

from vmss_tui.simulator import errors
from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.world.platform_images import UNKNOWN_OS, Build, Os, platform_build

REGIONS = {
    "eastus": "East US",
    "eastus2": "East US 2",
    "westus": "West US",
    "westeurope": "West Europe",
    "northeurope": "North Europe",
    "australiaeast": "Australia East",
}
"""Display names, which is how a gallery names the regions that it replicates to."""

_GALLERY = re.compile(r"(.*/galleries/[^/]+)/images/([^/]+)(?:/versions/([^/]+))?", re.IGNORECASE)
_PUBLISHED = re.compile(
    r"/(?:shared|community)Galleries/([^/]+)/images/([^/]+)(?:/versions/([^/]+))?", re.IGNORECASE
)
_FORMS = ("id", "sharedGalleryImageId", "communityGalleryImageId")


@dataclass(slots=True)
class ManagedImage:
    """One managed image."""

    subscription: str
    group: str
    name: str
    location: str
    os: Os
    tags: Json = field(default_factory=dict)
    given: Json = field(default_factory=dict)
    """The properties that its maker wrote."""
    provisioning: str = "Succeeded"

    @property
    def id(self) -> str:
        """The ARM id."""
        return f"{_compute(self.subscription, self.group)}/images/{self.name}"


@dataclass(frozen=True, slots=True)
class GalleryVersion:
    """One version of a gallery's image."""

    name: str
    published: float
    """Simulated seconds since the epoch, mostly before it."""
    regions: tuple[str, ...]
    """Where it is replicated to, and so the only regions that can use it."""
    exclude_from_latest: bool = False
    encryption_set: str | None = None
    """The id of the disk encryption set that its replicas are encrypted with."""


@dataclass(frozen=True, slots=True)
class GalleryImage:
    """An image definition with its versions."""

    name: str
    os: Os
    identifier: tuple[str, str, str]
    """Publisher, offer, SKU, as its maker calls it."""
    versions: tuple[GalleryVersion, ...]

    def latest(self, location: str) -> GalleryVersion | None:
        """The newest version in a region, compared as numbers; the excluded never are it."""
        there = [
            each
            for each in self.versions
            if location in each.regions and not each.exclude_from_latest
        ]
        return max(there, key=lambda each: [int(n) for n in each.name.split(".")], default=None)


@dataclass(frozen=True, slots=True)
class Gallery:
    """A gallery; `unique_name` and `public_name` are what others know it by."""

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
        return f"{_compute(self.subscription, self.group)}/galleries/{self.name}"

    def image(self, name: str) -> GalleryImage | None:
        """An image definition by its name in any case."""
        return next((each for each in self.images if each.name.lower() == name.lower()), None)


class Library:
    """All managed images and galleries, by their ids in lower case."""

    def __init__(self) -> None:
        self.managed: dict[str, ManagedImage] = {}
        self.galleries: dict[str, Gallery] = {}

    def add(self, item: ManagedImage | Gallery) -> None:
        """Makes it known."""
        if isinstance(item, Gallery):
            self.galleries[item.id.lower()] = item
        else:
            self.managed[item.id.lower()] = item

    def build(self, profile: Json, location: str) -> Build:
        """What an instance of this model would run now; raises Azure's refusal of the image."""
        storage: Json = profile.get("storageProfile") or {}
        reference: Json = storage.get("imageReference") or {}
        found = next((str(reference[key]) for key in _FORMS if reference.get(key)), None)
        if found is None and reference:
            return platform_build(reference)
        if found is None:
            return _blob(storage.get("osDisk") or {})
        gallery, name, version = self._gallery_of(found)
        if gallery is not None:
            return _gallery_build(found, gallery.image(name), version, location)
        managed = self.managed.get(found.rstrip("/").lower())
        if managed is None or managed.location != location:
            raise errors.image_id_not_found(found)
        return Build(managed.id.lower(), managed.os)

    def _gallery_of(self, named: str) -> tuple[Gallery | None, str, str | None]:
        published = _PUBLISHED.fullmatch(named)
        if published:
            owner = published[1].lower()
            for each in self.galleries.values():
                if owner in (each.unique_name.lower(), each.public_name.lower()):
                    return each, published[2], published[3]
            raise errors.image_id_not_found(named)
        own = _GALLERY.fullmatch(named)
        if own is None:
            return None, "", None
        gallery = self.galleries.get(own[1].lower())
        if gallery is None:
            raise errors.image_id_not_found(named)
        return gallery, own[2], own[3]


def _gallery_build(
    named: str, image: GalleryImage | None, version: str | None, location: str
) -> Build:
    if image is None:
        raise errors.image_id_not_found(named)
    if version is None or version.lower() == "latest":
        found = image.latest(location)
    else:
        found = next((each for each in image.versions if each.name == version), None)
    if found is None or location not in found.regions:
        raise errors.image_not_replicated(named, location)
    base = re.sub(r"/versions/[^/]+$", "", named, flags=re.IGNORECASE)
    return Build(f"{base}/versions/{found.name}".lower(), image.os, found.name)


def _blob(disk: Json) -> Build:
    image = disk.get("image")
    uri = str(image.get("uri", "")) if isinstance(image, dict) else ""
    kind = str(disk.get("osType", UNKNOWN_OS.kind))
    return Build(uri, Os(kind, UNKNOWN_OS.name, UNKNOWN_OS.version, "V1"))


def _compute(subscription: str, group: str) -> str:
    return f"/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute"

"""What Azure offers: the versions of an image, and where a model's own stands among them. Pure.

Sources: "Virtual Machine Images - List" (`imageDeprecationStatus`), "Gallery Image Versions"
(`publishingProfile`); recorded in `vmimage-versions-full-list`, `gallery-image-versions-list`.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from vmss_tui.fleet.image import Image, ImageKind, same_family, version_key
from vmss_tui.fleet.snapshot import Snapshot

T = TypeVar("T")


class SupportState(StrEnum):
    """How long its publisher stands by a version."""

    ACTIVE = "active"
    ENDING = "to be withdrawn"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class ImageVersion:
    """One version of an image."""

    name: str
    support: SupportState = SupportState.ACTIVE
    ends_at: datetime | None = None
    """When it is withdrawn, or was meant to be no longer used."""
    published_at: datetime | None = None
    """Said of gallery images only."""
    in_region: bool | None = None
    """Replicated to the set's region; None where it is in every one (platform images)."""
    excluded_from_latest: bool = False
    ready: bool = True
    """False while a gallery still makes it, or where that failed."""
    generation: str = ""
    architecture: str = ""

    @property
    def usable(self) -> bool:
        """Could the set's instances be made from it?"""
        return (
            self.ready
            and self.in_region is not False
            and self.support is not SupportState.WITHDRAWN
        )

    def remarks(self, region: str, now: datetime) -> Iterator[str]:
        """What is to be known before choosing it, in words."""
        day = f" {self.ends_at:%Y-%m-%d}" if self.ends_at else ""
        if self.support is SupportState.WITHDRAWN:
            yield "withdrawn by its publisher"
        elif self.support is SupportState.ENDING:
            yield f"to be withdrawn{day}"
        elif self.ends_at is not None:
            yield f"{'past its end of life' if self.ends_at <= now else 'end of life'}{day}"
        if not self.ready:
            yield "not ready"
        if self.in_region is False:
            yield f"not replicated to {region}"
        if self.excluded_from_latest:
            yield "never the latest"


@dataclass(frozen=True, slots=True)
class CatalogueList(Generic[T]):
    """A list of Azure's, and when it was read."""

    items: tuple[T, ...]
    taken_at: datetime
    damage: tuple[str, ...] = ()
    """What could not be read of it."""


@dataclass(frozen=True, slots=True)
class ImageVersions:
    """The versions of one image, newest first."""

    image: Image
    versions: tuple[ImageVersion, ...]
    region: str
    taken_at: datetime
    generation: str = ""
    """Of the image as a whole, where its versions do not say it."""
    architecture: str = ""

    @property
    def newest(self) -> str:
        """What `latest` means here; empty where nothing can be used."""
        fit = (v.name for v in self.versions if v.usable and not v.excluded_from_latest)
        return next(fit, "")

    def behind(self, version: str) -> int | None:
        """How many usable newer versions there are; None where `version` is none of them.

        `latest` is never behind: what runs under that name is each instance's own matter.
        """
        if version.lower() in ("", "latest"):
            return 0 if self.newest else None
        if not any(char.isdigit() for char in version):
            return None
        mine = version_key(version)
        return sum(
            version_key(v.name) > mine
            for v in self.versions
            if v.usable and not v.excluded_from_latest
        )

    def place(self, version: str) -> str:
        """Where a model of this version stands, in words."""
        if not self.versions:
            return "no version is offered"
        if version.lower() in ("", "latest"):
            return f"latest, which is {self.newest} now" if self.newest else "latest, but none fits"
        known = next((v for v in self.versions if v.name == version), None)
        missing = "" if known else ", which is not offered any more"
        count = self.behind(version)
        if count is None:
            return f"{version}{missing}"
        newer = "the newest" if count == 0 else f"{count} newer"
        return f"{version}{missing}: {newer}"


@dataclass(frozen=True, slots=True)
class OwnImage:
    """A managed image, or the definition of a gallery's image, of this subscription."""

    image: Image
    region: str
    os: str = ""
    generation: str = ""
    architecture: str = ""

    def fits(self, region: str) -> bool:
        """A managed image serves its own region only; of a gallery each version says it."""
        return self.image.kind is not ImageKind.MANAGED or same_region(self.region, region)


def count_running_versions(snapshot: Snapshot, image: Image) -> Counter[str]:
    """How many instances run each version of this image."""
    return Counter(
        instance.image.running_version
        for instance in snapshot.instances
        if instance.image is not None and same_family(instance.image, image)
    )


def same_region(one: str, other: str) -> bool:
    """`East US 2` and `eastus2` are the same place."""
    return one.replace(" ", "").lower() == other.replace(" ", "").lower()


def sort_newest_first(versions: list[ImageVersion]) -> tuple[ImageVersion, ...]:
    """Ordered as numbers, so that 10.1 stands before 9.2."""
    return tuple(sorted(versions, key=lambda version: version_key(version.name), reverse=True))

"""Images available in Azure: the versions of an image, and how old a model's version is. Pure.

Sources: "Virtual Machine Images - List" (`imageDeprecationStatus`), "Gallery Image Versions"
(`publishingProfile`); recorded in `vmimage-versions-full-list`, `gallery-image-versions-list`.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Generic, TypeVar

from msgspec import Struct

from vmss_tui.fleet.image import Image, ImageKind, same_family, version_key
from vmss_tui.fleet.snapshot import Snapshot

T = TypeVar("T")
_FIRST_END, _LAST_END = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class SupportState(StrEnum):
    """Whether the publisher of a version still supports it."""

    ACTIVE = "active"
    ENDING = "to be withdrawn"
    WITHDRAWN = "withdrawn"


class ImageVersion(Struct, frozen=True):
    """One version of an image."""

    name: str
    support: SupportState = SupportState.ACTIVE
    ends_at: datetime | None = None
    """When it is withdrawn, or its end of life."""
    published_at: datetime | None = None
    """Reported for gallery images only."""
    in_region: bool | None = None
    """Replicated to the set's region; None for platform images, which are in every region."""
    excluded_from_latest: bool = False
    ready: bool = True
    """False while the gallery provisions it, or where that failed."""
    generation: str = ""
    architecture: str = ""

    @property
    def usable(self) -> bool:
        """Whether instances of the set can be created from it."""
        return (
            self.ready
            and self.in_region is not False
            and self.support is not SupportState.WITHDRAWN
        )

    @property
    def end_order(self) -> datetime | None:
        """Compares ends of life: a withdrawn version has the first, a version that is to be
        withdrawn without a date the last; None where no end is known."""
        if self.support is SupportState.WITHDRAWN:
            return _FIRST_END
        return self.ends_at or (_LAST_END if self.support is SupportState.ENDING else None)

    def remarks(self, region: str, now: datetime) -> Iterator[str]:
        """What to know before choosing it, as short texts."""
        day = f" {self.ends_at:%Y-%m-%d}" if self.ends_at else ""
        if self.support is SupportState.WITHDRAWN:
            yield "deprecated"
        elif self.support is SupportState.ENDING:
            yield f"deprecated from{day}" if day else "to be deprecated"
        elif self.ends_at is not None:
            yield f"{'past its end of life' if self.ends_at <= now else 'end of life'}{day}"
        if not self.ready:
            yield "not ready"
        if self.in_region is False:
            yield f"not replicated to {region}"
        if self.excluded_from_latest:
            yield "excluded from latest"


class CatalogueList(Struct, Generic[T], frozen=True):
    """A list from Azure's catalogue, and when it was read."""

    items: tuple[T, ...]
    taken_at: datetime
    damage: tuple[str, ...] = ()
    """Descriptions of the parts that could not be read."""


class ImageVersions(Struct, frozen=True):
    """The versions of one image, newest first."""

    image: Image
    versions: tuple[ImageVersion, ...]
    region: str
    taken_at: datetime
    generation: str = ""
    """Of the image as a whole, where the versions do not carry it."""
    architecture: str = ""

    @property
    def newest(self) -> str:
        """The version that `latest` means; empty where none is usable."""
        usable_names = (v.name for v in self.versions if v.usable and not v.excluded_from_latest)
        return next(usable_names, "")

    def versions_behind(self, version: str) -> int | None:
        """The number of usable newer versions; None where `version` is not a version number.

        `latest` is never behind: the version that runs under that name differs by instance.
        """
        if version.lower() in ("", "latest"):
            return 0 if self.newest else None
        if not any(char.isdigit() for char in version):
            return None
        model_key = version_key(version)
        return sum(
            version_key(v.name) > model_key
            for v in self.versions
            if v.usable and not v.excluded_from_latest
        )

    def next_end(self, names: Collection[str]) -> ImageVersion | None:
        """Of the versions with these names the one that ends first, `latest` being the newest;
        None where no end of any of them is known."""
        wanted_names = {self.newest if name.lower() == "latest" else name for name in names}
        ending = ((v.end_order, v) for v in self.versions if v.name in wanted_names)
        known = [(end, version) for end, version in ending if end is not None]
        return min(known, key=lambda item: item[0])[1] if known else None

    def describe_version(self, version: str) -> str:
        """How `version` compares with the newest one, as text."""
        if not self.versions:
            return "no version offered"
        if version.lower() in ("", "latest"):
            return f"latest, now {self.newest}" if self.newest else "latest, but none is usable"
        listed_version = next((v for v in self.versions if v.name == version), None)
        missing = "" if listed_version else ", no longer offered"
        count = self.versions_behind(version)
        if count is None:
            return f"{version}{missing}"
        newer = "the newest" if count == 0 else f"{count} newer"
        return f"{version}{missing}: {newer}"


class OwnImage(Struct, frozen=True):
    """A managed image, or the definition of a gallery's image, of this subscription."""

    image: Image
    region: str
    os: str = ""
    generation: str = ""
    architecture: str = ""

    def fits(self, region: str) -> bool:
        """Whether it can be used in `region`. A managed image works in its own region only; a
        gallery image has its regions per version."""
        return self.image.kind is not ImageKind.MANAGED or same_region(self.region, region)


def count_running_versions(snapshot: Snapshot, image: Image) -> Counter[str]:
    """Version -> number of instances that run it, for the versions of `image`."""
    return Counter(
        instance.image.running_version
        for instance in snapshot.instances
        if instance.image is not None and same_family(instance.image, image)
    )


def same_region(one: str, other: str) -> bool:
    """Whether two spellings name one region: `East US 2` and `eastus2` do."""
    return one.replace(" ", "").lower() == other.replace(" ", "").lower()


def sort_newest_first(versions: list[ImageVersion]) -> tuple[ImageVersion, ...]:
    """Sorts by number, so that 10.1 comes before 9.2."""
    return tuple(sorted(versions, key=lambda version: version_key(version.name), reverse=True))

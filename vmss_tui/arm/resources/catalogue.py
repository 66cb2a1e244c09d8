"""What images and sizes there are, asked through the subscription that wants them.

Platform lists are bare JSON arrays without paging (`vmimage-…` exchanges; 2,180 publishers in
one answer); galleries, managed images and sizes are paged lists. All is kept for the session.
"""

import re
import threading
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import msgspec

from vmss_tui.arm.translate import catalogue as reading
from vmss_tui.arm.transport.paging import split_page, read_pages
from vmss_tui.arm.transport.send import Response, RequestSender
from vmss_tui.arm.transport.urls import GALLERIES_VERSION, ArmUrls
from vmss_tui.arm.wire.catalogue import DefinitionWire, NamedWire
from vmss_tui.arm.wire.decode import InvalidJson, decode_array, decode_item
from vmss_tui.fleet.image import Image, ImageKind
from vmss_tui.fleet.image_offers import (
    CatalogueList,
    ImageVersion,
    ImageVersions,
    OwnImage,
    sort_newest_first,
)
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.scale_set_id import BadName
from vmss_tui.gateway import InvalidResponse, NotFound, NotAllowed, Refused
from vmss_tui.gateway.catalogue import ProgressCallback
from vmss_tui.text import clean

T = TypeVar("T")
KEPT_FOR = 3600.0
"""Seconds for which a list is not asked for again, unless somebody wants it anew."""


class Kept:
    """What was read in this session, by URL, with the moment it was read. For many threads."""

    def __init__(self, monotonic: Callable[[], float], now: Callable[[], datetime]) -> None:
        self._monotonic, self._now = monotonic, now
        self._known: dict[str, tuple[float, datetime, object]] = {}
        self._lock = threading.Lock()

    def get(self, url: str, read: Callable[[str], T], *, fresh: bool = False) -> tuple[T, datetime]:
        """The answer and when it was read; `read` is called where there is none young enough."""
        with self._lock:
            known = self._known.get(url)
        if known and not fresh and self._monotonic() - known[0] < KEPT_FOR:
            return known[2], known[1]  # type: ignore[return-value]
        found = read(url)
        taken = self._now()
        with self._lock:
            self._known[url] = (self._monotonic(), taken, found)
        return found, taken


_SEGMENT = re.compile(r"[A-Za-z0-9][\w.\-]{0,127}", re.ASCII)
_GALLERY = (
    r"/subscriptions/[0-9a-f\-]{36}/resourceGroups/[\w\-.()]{1,90}/providers/Microsoft\.Compute"
    r"/galleries/[\w.]{1,80}"
)
_GALLERY_ID = re.compile(_GALLERY, re.IGNORECASE | re.ASCII)
_GALLERY_IMAGE = re.compile(
    rf"({_GALLERY}/images/[\w.\-]{{1,80}})(/versions/[\w.]+)?", re.IGNORECASE | re.ASCII
)
_PUBLISHED = re.compile(
    r"/(shared|community)Galleries/([\w.\-]{1,100})/images/([\w.\-]{1,80})(/versions/[\w.]+)?",
    re.IGNORECASE | re.ASCII,
)


class ArmCatalogue:
    """`catalogue.Catalogue` over Azure Resource Manager."""

    def __init__(
        self,
        sender: RequestSender,
        paths: ArmUrls,
        monotonic: Callable[[], float],
        now: Callable[[], datetime],
    ) -> None:
        self._sender, self._paths = sender, paths
        self._kept = Kept(monotonic, now)
        self._now = now

    def list_versions(
        self, scale_set: ScaleSet, image: Image | None, progress: ProgressCallback, *, fresh: bool = False
    ) -> ImageVersions:
        """The versions of an image in the set's region; none for forms that have no versions."""
        region = scale_set.location
        progress("reading the versions")
        match image and image.kind:
            case ImageKind.PLATFORM if image:
                place = f"{self._publishers(scale_set)}{_below(image)}/versions"
                url = self._paths.url(place, query={"$expand": "properties"})
                found, at = self._kept.get(url, self._array(reading.platform_version), fresh=fresh)
                first = found[0] if found else ImageVersion("")
                kinds = (first.generation, first.architecture)
            case ImageKind.GALLERY if image and (own := _GALLERY_IMAGE.fullmatch(image.reference)):
                take = self._pages(lambda item: reading.gallery_version(item, region), progress)
                found, at, kinds = self._of_definition(own[1], take, fresh=fresh)
            case ImageKind.SHARED_GALLERY | ImageKind.COMMUNITY_GALLERY if image and (
                other := _PUBLISHED.fullmatch(image.reference)
            ):
                base = f"{self._location(scale_set)}/{other[1].lower()}Galleries"
                take = self._pages(reading.published_version, progress)
                place = f"{base}/{other[2]}/images/{other[3]}"
                found, at, kinds = self._of_definition(place, take, fresh=fresh)
            case _:
                return ImageVersions(image or Image(ImageKind.PLATFORM), (), region, self._now())
        assert image is not None
        return ImageVersions(image, sort_newest_first([*found]), region, at, *kinds)

    def list_publishers(self, scale_set: ScaleSet, progress: ProgressCallback) -> CatalogueList[str]:
        """Publishers of platform images; half a megabyte in one answer."""
        progress("reading some 2,000 publishers")
        return self._names(self._publishers(scale_set))

    def list_offers(self, scale_set: ScaleSet, publisher: str, progress: ProgressCallback) -> CatalogueList[str]:
        """A publisher's offers."""
        progress("reading the offers")
        return self._names(f"{self._publishers(scale_set)}{_below_publisher(publisher)}")

    def list_skus(
        self, scale_set: ScaleSet, publisher: str, offer: str, progress: ProgressCallback
    ) -> CatalogueList[str]:
        """An offer's SKUs."""
        progress("reading the SKUs")
        below = f"{_below_publisher(publisher)}/{_segment(offer)}/skus"
        return self._names(f"{self._publishers(scale_set)}{below}")

    def list_own_images(self, scale_set: ScaleSet, progress: ProgressCallback) -> CatalogueList[OwnImage]:
        """Managed images, and the image definitions of every gallery, of the subscription.

        A gallery that may not be read is left out, and said.
        """
        compute = f"/subscriptions/{scale_set.id.subscription_id}/providers/Microsoft.Compute"
        progress("reading managed images")
        managed = self._paths.url(f"{compute}/images")
        found, at = self._kept.get(managed, self._pages(reading.own_image, progress))
        images, damage = [*found], []
        progress("reading the galleries")
        url = self._paths.url(f"{compute}/galleries", GALLERIES_VERSION)
        galleries, _ = self._kept.get(url, self._pages(_gallery_id, progress))
        for number, gallery in enumerate(galleries, 1):
            name = gallery.rsplit("/", 1)[-1]
            progress(f"reading gallery {number} of {len(galleries)}: {name}")
            url = self._paths.url(f"{gallery}/images", GALLERIES_VERSION)
            try:
                more, at = self._kept.get(url, self._pages(reading.own_image, progress))
            except (NotAllowed, NotFound) as error:
                damage.append(f"gallery {name}: {error.message}")
                continue
            images += more
        return CatalogueList(tuple(images), at, tuple(damage))

    def list_sizes(self, scale_set: ScaleSet, progress: ProgressCallback) -> CatalogueList[str]:
        """VM sizes that the set could have."""
        progress("reading the sizes")
        url = self._paths.scale_set(scale_set.id, "skus")
        found, at = self._kept.get(url, self._pages(lambda item: reading.size(item) or None, progress))
        return CatalogueList(tuple(found), at)

    def _names(self, place: str) -> CatalogueList[str]:
        found, at = self._kept.get(self._paths.url(place), self._array(_name))
        return CatalogueList(tuple(sorted(found, key=str.lower)), at)

    def _of_definition(
        self, place: str, take: Callable[[str], tuple[ImageVersion, ...]], *, fresh: bool
    ) -> tuple[tuple[ImageVersion, ...], datetime, tuple[str, str]]:
        """Versions of a definition, with the generation and architecture that only it says."""
        version = GALLERIES_VERSION
        url = self._paths.url(f"{place}/versions", version)
        found, at = self._kept.get(url, take, fresh=fresh)
        try:
            kinds, _ = self._kept.get(self._paths.url(place, version), self._kinds)
        except Refused:  # versions may be readable without their definition
            kinds = ("", "")
        return found, at, kinds

    def _kinds(self, url: str) -> tuple[str, str]:
        try:
            wire, _ = decode_item(self._sender.read(url).body, DefinitionWire)
        except InvalidJson as error:
            raise InvalidResponse("The image's definition is not JSON.") from error
        said = wire.properties
        generation = clean(said.hyper_v_generation or "") if said else ""
        return generation, clean(said.architecture or "") if said else ""

    def _array(self, entry: Callable[[msgspec.Raw], T | None]) -> Callable[[str], tuple[T, ...]]:
        def read(url: str) -> tuple[T, ...]:
            try:
                items = decode_array(self._sender.read(url).body)
                found = [entry(item) for item in items]
            except InvalidJson as error:
                raise InvalidResponse("The image catalogue's answer is not a list of images.") from error
            return tuple(each for each in found if each is not None)

        return read

    def _pages(
        self, entry: Callable[[msgspec.Raw], T | None], tell: ProgressCallback
    ) -> Callable[[str], tuple[T, ...]]:
        def read(url: str) -> tuple[T, ...]:
            found: list[T] = []

            def take(answer: Response) -> str | None:
                items, following = split_page(answer.body)
                found.extend(each for item in items if (each := entry(item)) is not None)
                if following:
                    tell(f"{len(found)} so far")
                return following

            _, damage = read_pages(self._sender, self._paths, url, take)
            if damage:
                raise InvalidResponse(damage[0])
            return tuple(found)

        return read

    def _location(self, scale_set: ScaleSet) -> str:
        place = _segment(scale_set.location)
        provider = "providers/Microsoft.Compute"
        return f"/subscriptions/{scale_set.id.subscription_id}/{provider}/locations/{place}"

    def _publishers(self, scale_set: ScaleSet) -> str:
        return f"{self._location(scale_set)}/publishers"


def _below_publisher(publisher: str) -> str:
    return f"/{_segment(publisher)}/artifacttypes/vmimage/offers"


def _below(image: Image) -> str:
    offer, sku = _segment(image.offer), _segment(image.sku)
    return f"{_below_publisher(image.publisher)}/{offer}/skus/{sku}"


def _segment(part: str) -> str:
    if not _SEGMENT.fullmatch(part):
        raise BadName(f"{part!a} cannot be a location or part of an image's name")
    return part


def _name(item: msgspec.Raw) -> str | None:
    wire, _ = decode_item(item, NamedWire)
    return clean(wire.name) if wire.name else None


def _gallery_id(item: msgspec.Raw) -> str | None:
    """The id of a gallery, where it is one that can be asked."""
    wire, _ = decode_item(item, DefinitionWire)
    return wire.id if wire.id and _GALLERY_ID.fullmatch(wire.id) else None

"""Lists the images and VM sizes that a scale set can use, where it is and in its subscription.

Platform lists are bare JSON arrays without paging (`vmimage-…` exchanges; 2,180 publishers in
one response); galleries, managed images and sizes are paged lists. All lists are cached.
"""

import re
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TypeVar

import msgspec

from vmss_tui.arm.catalogue_paths import (
    GALLERY_IMAGE,
    offers_path,
    published_image_path,
    publishers_path,
    skus_path,
    versions_path,
)
from vmss_tui.arm.resources.cached_lists import CachedLists
from vmss_tui.arm.resources.partial_reads import PartialReads
from vmss_tui.arm.translate.catalogue import (
    translate_gallery_version,
    translate_own_image,
    translate_platform_version,
    translate_published_version,
    translate_size,
)
from vmss_tui.arm.transport.paging import read_pages, split_page
from vmss_tui.arm.transport.send import RequestSender, Response
from vmss_tui.arm.transport.urls import GALLERIES_VERSION, ArmUrls
from vmss_tui.arm.wire.catalogue import DefinitionWire, NamedWire
from vmss_tui.arm.wire.decode import InvalidJson, decode_array, decode_item
from vmss_tui.fleet import resource_name
from vmss_tui.fleet.image import Image, ImageKind
from vmss_tui.fleet.image_offers import (
    CatalogueList,
    ImageVersion,
    ImageVersions,
    OwnImage,
    sort_newest_first,
)
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.gateway import InvalidResponse, Refused
from vmss_tui.gateway.catalogue import ProgressCallback
from vmss_tui.text import clean

T = TypeVar("T")
_GALLERY_ID = re.compile(resource_name.GALLERY_ID, re.IGNORECASE)


class ArmCatalogue:
    """`catalogue.Catalogue` over Azure Resource Manager."""

    def __init__(
        self,
        sender: RequestSender,
        urls: ArmUrls,
        monotonic: Callable[[], float],
        now: Callable[[], datetime],
    ) -> None:
        self._sender, self._urls = sender, urls
        self._cache = CachedLists(monotonic, now)
        self._now = now

    def list_versions(
        self,
        scale_set: ScaleSet,
        image: Image | None,
        progress: ProgressCallback,
        *,
        fresh: bool = False,
    ) -> ImageVersions:
        """The versions of an image in the set's region; none for images without versions."""
        region = scale_set.place
        progress("reading the versions")
        match image and image.kind:
            case ImageKind.PLATFORM if image:
                path = versions_path(scale_set, image)
                url = self._urls.url(path, query={"$expand": "properties"})
                versions, read_at = self._cache.get(
                    url, self._array_reader(translate_platform_version), fresh=fresh
                )
                first = versions[0] if versions else ImageVersion("")
                traits = (first.generation, first.architecture)
            case ImageKind.GALLERY if image and (
                gallery_match := GALLERY_IMAGE.fullmatch(image.reference)
            ):
                read = self._list_reader(
                    lambda item: translate_gallery_version(item, scale_set), progress
                )
                versions, read_at, traits = self._definition_versions(
                    gallery_match["definition"], read, fresh=fresh
                )
            case ImageKind.SHARED_GALLERY | ImageKind.COMMUNITY_GALLERY if image and (
                path := published_image_path(scale_set, image.reference)
            ):
                read = self._list_reader(translate_published_version, progress)
                versions, read_at, traits = self._definition_versions(path, read, fresh=fresh)
            case ImageKind.GALLERY | ImageKind.SHARED_GALLERY | ImageKind.COMMUNITY_GALLERY if (
                image
            ):
                raise InvalidResponse(f"{image.reference!a} is not the id of a gallery's image.")
            case _:
                return ImageVersions(image or Image(ImageKind.PLATFORM), (), region, self._now())
        assert image is not None
        return ImageVersions(image, sort_newest_first([*versions]), region, read_at, *traits)

    def list_publishers(
        self, scale_set: ScaleSet, progress: ProgressCallback
    ) -> CatalogueList[str]:
        """Publishers of platform images; half a megabyte in one response."""
        progress("reading some 2,000 publishers")
        return self._names(publishers_path(scale_set))

    def list_offers(
        self, scale_set: ScaleSet, publisher: str, progress: ProgressCallback
    ) -> CatalogueList[str]:
        """A publisher's offers."""
        progress("reading the offers")
        return self._names(offers_path(scale_set, publisher))

    def list_skus(
        self, scale_set: ScaleSet, publisher: str, offer: str, progress: ProgressCallback
    ) -> CatalogueList[str]:
        """An offer's SKUs."""
        progress("reading the SKUs")
        return self._names(skus_path(scale_set, publisher, offer))

    def list_own_images(
        self, scale_set: ScaleSet, progress: ProgressCallback
    ) -> CatalogueList[OwnImage]:
        """Managed images, and the image definitions of every gallery, of the subscription.

        What cannot be read, managed images, the list of galleries or one gallery, is left out and
        reported in `damage`; raises where nothing could be read.
        """
        compute = f"/subscriptions/{scale_set.id.subscription_id}/providers/Microsoft.Compute"
        parts = PartialReads()
        no_images: tuple[OwnImage, ...] = ()
        no_galleries: tuple[str, ...] = ()
        progress("reading managed images")
        managed_url = self._urls.url(f"{compute}/images")
        images, read_at = parts.read(
            "managed images",
            lambda: self._own_images(managed_url, progress),
            (no_images, self._now()),
        )
        progress("reading the galleries")
        url = self._urls.url(f"{compute}/galleries", GALLERIES_VERSION)
        galleries, _ = parts.read(
            "galleries",
            lambda: self._cache.get(url, self._list_reader(_gallery_id, progress)),
            (no_galleries, read_at),
        )
        parts.check_any()
        for number, gallery in enumerate(galleries, 1):
            name = gallery.rsplit("/", 1)[-1]
            progress(f"reading gallery {number} of {len(galleries)}: {name}")
            if not _GALLERY_ID.fullmatch(gallery):
                parts.damage.append(
                    f"gallery {name}: {gallery!a} is not an id that can be requested"
                )
                continue
            url = self._urls.resource(f"{gallery}/images", GALLERIES_VERSION)
            gallery_images, read_at = parts.read(
                f"gallery {name}", partial(self._own_images, url, progress), (no_images, read_at)
            )
            images += gallery_images
        return CatalogueList(images, read_at, tuple(parts.damage))

    def _own_images(
        self, url: str, progress: ProgressCallback
    ) -> tuple[tuple[OwnImage, ...], datetime]:
        return self._cache.get(url, self._list_reader(translate_own_image, progress))

    def list_sizes(self, scale_set: ScaleSet, progress: ProgressCallback) -> CatalogueList[str]:
        """VM sizes that the set can use."""
        progress("reading the sizes")
        url = self._urls.scale_set(scale_set.id, "skus")
        sizes, read_at = self._cache.get(
            url, self._list_reader(lambda item: translate_size(item) or None, progress)
        )
        return CatalogueList(tuple(sizes), read_at)

    def _names(self, path: str) -> CatalogueList[str]:
        names, read_at = self._cache.get(self._urls.url(path), self._array_reader(_name))
        return CatalogueList(tuple(sorted(names, key=str.lower)), read_at)

    def _definition_versions(
        self, path: str, read: Callable[[str], tuple[ImageVersion, ...]], *, fresh: bool
    ) -> tuple[tuple[ImageVersion, ...], datetime, tuple[str, str]]:
        """Versions of an image definition, with its generation and architecture."""
        version = GALLERIES_VERSION
        url = self._urls.resource(f"{path}/versions", version)
        versions, read_at = self._cache.get(url, read, fresh=fresh)
        try:
            traits, _ = self._cache.get(self._urls.resource(path, version), self._read_traits)
        except Refused:  # versions may be readable without their definition
            traits = ("", "")
        return versions, read_at, traits

    def _read_traits(self, url: str) -> tuple[str, str]:
        try:
            wire, _ = decode_item(self._sender.read(url).body, DefinitionWire)
        except InvalidJson as error:
            raise InvalidResponse("The image's definition is not JSON.") from error
        properties = wire.properties
        generation = clean(properties.hyper_v_generation or "") if properties else ""
        return generation, clean(properties.architecture or "") if properties else ""

    def _array_reader(
        self, translate: Callable[[msgspec.Raw], T | None]
    ) -> Callable[[str], tuple[T, ...]]:
        def read(url: str) -> tuple[T, ...]:
            try:
                items = decode_array(self._sender.read(url).body)
                entries = [translate(item) for item in items]
            except InvalidJson as error:
                raise InvalidResponse(
                    "The image catalogue's answer is not a list of images."
                ) from error
            return tuple(entry for entry in entries if entry is not None)

        return read

    def _list_reader(
        self, translate: Callable[[msgspec.Raw], T | None], progress: ProgressCallback
    ) -> Callable[[str], tuple[T, ...]]:
        def read(url: str) -> tuple[T, ...]:
            entries: list[T] = []

            def handle_page(response: Response) -> str | None:
                items, next_link = split_page(response.body)
                entries.extend(entry for item in items if (entry := translate(item)) is not None)
                if next_link:
                    progress(f"{len(entries)} so far")
                return next_link

            _, damage = read_pages(self._sender, self._urls, url, handle_page)
            if damage:
                raise InvalidResponse(damage[0])
            return tuple(entries)

        return read


def _name(item: msgspec.Raw) -> str | None:
    wire, _ = decode_item(item, NamedWire)
    return clean(wire.name) if wire.name else None


def _gallery_id(item: msgspec.Raw) -> str | None:
    """The id of a gallery, not checked; None for an entry without one."""
    wire, _ = decode_item(item, DefinitionWire)
    return clean(wire.id) if wire.id else None

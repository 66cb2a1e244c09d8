"""Image publishers, offers, SKUs and versions, for completions. Cached: they move by the day.

Catalogue lists are bare JSON arrays without paging ("Virtual Machine Images" REST pages;
`vmimage-…` exchanges); gallery versions are a paged list (`gallery-image-versions-list`).
"""

import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from vmss_tui.arm.decoding import Unreadable, decode_item, decode_json
from vmss_tui.arm.listing import raw_items, walk
from vmss_tui.arm.paths import GALLERIES, Paths
from vmss_tui.arm.sender import Sender
from vmss_tui.arm.wire import NamedWire
from vmss_tui.fleet.image import Image, ImageKind, version_key
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.scale_set_id import BadName
from vmss_tui.gateway import Damaged
from vmss_tui.text import clean

KEPT_FOR = 3600.0
"""Seconds for which a list is not asked for again."""
_SEGMENT = re.compile(r"[A-Za-z0-9][\w.\-]{0,127}", re.ASCII)
_GALLERY_IMAGE = re.compile(
    r"(/subscriptions/[0-9a-f\-]{36}/resourceGroups/[\w\-.()]{1,90}/providers/Microsoft\.Compute"
    r"/galleries/[\w.]{1,80}/images/[\w.\-]{1,80})(/versions/[\w.]+)?",
    re.IGNORECASE | re.ASCII,
)


class Catalogue:
    """What images there are, asked through the subscription that wants them."""

    def __init__(
        self,
        sender: Sender,
        paths: Paths,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sender = sender
        self._paths = paths
        self._monotonic = monotonic
        self._kept: dict[str, tuple[float, tuple[str, ...]]] = {}
        self._lock = threading.Lock()

    def image_versions(self, scale_set: ScaleSet) -> Sequence[str]:
        """Versions of the model's image, newest first, ordered as numbers; empty without any."""
        image = scale_set.image
        if image is None:
            return ()
        match image.kind:
            case ImageKind.PLATFORM:
                found = self._platform_versions(scale_set, image)
            case ImageKind.GALLERY if whole := _GALLERY_IMAGE.fullmatch(image.reference):
                url = self._paths.url(f"{whole[1]}/versions", GALLERIES)
                found = self._cached(url, self._gallery_versions)
            case _:
                return ()
        return sorted(found, key=version_key, reverse=True)

    def _platform_versions(self, scale_set: ScaleSet, image: Image) -> Sequence[str]:
        named = (scale_set.location, image.publisher, image.offer, image.sku)
        for part in named:
            if not _SEGMENT.fullmatch(part):
                raise BadName(f"{part!a} cannot be a location or part of an image's name")
        location, publisher, offer, sku = named
        where = (
            f"/subscriptions/{scale_set.id.subscription_id}/providers/Microsoft.Compute"
            f"/locations/{location}/publishers/{publisher}/artifacttypes/vmimage"
            f"/offers/{offer}/skus/{sku}/versions"
        )
        return self._cached(self._paths.url(where), self._bare_array)

    def _cached(self, url: str, read: Callable[[str], tuple[str, ...]]) -> tuple[str, ...]:
        with self._lock:
            kept = self._kept.get(url)
        if kept and self._monotonic() - kept[0] < KEPT_FOR:
            return kept[1]
        found = read(url)
        with self._lock:
            self._kept[url] = (self._monotonic(), found)
        return found

    def _bare_array(self, url: str) -> tuple[str, ...]:
        try:
            listed = decode_json(self._sender.read(url).body)
        except Unreadable as error:
            raise Damaged("The image catalogue's answer is not JSON.") from error
        if not isinstance(listed, list):
            raise Damaged("The image catalogue's answer is not a list.")
        names = (each.get("name") for each in listed if isinstance(each, dict))
        return tuple(clean(name) for name in names if isinstance(name, str) and name)

    def _gallery_versions(self, url: str) -> tuple[str, ...]:
        found: list[str] = []

        def take(body: bytes, _headers: Mapping[str, str]) -> str | None:
            items, following = raw_items(body)
            for item in items:
                wire, _ = decode_item(item, NamedWire)
                if wire.name:
                    found.append(clean(wire.name))
            return following

        _, damage = walk(self._sender, self._paths, url, take)
        if damage:
            raise Damaged(damage[0])
        return tuple(found)

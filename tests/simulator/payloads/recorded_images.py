"""Adds the images and galleries of a recorded response to a simulator."""

import re
from dataclasses import replace
from typing import Any

from vmss_tui.simulator.server import Simulator
from vmss_tui.simulator.world.custom_images import (
    Gallery,
    GalleryImage,
    GalleryVersion,
    ManagedImage,
)
from vmss_tui.simulator.world.platform_images import OperatingSystem

_OLD_UBUNTU = OperatingSystem("Linux", "ubuntu", "18.04", "V1")
_UBUNTU = OperatingSystem("Linux", "ubuntu", "22.04")


class RecordedImages:
    """The image library of a simulator; `path` is that of the recording's first request."""

    def __init__(self, simulator: Simulator, path: str, *, encrypted: bool) -> None:
        self._library = simulator.world.library
        self._subscription = simulator.subscription_id
        self._segments = path.split("/")
        self._encryption_set = "encryptionset" if encrypted else None

    def add_from(self, body: Any) -> None:
        """Adds the images that a response references, and the galleries it lists."""
        for item in (body.get("value") or [body]) if isinstance(body, dict) else []:
            kind = str(item.get("type", "")) if isinstance(item, dict) else ""
            if kind.endswith("/galleries") or "/galleries/" in kind:
                self._library.add(self._gallery(item))
            elif kind.endswith("/images"):
                self._add_managed(self._segments[4], item["name"], item["location"], _OLD_UBUNTU)
        if self._library.galleries:
            return
        for image_id in re.findall(r"'id': '(/subscriptions/[^']*/images/[^']*)'", str(body)):
            segments = image_id.split("/")
            if "galleries" in segments:
                self._add_gallery_version(segments)
            elif len(segments) == 9:
                self._add_managed(segments[4], segments[8], "westus", _UBUNTU)

    def _gallery(self, item: Any) -> Gallery:
        """A gallery with the image and the version that recorded responses list."""
        name = self._segments[8] if len(self._segments) > 8 else item["name"]
        version = GalleryVersion(
            "1.1.2", 0.0, ("eastus2", "westus2"), encryption_set=self._encryption_set
        )
        identifier = ("publisher1", "offer1", "sku1")
        image = GalleryImage("image1", _OLD_UBUNTU, identifier, (version,))
        group, location = self._segments[4], item["location"]
        return Gallery(self._subscription, group, name, location, "unique", "public", (image,))

    def _add_gallery_version(self, segments: list[str]) -> None:
        """Adds the gallery, image and version of an image id."""
        version = GalleryVersion(segments[-1], 0.0, ("westus", "westus2"))
        image = GalleryImage(segments[10], _UBUNTU, ("p", "o", "s"), (version,))
        group, name = segments[4], segments[8]
        gallery = Gallery(self._subscription, group, name, "westus", name, name, (image,))
        known = self._library.galleries.get(gallery.id.lower())
        images = (*known.images, image) if known else (image,)
        self._library.add(replace(gallery, images=images))

    def _add_managed(self, group: str, name: str, location: str, os: OperatingSystem) -> None:
        self._library.add(ManagedImage(self._subscription, group, name, location, os))

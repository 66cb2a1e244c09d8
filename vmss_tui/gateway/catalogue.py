"""The protocol that lists the images and VM sizes which a scale set can use."""

from collections.abc import Callable
from typing import Protocol

from vmss_tui.fleet.image import Image
from vmss_tui.fleet.image_offers import CatalogueList, ImageVersions, OwnImage
from vmss_tui.fleet.scale_set import ScaleSet

ProgressCallback = Callable[[str], None]
"""Receives the progress of a slow read; may raise `gateway.ReadCancelled` to end it."""


def ignore_progress(_message: str) -> None:
    """A `ProgressCallback` that does nothing."""


class Catalogue(Protocol):
    """Lists images and VM sizes; lists are cached for a while.

    Each read may take long and reports to `progress`. `fresh` ignores the cache.
    """

    def list_versions(
        self,
        scale_set: ScaleSet,
        image: Image | None,
        progress: ProgressCallback,
        *,
        fresh: bool = False,
    ) -> ImageVersions:
        """The versions of an image, newest first; none for a managed image or a VHD."""

    def list_publishers(
        self, scale_set: ScaleSet, progress: ProgressCallback
    ) -> CatalogueList[str]:
        """Publishers of platform images in the set's region."""

    def list_offers(
        self, scale_set: ScaleSet, publisher: str, progress: ProgressCallback
    ) -> CatalogueList[str]:
        """A publisher's offers."""

    def list_skus(
        self, scale_set: ScaleSet, publisher: str, offer: str, progress: ProgressCallback
    ) -> CatalogueList[str]:
        """An offer's SKUs."""

    def list_own_images(
        self, scale_set: ScaleSet, progress: ProgressCallback
    ) -> CatalogueList[OwnImage]:
        """Managed images and image definitions of the set's subscription."""

    def list_sizes(self, scale_set: ScaleSet, progress: ProgressCallback) -> CatalogueList[str]:
        """VM sizes that the set can use."""

"""What can be chosen for a scale set, as Azure offers it: a protocol, owned by those who ask."""

from collections.abc import Callable
from typing import Protocol

from vmss_tui.fleet.image import Image
from vmss_tui.fleet.image_offers import CatalogueList, ImageVersions, OwnImage
from vmss_tui.fleet.scale_set import ScaleSet

ProgressCallback = Callable[[str], None]
"""Hears how far a slow reading is; may raise `gateway.GaveUp` to end it."""


def ignore_progress(_words: str) -> None:
    """Nobody listens."""


class Catalogue(Protocol):
    """What can be chosen for a set, as Azure offers it; kept for a while, so cheap to ask again.

    Reads; each may take long and is told of by `tell`.
    """

    def list_versions(
        self, scale_set: ScaleSet, image: Image | None, progress: ProgressCallback, *, fresh: bool = False
    ) -> ImageVersions:
        """The versions of an image, newest first; none for a managed image or a blob."""

    def list_publishers(self, scale_set: ScaleSet, progress: ProgressCallback) -> CatalogueList[str]:
        """Publishers of platform images in the set's region."""

    def list_offers(self, scale_set: ScaleSet, publisher: str, progress: ProgressCallback) -> CatalogueList[str]:
        """A publisher's offers."""

    def list_skus(
        self, scale_set: ScaleSet, publisher: str, offer: str, progress: ProgressCallback
    ) -> CatalogueList[str]:
        """An offer's SKUs."""

    def list_own_images(self, scale_set: ScaleSet, progress: ProgressCallback) -> CatalogueList[OwnImage]:
        """Managed images and image definitions of the set's subscription."""

    def list_sizes(self, scale_set: ScaleSet, progress: ProgressCallback) -> CatalogueList[str]:
        """VM sizes that the set could have."""

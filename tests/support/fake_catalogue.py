"""A small catalogue of images and sizes that answers at once."""

from collections.abc import Sequence

from tests.support.fleets import JAMMY, NEW, NEWEST, NOON, OLD, SUBSCRIPTION
from vmss_tui.fleet.image import Image, image_from_id
from vmss_tui.fleet.image_offers import CatalogueList, ImageVersion, ImageVersions, OwnImage
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.gateway.catalogue import Catalogue, ProgressCallback
from vmss_tui.runtime.images import Images


class FakeCatalogue(Catalogue):
    """A small catalogue that answers at once, and says what it was asked."""

    def __init__(self) -> None:
        self.versions: Sequence[ImageVersion] = tuple(map(ImageVersion, (NEWEST, NEW, OLD)))
        self.error: Exception | None = None
        self.requests: list[str] = []
        self.newest = ""

    def list_versions(
        self,
        scale_set: ScaleSet,
        image: Image | None,
        progress: ProgressCallback,
        *,
        fresh: bool = False,
    ) -> ImageVersions:
        """The same versions for every image."""
        self._request("versions again" if fresh else "versions", progress)
        assert image is not None
        versions = ImageVersions(image, tuple(self.versions), scale_set.location, NOON, "V2", "x64")
        self.newest = versions.newest
        return versions

    def list_publishers(
        self, scale_set: ScaleSet, progress: ProgressCallback
    ) -> CatalogueList[str]:
        """Three publishers."""
        return self._named("publishers", progress, "Canonical", "Debian", "RedHat")

    def list_offers(
        self, scale_set: ScaleSet, publisher: str, progress: ProgressCallback
    ) -> CatalogueList[str]:
        """Two offers."""
        return self._named(f"offers of {publisher}", progress, JAMMY.offer, "ubuntu-24_04-lts")

    def list_skus(
        self, scale_set: ScaleSet, publisher: str, offer: str, progress: ProgressCallback
    ) -> CatalogueList[str]:
        """Two SKUs."""
        return self._named(f"SKUs of {offer}", progress, "server", JAMMY.sku)

    def list_own_images(
        self, scale_set: ScaleSet, progress: ProgressCallback
    ) -> CatalogueList[OwnImage]:
        """A managed image in the region, one elsewhere, and a gallery image."""
        self._request("own images", progress)
        group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/img/providers/Microsoft.Compute"
        return CatalogueList(
            (
                OwnImage(image_from_id(f"{group}/images/gold"), "East US", "Linux", "V2"),
                OwnImage(image_from_id(f"{group}/images/far"), "westeurope", "Linux", "V2"),
                OwnImage(image_from_id(f"{group}/galleries/g/images/web"), "eastus", "Linux", "V2"),
            ),
            NOON,
            ("gallery secret: Azure refused: You may not.",),
        )

    def list_sizes(self, scale_set: ScaleSet, progress: ProgressCallback) -> CatalogueList[str]:
        """Three VM sizes."""
        return self._named(
            "sizes", progress, "Standard_D2s_v5", "Standard_D4s_v5", "Standard_D8s_v5"
        )

    def _named(self, request: str, progress: ProgressCallback, *names: str) -> CatalogueList[str]:
        self._request(request, progress)
        return CatalogueList(names, NOON)

    def _request(self, request: str, progress: ProgressCallback) -> None:
        self.requests.append(request)
        progress(f"reading {request}")
        if self.error is not None:
            raise self.error


class FakeImages(Images):
    """The images of the catalogue."""

    catalogue: FakeCatalogue

    def __init__(self) -> None:
        super().__init__(FakeCatalogue())

    def newest_version(self, scale_set: ScaleSet) -> str:
        """The newest version, once versions have been listed."""
        return self.catalogue.newest

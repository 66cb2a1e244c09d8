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
        self.offered: Sequence[ImageVersion] = tuple(map(ImageVersion, (NEWEST, NEW, OLD)))
        self.raises: Exception | None = None
        self.asked: list[str] = []
        self.told = ""

    def list_versions(
        self,
        scale_set: ScaleSet,
        image: Image | None,
        progress: ProgressCallback,
        *,
        fresh: bool = False,
    ) -> ImageVersions:
        """The same for every image."""
        self._ask("versions again" if fresh else "versions", progress)
        assert image is not None
        found = ImageVersions(image, tuple(self.offered), scale_set.location, NOON, "V2", "x64")
        self.told = found.newest
        return found

    def list_publishers(
        self, scale_set: ScaleSet, progress: ProgressCallback
    ) -> CatalogueList[str]:
        """Three."""
        return self._named("publishers", progress, "Canonical", "Debian", "RedHat")

    def list_offers(
        self, scale_set: ScaleSet, publisher: str, progress: ProgressCallback
    ) -> CatalogueList[str]:
        """Two of each."""
        return self._named(f"offers of {publisher}", progress, JAMMY.offer, "ubuntu-24_04-lts")

    def list_skus(
        self, scale_set: ScaleSet, publisher: str, offer: str, progress: ProgressCallback
    ) -> CatalogueList[str]:
        """Two of each."""
        return self._named(f"SKUs of {offer}", progress, "server", JAMMY.sku)

    def list_own_images(
        self, scale_set: ScaleSet, progress: ProgressCallback
    ) -> CatalogueList[OwnImage]:
        """A managed image here, one elsewhere, and a gallery's."""
        self._ask("own images", progress)
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
        """Three."""
        return self._named(
            "sizes", progress, "Standard_D2s_v5", "Standard_D4s_v5", "Standard_D8s_v5"
        )

    def _named(self, asked: str, tell: ProgressCallback, *names: str) -> CatalogueList[str]:
        self._ask(asked, tell)
        return CatalogueList(names, NOON)

    def _ask(self, what: str, tell: ProgressCallback) -> None:
        self.asked.append(what)
        tell(f"reading {what}")
        if self.raises is not None:
            raise self.raises


class FakeImages(Images):
    """What is on the shelf, for whichever image."""

    catalogue: FakeCatalogue

    def __init__(self) -> None:
        super().__init__(FakeCatalogue())

    def newest_version(self, scale_set: ScaleSet) -> str:
        """As set, once somebody has asked."""
        return self.catalogue.told

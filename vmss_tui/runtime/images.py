"""Versions of images, and the newest ones that this session has read."""

import contextlib
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor

from vmss_tui.fleet.image import Image, ImageKind, family_title
from vmss_tui.fleet.image_offers import ImageVersion, ImageVersions
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.scale_set_id import BadName
from vmss_tui.gateway import GatewayError
from vmss_tui.gateway.cancellation import Cancellation
from vmss_tui.gateway.catalogue import Catalogue, ProgressCallback, ignore_progress
from vmss_tui.gateway.failures import concerns_one_resource

_PARALLEL_READS = 8


def image_key(scale_set: ScaleSet) -> tuple[str, str] | None:
    """Region and image, for which the catalogue has one list of versions; None for an image
    without versions."""
    image = scale_set.image
    if image is None or image.kind in (ImageKind.MANAGED, ImageKind.VHD):
        return None
    return scale_set.place, family_title(image)


class Images:
    """A catalogue that remembers the versions of each model's image."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._newest: dict[tuple[str, str], str] = {}
        self._versions: dict[tuple[str, str], ImageVersions] = {}

    def read_versions(
        self,
        scale_set: ScaleSet,
        image: Image | None = None,
        report_progress: ProgressCallback = ignore_progress,
        *,
        fresh: bool = False,
    ) -> ImageVersions:
        """The versions of an image, newest first; without `image`, of the model's image.

        Blocks; may raise any `GatewayError`.
        """
        versions = self.catalogue.list_versions(
            scale_set, image or scale_set.image, report_progress, fresh=fresh
        )
        if scale_set.image is not None and versions.image == scale_set.image:
            self._newest[scale_set.place, scale_set.image.title] = versions.newest
            if (key := image_key(scale_set)) is not None:
                self._versions[key] = versions
        return versions

    def read_all_versions(self, scale_sets: Iterable[ScaleSet], cancellation: Cancellation) -> None:
        """Reads the versions of each image and region once, several at a time; those that cannot
        be read stay unknown. Raises a `GatewayError` after which the next read would fail, too.

        `cancellation` is that of the gateway: Ctrl-C ends all reads at once.
        """
        by_key = {key: one for one in scale_sets if (key := image_key(one)) is not None}

        def read(scale_set: ScaleSet) -> None:
            try:
                self.read_versions(scale_set)
            except BadName:
                return
            except GatewayError as error:
                if not concerns_one_resource(error):
                    raise

        with ThreadPoolExecutor(_PARALLEL_READS) as pool, cancellation.on_interrupt():
            list(pool.map(read, by_key.values()))

    def versions_behind(self, scale_set: ScaleSet) -> int | None:
        """The number of newer versions of the model's image, by what `read_versions` has read;
        None where that is nothing, or the image has no version number. Sends no request."""
        key = image_key(scale_set)
        versions = self._versions.get(key) if key is not None else None
        if versions is None or scale_set.image is None:
            return None
        return versions.versions_behind(scale_set.image.version)

    def next_end(self, scale_set: ScaleSet, running: Collection[str] = ()) -> ImageVersion | None:
        """Of the versions of the model and of the instances (`running`) the one whose support ends
        first, by what `read_versions` has read; None where no end is known. Sends no request."""
        key = image_key(scale_set)
        versions = self._versions.get(key) if key is not None else None
        if versions is None or scale_set.image is None:
            return None
        return versions.next_end((scale_set.image.version, *running))

    def latest_version(self, scale_set: ScaleSet) -> str:
        """The version that `latest` means, if the model says `latest`.

        Empty where it does not, and where the catalogue could not be read. Blocks.
        """
        if scale_set.image is not None and scale_set.image.follows_latest:
            with contextlib.suppress(GatewayError, BadName):
                return self.read_versions(scale_set).newest
        return ""

    def newest_version(self, scale_set: ScaleSet) -> str:
        """The newest version of the model's image; empty before `read_versions` has read it."""
        image = scale_set.image
        return self._newest.get((scale_set.place, image.title), "") if image else ""

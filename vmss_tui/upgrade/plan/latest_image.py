"""Models with the image version `latest`: instances may run an older image. Pure.

Source: "Modify a Virtual Machine Scale Set": with `latest`, new and reimaged instances get the
newest version, the others keep theirs, and `latestModelApplied` does not show that.
"""

from msgspec import Struct

from vmss_tui.fleet.image import same_family, version_key
from vmss_tui.fleet.scale_set import Instance
from vmss_tui.fleet.snapshot import Snapshot


class ImageLag(Struct, frozen=True):
    """How many instances of a scale set run an older image than the newest known version."""

    newest_version: str
    """From the catalogue, else the newest that an instance runs; empty where none is known."""
    behind: int
    unknown: int
    """Number of instances without a reported image version."""
    total: int

    @property
    def message(self) -> str:
        """A sentence for a plan, with the remedy."""
        if not self.newest_version:
            return (
                "the model says `latest`: instances may still run an older image; "
                "pin a version to upgrade them"
            )
        counts = (
            f"{self.behind} of {self.total} instances run an older image than {self.newest_version}"
        )
        if self.unknown:
            counts += f", not reported for {self.unknown}"
        return (
            f"the model says `latest`: {counts}, although on the latest model; "
            f"pin it (--image-version {self.newest_version}) to upgrade them"
        )


def measure_image_lag(snapshot: Snapshot, offered_version: str = "") -> ImageLag | None:
    """The lag of a scale set; None where its model has an exact image version or no image.

    `offered_version` is the newest version in the catalogue; empty where it was not read.
    """
    image = snapshot.scale_set.image
    if image is None or not image.follows_latest:
        return None
    newest_version = newest_known_version(snapshot, offered_version)
    instances = [instance for instance in snapshot.instances if not instance.attached_reason]
    results = [runs_older_image(instance, newest_version) for instance in instances]
    return ImageLag(newest_version, results.count(True), results.count(None), len(results))


def newest_known_version(snapshot: Snapshot, offered_version: str = "") -> str:
    """The newest of the offered version and those that instances run; empty without any.

    An instance may run a newer version than the catalogue offers, if that was withdrawn.
    """
    model_image = snapshot.scale_set.image
    running = {
        instance.image.exact_version
        for instance in snapshot.instances
        if instance.image and same_family(instance.image, model_image)
    }
    known = [version for version in running if version] + [offered_version] * bool(offered_version)
    return max(known, key=version_key, default="")


def runs_older_image(instance: Instance, newest: str) -> bool | None:
    """Whether it runs an older image than `newest`; None where its version is not reported, and
    for an attached machine."""
    if instance.attached_reason:
        return None
    exact = instance.image.exact_version if instance.image else None
    if not exact:
        return None
    return bool(newest) and version_key(exact) < version_key(newest)

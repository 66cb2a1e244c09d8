"""A model at version `latest`: what Azure calls current may still run an older image. Pure.

Source: "Modify a Virtual Machine Scale Set": with `latest`, new and reimaged instances take the
newest version, the others stay where they are, and latestModelApplied says nothing about it.
"""

from dataclasses import dataclass

from vmss_tui.fleet.image import version_key
from vmss_tui.fleet.scale_set import Instance
from vmss_tui.fleet.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class ImageLag:
    """How the instances of a set stand to the newest version that is known."""

    newest: str
    """Of the catalogue, else the newest that an instance runs; empty where none is known."""
    behind: int
    unknown: int
    """Instances of which Azure does not say what they run."""
    total: int

    @property
    def message(self) -> str:
        """The sentence for a plan, with the way out."""
        if not self.newest:
            return (
                "the model says `latest`: instances may still run an older image; "
                "pin a version to move them"
            )
        counts = f"{self.behind} of {self.total} instances run an older image than {self.newest}"
        if self.unknown:
            counts += f", of {self.unknown} Azure does not say it"
        return (
            f"the model says `latest`: {counts}, whatever is called current; "
            f"pin it (--image-version {self.newest}) to move them"
        )


def measure_image_lag(snapshot: Snapshot, newest: str = "") -> ImageLag | None:
    """How the instances stand; None where the model names an exact version or no image.

    `newest` is what the catalogue says, where somebody has asked it.
    """
    image = snapshot.scale_set.image
    if image is None or not image.follows_latest:
        return None
    newest_version = newest_known_version(snapshot, newest)
    results = [runs_older_image(instance, newest_version) for instance in snapshot.instances]
    return ImageLag(newest_version, results.count(True), results.count(None), len(results))


def newest_known_version(snapshot: Snapshot, newest: str = "") -> str:
    """The catalogue's newest version, or the newest that an instance runs; empty without any.

    An instance may run a newer one than the catalogue offers: then that is no longer offered.
    """
    running = {i.image.exact_version for i in snapshot.instances if i.image} - {None, ""}
    known = [version for version in running if version] + [newest] * bool(newest)
    return max(known, key=version_key, default="")


def runs_older_image(instance: Instance, newest: str) -> bool | None:
    """Does it run an older image than `newest`? None where Azure does not say what it runs."""
    exact = instance.image.exact_version if instance.image else None
    if not exact:
        return None
    return bool(newest) and version_key(exact) < version_key(newest)

"""A model at version `latest`: what Azure calls current may still run an older image. Pure.

Source: "Modify a Virtual Machine Scale Set": with `latest`, new and reimaged instances take the
newest version, the others stay where they are, and latestModelApplied says nothing about it.
"""

from dataclasses import dataclass

from vmss_tui.fleet.image import version_key
from vmss_tui.fleet.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Behind:
    """How the instances of a set stand to the newest version that is known."""

    newest: str
    """Of the catalogue, else the newest that an instance runs; empty where none is known."""
    behind: int
    unsaid: int
    """Instances of which Azure does not say what they run."""
    total: int

    @property
    def words(self) -> str:
        """The sentence for a plan, with the way out."""
        if not self.newest:
            return (
                "the model says `latest`: instances may still run an older image; "
                "pin a version to move them"
            )
        found = f"{self.behind} of {self.total} instances run an older image than {self.newest}"
        if self.unsaid:
            found += f", of {self.unsaid} Azure does not say it"
        return (
            f"the model says `latest`: {found}, whatever is called current; "
            f"pin it (--image-version {self.newest}) to move them"
        )


def behind_latest(snapshot: Snapshot, newest: str = "") -> Behind | None:
    """How the instances stand; None where the model names an exact version or no image.

    `newest` is what the catalogue says, where somebody has asked it.
    """
    image = snapshot.scale_set.image
    if image is None or not image.follows_latest:
        return None
    running = [i.image.exact_version if i.image else None for i in snapshot.instances]
    known = [version for version in running if version]
    best = max([*known, *([newest] if newest else [])], key=version_key, default="")
    behind = sum(version_key(version) < version_key(best) for version in known)
    return Behind(best, behind, len(running) - len(known), len(running))

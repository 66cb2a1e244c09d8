"""What a picker shows: the lines to choose from and what is to be known of each. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from vmss_tui.fleet.image import Image, family_title, image_from_id, same_family, version_key
from vmss_tui.fleet.image_offers import (
    CatalogueList,
    ImageVersions,
    OwnImage,
    count_running_versions,
)
from vmss_tui.fleet.model_edit.image import image_id_with_version
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway.catalogue import ProgressCallback
from vmss_tui.text import cell
from vmss_tui.upgrade.report.sentences import counted


@dataclass(frozen=True, slots=True)
class Choice:
    """One line. `value` is what goes into the field, `label` how it is shown."""

    value: str
    label: str
    words: str = ""
    own: bool = False
    """The model's, as it is."""
    fits: bool = True
    """False for what Azure would refuse here; it can be chosen all the same, and is refused."""


@dataclass(frozen=True, slots=True)
class Page:
    """A list to choose from, newest or nearest first."""

    choices: tuple[Choice, ...]
    head: str = ""
    foot: str = ""
    """What could not be read."""
    taken_at: datetime | None = None


Read = Callable[[ProgressCallback, bool], Page]
"""Reads a page, in a thread; the flag asks for it anew."""


def versions_page(
    found: ImageVersions,
    scale_set: ScaleSet,
    snapshot: Snapshot | None,
    now: datetime,
    *,
    ids: bool,
) -> Page:
    """Versions newest first, with the model's own place and how many instances run each.

    With `ids` the value is the image's whole id in that version.
    """
    mine = scale_set.image if same_family(scale_set.image, found.image) else None
    counts = count_running_versions(snapshot, found.image) if snapshot else {}
    listed = {each.name: each for each in found.versions}
    extra = {*counts, *([mine.version] if mine and mine.version else [])} - {""}
    names = sorted({*listed, *extra}, key=version_key, reverse=True)
    choices = []
    for name in ["latest"] * bool(found.versions) + [n for n in names if n.lower() != "latest"]:
        version, count = listed.get(name), counts.get(name, 0)
        told = [counted(count, "instance", "instances")] if count else []
        own = mine is not None and (mine.version.lower() or "latest") == name.lower()
        told += ["the model"] if own else []
        if name == "latest":
            told += [f"now {found.newest}" if found.newest else "nothing that could be used"]
        elif version is None:
            told += ["not offered any more"] if found.versions else []
        else:
            told += version.remarks(found.region, now)
        fits = version.usable if version else name == "latest" and bool(found.newest)
        value = image_id_with_version(found.image, name) if ids else name
        choices.append(Choice(value, name, " · ".join(told), own, fits))
    kinds = " ".join(filter(None, (found.generation, found.architecture)))
    head = [family_title(found.image), found.region, kinds]
    head += [f"the model: {found.describe_version(mine.version)}"] if mine and found.versions else []
    return Page(tuple(choices), " · ".join(filter(None, head)), taken_at=found.taken_at)


def own_page(found: CatalogueList[OwnImage], scale_set: ScaleSet) -> Page:
    """Managed images and image definitions; those of other regions last."""
    choices = []
    for each in sorted(found.items, key=lambda each: not each.fits(scale_set.location)):
        fits = each.fits(scale_set.location)
        told = [str(each.image.kind), each.os, each.generation, each.architecture]
        told += [] if fits else [f"in {each.region}, not in {scale_set.location}"]
        own = same_family(scale_set.image, each.image)
        told += ["the model's"] if own else []
        label = each.image.short_reference
        words = " · ".join(filter(None, told))
        choices.append(Choice(each.image.reference, label, words, own, fits))
    head = "images of this subscription" if choices else "no image of its own in this subscription"
    return Page(tuple(choices), head, "; ".join(found.damage), found.taken_at)


def names_page(found: CatalogueList[str], now: str, what: str) -> Page:
    """Plain names; `now` is the one that is there already."""
    return Page(named(found.items, now), f"{len(found.items)} {what}", taken_at=found.taken_at)


def named(names: Iterable[str], now: str) -> tuple[Choice, ...]:
    """Names as choices."""
    return tuple(
        Choice(name, name, "as it is" if name.lower() == now.lower() else "", name == now)
        for name in names
    )


def matching_choices(choices: Sequence[Choice], words: str) -> tuple[Choice, ...]:
    """Those that have every word somewhere."""
    wanted = words.lower().split()
    return tuple(
        each
        for each in choices
        if all(word in f"{each.label} {each.words}".lower() for word in wanted)
    )


def versioned_image(typed: str) -> Image | None:
    """The image of an id that may have versions (of a gallery), else None."""
    image = image_from_id(typed)
    return image if "galleries/" in typed.lower() and "/images/" in typed.lower() else None


def label_width(choices: Sequence[Choice], most: int) -> int:
    """Columns that the labels want."""
    return min(max((len(cell(each.label, 200)) for each in choices), default=0), most)

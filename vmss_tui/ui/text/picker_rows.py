"""The pages of the picker: values to choose from with their descriptions. Pure."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from vmss_tui.fleet.image import Image, family_title, image_from_id, same_family, version_key
from vmss_tui.fleet.image_offers import (
    CatalogueList,
    ImageVersions,
    OwnImage,
    count_running_versions,
)
from vmss_tui.fleet.model_edit.image import image_id_with_version
from vmss_tui.fleet.phrases import pluralize
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway.catalogue import ProgressCallback
from vmss_tui.text import cell


class Choice(Struct, frozen=True):
    """One line: `value` goes into the field, `label` and `description` are shown."""

    value: str
    label: str
    description: str = ""
    is_model_value: bool = False
    """The value is that of the model."""
    is_allowed: bool = True
    """False if Azure will probably refuse the value; it can be chosen all the same."""


class Page(Struct, frozen=True):
    """A list of choices, newest or nearest first."""

    choices: tuple[Choice, ...]
    head: str = ""
    error: str = ""
    """What could not be read."""
    taken_at: datetime | None = None


PageReader = Callable[[ProgressCallback, bool], Page]
"""Reads a page, in a thread; True reads it again instead of from the cache."""


def versions_page(
    offered: ImageVersions,
    scale_set: ScaleSet,
    snapshot: Snapshot | None,
    now: datetime,
    *,
    ids: bool,
) -> Page:
    """Versions, newest first, with the number of instances that run each.

    With `ids` the value is the whole image id with the version.
    """
    model_image = scale_set.image if same_family(scale_set.image, offered.image) else None
    counts = count_running_versions(snapshot, offered.image) if snapshot else {}
    versions_by_name = {version.name: version for version in offered.versions}
    names_in_use = {*counts, model_image.version if model_image else ""} - {""}
    names = sorted({*versions_by_name, *names_in_use}, key=version_key, reverse=True)
    choices = []
    for name in ["latest"] * bool(offered.versions) + [n for n in names if n.lower() != "latest"]:
        version, count = versions_by_name.get(name), counts.get(name, 0)
        remarks = [pluralize(count, "instance", "instances")] if count else []
        is_model_value = (
            model_image is not None and (model_image.version.lower() or "latest") == name.lower()
        )
        remarks += ["the model"] if is_model_value else []
        if name == "latest":
            remarks += [f"now {offered.newest}" if offered.newest else "no usable version"]
        elif version is None:
            remarks += ["no longer offered"] if offered.versions else []
        else:
            remarks += version.remarks(offered.region, now)
        is_allowed = version.usable if version else name == "latest" and bool(offered.newest)
        value = image_id_with_version(offered.image, name) if ids else name
        choices.append(Choice(value, name, " · ".join(remarks), is_model_value, is_allowed))
    kinds = " ".join(filter(None, (offered.generation, offered.architecture)))
    family = " · ".join(filter(None, (family_title(offered.image), offered.region, kinds)))
    model = []
    if model_image and offered.versions:
        model.append(f"model {offered.describe_version(model_image.version)}")
    if scale_set.purchase_plan:
        model.append(f"purchase plan {scale_set.purchase_plan}")
    head = "\n".join(filter(None, (family, " · ".join(model))))
    return Page(tuple(choices), head, taken_at=offered.taken_at)


def own_images_page(listed: CatalogueList[OwnImage], scale_set: ScaleSet) -> Page:
    """Managed images and image definitions of the subscription; other regions last."""
    choices = []
    for own_image in sorted(
        listed.items, key=lambda own_image: not own_image.fits(scale_set.location)
    ):
        is_allowed = own_image.fits(scale_set.location)
        remarks = [
            str(own_image.image.kind),
            own_image.os,
            own_image.generation,
            own_image.architecture,
        ]
        remarks += [] if is_allowed else [f"in {own_image.region}, not in {scale_set.location}"]
        is_model_image = same_family(scale_set.image, own_image.image)
        remarks += ["the model's"] if is_model_image else []
        label = own_image.image.short_reference
        description = " · ".join(filter(None, remarks))
        choices.append(
            Choice(own_image.image.reference, label, description, is_model_image, is_allowed)
        )
    head = f"{'custom' if choices else 'no custom'} images of this subscription"
    return Page(tuple(choices), head, "; ".join(listed.damage), listed.taken_at)


def names_page(listed: CatalogueList[str], current: str, plural: str) -> Page:
    """A page of names; `current` is the name in use."""
    return Page(
        name_choices(listed.items, current),
        f"{len(listed.items)} {plural}",
        taken_at=listed.taken_at,
    )


def name_choices(names: Iterable[str], current: str) -> tuple[Choice, ...]:
    """Names as choices; `current` is the name in use."""
    return tuple(
        Choice(
            name, name, "current value" if name.lower() == current.lower() else "", name == current
        )
        for name in names
    )


def matching_choices(choices: Sequence[Choice], query: str) -> tuple[Choice, ...]:
    """The choices whose label and description contain every word of the query."""
    query_words = query.lower().split()
    return tuple(
        choice
        for choice in choices
        if all(word in f"{choice.label} {choice.description}".lower() for word in query_words)
    )


def versioned_image(image_id: str) -> Image | None:
    """The image of an id if it is a gallery image, which has versions; else None."""
    image = image_from_id(image_id)
    return image if "galleries/" in image_id.lower() and "/images/" in image_id.lower() else None


def label_width(choices: Sequence[Choice], maximum: int) -> int:
    """The width of the longest label, at most `maximum`."""
    return min(max((len(cell(choice.label, 200)) for choice in choices), default=0), maximum)

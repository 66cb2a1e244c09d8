"""An edit of the model: what is asked, the minimal PATCH for it, its diff, what it sets off.

Pure. It refuses what cannot be right without asking Azure; Azure's own refusals come later.
Sources: "Virtual Machine Scale Sets - Update" (REST), "Upgrade policy modes for Virtual Machine
Scale Sets". An image reference is sent whole because its parts must move in one call.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from vmss_tui.fleet.diff import DiffLine, dropped, pointwise, shown
from vmss_tui.fleet.image import Image, ImageKind, image_from, image_from_id
from vmss_tui.fleet.scale_set import PolicyMode, ScaleSet

_IMAGE_ID = re.compile(
    r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Compute/"
    r"(images/[^/]+|galleries/[^/]+/images/[^/]+(/versions/[^/]+)?)"
    r"|/(sharedGalleries|communityGalleries)/[^/]+/images/[^/]+(/versions/[^/]+)?",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z0-9][\w.\-]{0,127}", re.ASCII)


class NotPossible(ValueError):
    """The edit cannot be right; the message names the field and says what would be."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


@dataclass(frozen=True, slots=True)
class Edit:
    """What somebody wants of the model. None leaves a field as it is."""

    image_version: str | None = None
    image_sku: str | None = None
    image_offer: str | None = None
    image_publisher: str | None = None
    image_id: str | None = None
    image_uri: str | None = None
    vm_size: str | None = None
    capacity: int | None = None
    policy_mode: str | None = None

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) is not None for field in fields(self))


@dataclass(frozen=True, slots=True)
class Change:
    """An edit worked out against one reading of the model."""

    body: Mapping[str, Any]
    """The PATCH, with nothing in it that stays as it is."""
    lines: tuple[DiffLine, ...]
    consequence: str
    """What saving it sets off, in a sentence."""
    az: str
    """The equivalent command line of the az CLI."""
    touches_model: bool
    """False where only capacity or the policy mode move, which leave instances current."""

    def __bool__(self) -> bool:
        return bool(self.lines)


def change(scale_set: ScaleSet, edit: Edit) -> Change:
    """Works out `edit` against the model read; raises `NotPossible`. Falsy when nothing differs."""
    wanted: dict[str, Any] = {}
    if storage := _storage(scale_set, edit):
        _merge(wanted, {"properties": {"virtualMachineProfile": {"storageProfile": storage}}})
    if edit.capacity is not None:
        _merge(wanted, {"sku": _capacity(scale_set, edit.capacity)})
    if edit.vm_size is not None:  # after capacity, which brings the size as it is now
        _merge(wanted, {"sku": {"name": _word("vm_size", edit.vm_size, "Standard_D4s_v5")}})
    if edit.policy_mode is not None:
        mode = _policy_mode(edit.policy_mode)
        _merge(wanted, {"properties": {"upgradePolicy": {"mode": mode}}})
    lines = tuple(
        DiffLine(path, *(shown(path, value) for value in values))
        for path, *values in (*pointwise(scale_set.raw, wanted), *dropped(scale_set.raw, wanted))
    )
    touches = any(
        line.path == "sku.name" or line.path.startswith("properties.virtualMachineProfile")
        for line in lines
    )
    return Change(
        body=wanted if lines else {},
        lines=lines,
        consequence=_consequence(scale_set, edit, touches) if lines else "Nothing would change.",
        az=_az(scale_set, lines),
        touches_model=touches,
    )


def image_after(scale_set: ScaleSet, body: Mapping[str, Any]) -> Image | None:
    """The image the model will name once `body` is applied."""
    profile: Mapping[str, Any] = body.get("properties", {}).get("virtualMachineProfile", {})
    storage = profile.get("storageProfile")
    return image_from(storage) if storage else scale_set.image


def _storage(scale_set: ScaleSet, edit: Edit) -> dict[str, Any]:
    named = {
        "publisher": edit.image_publisher,
        "offer": edit.image_offer,
        "sku": edit.image_sku,
        "version": edit.image_version,
    }
    platform = {key: value for key, value in named.items() if value is not None}
    forms = [bool(platform), edit.image_id is not None, edit.image_uri is not None]
    if sum(forms) > 1:
        raise NotPossible("image_id", "name the image in one form: version, id or URI")
    if edit.image_id is not None:
        return {"imageReference": _by_id(edit.image_id)}
    if edit.image_uri is not None:
        if not re.fullmatch(r"https://[^/\s]+/\S+\.vhd", edit.image_uri, re.IGNORECASE):
            raise NotPossible("image_uri", "the image URI must be https://ACCOUNT/…/NAME.vhd")
        return {"osDisk": {"image": {"uri": edit.image_uri}}}
    if not platform:
        return {}
    for key, value in platform.items():
        _word(f"image_{key}", value, "22.04.202511010 or latest" if key == "version" else "a name")
    return {"imageReference": _platform(scale_set.image, platform)}


def _platform(image: Image | None, named: dict[str, str]) -> dict[str, str]:
    if image is None or image.kind is ImageKind.PLATFORM:
        found = {
            "publisher": image.publisher if image else "",
            "offer": image.offer if image else "",
            "sku": image.sku if image else "",
            "version": image.version if image else "",
        } | named
    elif image.kind is ImageKind.VHD or set(named) == {"publisher", "offer", "sku", "version"}:
        found = dict(named)
    elif set(named) == {"version"} and image.kind is not ImageKind.MANAGED:
        base = re.sub(r"/versions/[^/]+$", "", image.reference, flags=re.IGNORECASE)
        return _by_id(f"{base}/versions/{named['version']}")
    else:
        raise NotPossible(
            "image_version",
            f"the model's image is a {image.kind}, which has no publisher, offer and SKU: "
            "give all four of publisher, offer, SKU and version, or an image id",
        )
    if missing := [key for key in ("publisher", "offer", "sku", "version") if not found.get(key)]:
        raise NotPossible(
            f"image_{missing[0]}",
            f"the image also needs its {', '.join(missing)}: all four at once",
        )
    return found


def _by_id(resource_id: str) -> dict[str, str]:
    if not _IMAGE_ID.fullmatch(resource_id):
        raise NotPossible(
            "image_id",
            "the image id must be /subscriptions/…/images/NAME, "
            "…/galleries/GALLERY/images/NAME[/versions/V], /sharedGalleries/… "
            "or /communityGalleries/…",
        )
    match image_from_id(resource_id).kind:
        case ImageKind.SHARED_GALLERY:
            return {"sharedGalleryImageId": resource_id}
        case ImageKind.COMMUNITY_GALLERY:
            return {"communityGalleryImageId": resource_id}
        case _:
            return {"id": resource_id}


def _capacity(scale_set: ScaleSet, capacity: int) -> dict[str, Any]:
    if not 0 <= capacity <= 1000:
        raise NotPossible("capacity", f"capacity must be a number from 0 to 1000, not {capacity}")
    sku = scale_set.raw.get("sku")
    kept = {k: v for k, v in sku.items() if k != "capacity"} if isinstance(sku, Mapping) else {}
    return {**kept, "capacity": capacity}


def _policy_mode(text: str) -> str:
    known = {str(mode).lower(): str(mode) for mode in PolicyMode if mode is not PolicyMode.UNKNOWN}
    if text.lower() not in known:
        raise NotPossible(
            "policy_mode", f"policy mode must be {', '.join(known.values())}, not {text!a}"
        )
    return known[text.lower()]


def _word(field: str, value: str, example: str) -> str:
    if not _WORD.fullmatch(value):
        raise NotPossible(field, f"{field.replace('_', ' ')} {value!a} is not possible: {example}")
    return value


def _consequence(scale_set: ScaleSet, edit: Edit, touches: bool) -> str:
    mode = PolicyMode(_policy_mode(edit.policy_mode)) if edit.policy_mode else scale_set.policy_mode
    said = []
    step = (edit.capacity or 0) - (scale_set.capacity or 0)
    if None not in (edit.capacity, scale_set.capacity) and step:
        said.append(f"Azure {'adds' if step > 0 else 'removes'} {abs(step)} instances at once.")
    if touches or edit.policy_mode:
        said.append(
            {
                PolicyMode.MANUAL: "Manual policy: no instance changes until you upgrade it.",
                PolicyMode.ROLLING: "Rolling policy: Azure starts its own rolling upgrade at once.",
                PolicyMode.AUTOMATIC: "Automatic policy: Azure upgrades every instance at once, "
                "with downtime.",
                PolicyMode.UNKNOWN: "The set's upgrade policy is not known: "
                "instances may change at once.",
            }[mode]
        )
    if touches and scale_set.automatic_repairs:
        said.append("Automatic repairs are on and may replace unhealthy instances meanwhile.")
    if touches and scale_set.automatic_os_upgrade:
        said.append("Automatic OS upgrades are on and may move the image version again.")
    return " ".join(said)


def _az(scale_set: ScaleSet, lines: tuple[DiffLine, ...]) -> str:
    group, name = scale_set.id.resource_group, scale_set.id.name
    head = f"-g {group} -n {name}"
    if [line.path for line in lines] == ["sku.capacity"]:
        return f"az vmss scale {head} --new-capacity {lines[0].new}"
    sets = " ".join(f"{line.path.removeprefix('properties.')}={line.new}" for line in lines)
    return f"az vmss update {head} --set {sets}" if sets else ""


def _merge(into: dict[str, Any], more: Mapping[str, Any]) -> None:
    for key, value in more.items():
        if isinstance(value, Mapping) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value

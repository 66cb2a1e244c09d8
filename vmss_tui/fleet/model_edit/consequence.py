"""Describes what happens when an edit is saved, and whether Azure then acts by itself. Pure.

Sources: "Upgrade policy modes for Virtual Machine Scale Sets", "Automatic OS image upgrades",
"Automatic instance repairs". Any write except one of capacity restarts a cancelled rolling
upgrade ("Configure rolling upgrades").
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vmss_tui.fleet.model_edit.diff import DiffLine
from vmss_tui.fleet.model_edit.rolling_policy import (
    automatic_os_sentences,
    rolling_policy_sentences,
)
from vmss_tui.fleet.model_edit.upgrade_settings import parse_duration, value_at
from vmss_tui.fleet.scale_set import PolicyMode, ScaleSet

_MODE = "properties.upgradePolicy.mode"
_OS = "properties.upgradePolicy.automaticOSUpgradePolicy.enableAutomaticOSUpgrade"
_REPAIRS = "properties.automaticRepairsPolicy.enabled"
_ROLLING = "properties.upgradePolicy.rollingUpgradePolicy"
_IMAGE = "properties.virtualMachineProfile.storageProfile.imageReference"
_BLOB = "properties.virtualMachineProfile.storageProfile.osDisk.image.uri"


def touches_model(lines: Sequence[DiffLine]) -> bool:
    """Whether instances become stale. Edits of capacity, policy and repairs do not do that."""
    return any(
        line.path == "sku.name" or line.path.startswith("properties.virtualMachineProfile")
        for line in lines
    )


def azure_acts(scale_set: ScaleSet, lines: Sequence[DiffLine]) -> bool:
    """Whether Azure changes instances by itself after this is written."""
    new = {line.path: line.new for line in lines}
    if new.get(_OS) == "true" or new.get(_REPAIRS) == "true":
        return True
    mode = _mode_after(scale_set, new)
    if mode is PolicyMode.MANUAL or not new.keys() - {"sku.capacity"}:
        return False
    return mode is PolicyMode.ROLLING or _MODE in new or touches_model(lines)


def describe_consequence(
    scale_set: ScaleSet, body: Mapping[str, Any], lines: Sequence[DiffLine]
) -> str:
    """What happens when these lines are saved, as sentences."""
    if not lines:
        return "No changes."
    return " ".join(_sentences(scale_set, body, lines)) or "No instance is changed."


def _sentences(
    scale_set: ScaleSet, body: Mapping[str, Any], lines: Sequence[DiffLine]
) -> Iterator[str]:
    new = {line.path: line.new for line in lines}
    touches = touches_model(lines)
    yield from _capacity_sentences(scale_set, body, new)
    others = new.keys() - {"sku.capacity"}
    if others:
        yield from _policy_sentences(scale_set, body, new, touches)
    if touches and scale_set.automatic_repairs:
        yield "Automatic repairs are on and may replace unhealthy instances meanwhile."
    if touches and scale_set.automatic_os_upgrade:
        yield "Automatic OS upgrades are on and may change the image version again."
    if new.get(_OS) == "true":
        yield (
            "Azure then upgrades the OS image of all instances by itself, in batches, whenever "
            "a newer one is published."
        )
        yield from automatic_os_sentences(scale_set, body)
    elif _OS in new:
        yield "Azure no longer upgrades the OS image by itself."
    if _REPAIRS in new:
        yield (
            "Azure then replaces, restarts or reimages instances that report unhealthy for "
            "longer than the grace period."
            if new[_REPAIRS] == "true"
            else "Azure no longer repairs unhealthy instances by itself."
        )
    yield from _purchase_plan_sentences(scale_set, new)
    if new.get(_BLOB):
        yield "Unmanaged disks were retired on 2026-03-31: Azure may refuse it."


def _capacity_sentences(
    scale_set: ScaleSet, body: Mapping[str, Any], new: Mapping[str, str | None]
) -> Iterator[str]:
    capacity = value_at(body, "sku.capacity")
    if "sku.capacity" not in new or not isinstance(capacity, int):
        return
    difference = capacity - (scale_set.capacity or 0)
    if scale_set.capacity is None:
        yield f"Azure adds or deletes instances at once, until there are {capacity}."
        yield "The present number is unknown: Azure may delete some, and chooses which."
    else:
        verb = "adds" if difference > 0 else "removes"
        yield f"Azure {verb} {abs(difference)} instances at once."
    if scale_set.capacity is not None and difference < 0:
        yield "Azure chooses which."
    yield "Autoscale rules, where there are any, may change the number again."


def _purchase_plan_sentences(scale_set: ScaleSet, new: Mapping[str, str | None]) -> Iterator[str]:
    """The purchase plan cannot be edited here, and belongs to one image of a marketplace."""
    names_other_image = any(
        path.startswith(f"{_IMAGE}.") and path != f"{_IMAGE}.version" for path in new
    )
    if scale_set.purchase_plan and names_other_image:
        yield (
            f"The scale set was created with the purchase plan {scale_set.purchase_plan}: Azure "
            "refuses an "
            "image that is sold with another one, or with none."
        )


def _policy_sentences(
    scale_set: ScaleSet,
    body: Mapping[str, Any],
    new: Mapping[str, str | None],
    touches: bool,
) -> Iterator[str]:
    mode = _mode_after(scale_set, new)
    affected = "every instance" if touches else "every outdated instance"
    count_text = f" ({scale_set.capacity} of them)" if touches and scale_set.capacity else ""
    match mode:
        case PolicyMode.MANUAL if touches or _MODE in new:
            yield "Manual policy: no instance changes until you upgrade it."
            if _MODE in new and scale_set.policy_mode is PolicyMode.ROLLING:
                yield "A rolling upgrade by Azure in progress may continue: cancel it first."
        case PolicyMode.ROLLING:
            yield (
                f"Rolling policy: Azure starts its own rolling upgrade at once, over {affected}"
                f"{count_text}: {_describe_limits(scale_set, body)}."
            )
            yield from rolling_policy_sentences(scale_set, body)
            yield "Cancelling it later does not roll back upgraded instances."
            if not scale_set.has_health_source:
                yield "The model has no health probe, without which Azure refuses this policy."
        case PolicyMode.AUTOMATIC if touches:
            yield (
                f"Automatic policy: Azure upgrades every instance at once{count_text}, in no order "
                "and with downtime. Nothing can stop it half-way."
            )
        case PolicyMode.AUTOMATIC if _MODE in new:
            yield (
                "Automatic policy: Azure may upgrade every outdated instance at once, with "
                "downtime, "
                "and does so with every instance on each later edit of the model."
            )
        case PolicyMode.UNKNOWN:
            yield "The upgrade policy is unknown: instances may change at once."


def _describe_limits(scale_set: ScaleSet, body: Mapping[str, Any]) -> str:
    def effective(key: str, default: object) -> object:
        path = f"{_ROLLING}.{key}"
        value = value_at(body, path)
        value = value_at(scale_set.raw, path) if value is None else value
        return default if value is None else value

    pause = parse_duration(str(effective("pauseTimeBetweenBatches", "PT0S"))) or 0
    batch = effective("maxBatchInstancePercent", 20)
    unhealthy = effective("maxUnhealthyInstancePercent", 20)
    return f"batches of {batch}%, {pause:g} s between them, stopping above {unhealthy}% unhealthy"


def _mode_after(scale_set: ScaleSet, new: Mapping[str, str | None]) -> PolicyMode:
    mode = new.get(_MODE)
    return PolicyMode(mode) if mode else scale_set.policy_mode

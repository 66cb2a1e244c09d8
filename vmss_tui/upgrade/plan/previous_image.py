"""The image that a revert brings back to the instances that a run changed. Pure.

Where the previous model follows `latest`, restoring it would bring the newest image again. The
revert then pins the exact version that those instances ran when the plan was made, or is refused.
"""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vmss_tui.fleet.image import image_from_reference, version_key
from vmss_tui.fleet.model_edit.exact_version import floating_image
from vmss_tui.fleet.phrases import instances_text
from vmss_tui.upgrade.plan.plan import Plan

_LATEST = "the previous model says `latest`, which is the newest image and not the one they ran"

_REFERENCE = "profile.storageProfile.imageReference."


@dataclass(frozen=True, slots=True)
class PreviousImage:
    """The version to pin; at most one of the fields is not empty."""

    version: str = ""
    """Empty where the previous model is restored as it was."""
    refusal: str = ""
    """Why no version can be pinned."""


def previous_image(plan: Plan, instance_ids: Sequence[str]) -> PreviousImage:
    """The image that a revert of these instances pins."""
    if plan.edit is None or floating_image(plan.edit.undo) is None or not instance_ids:
        return PreviousImage()
    ids_by_version: dict[str, list[str]] = {}
    for instance_id in instance_ids:
        version = plan.image_versions.get(instance_id, "")
        ids_by_version.setdefault(version, []).append(instance_id)
    if unknown := ids_by_version.get(""):
        return PreviousImage(
            refusal=f"{_LATEST}; the plan has no image version of {instances_text(unknown)}: "
            f"{_advice(plan, unknown)}"
        )
    if len(ids_by_version) == 1:
        return PreviousImage(version=next(iter(ids_by_version)))
    return PreviousImage(
        refusal=f"{_LATEST}; they ran {len(ids_by_version)} versions: "
        f"{_versions_text(ids_by_version)}: roll back each version by itself, "
        f"{_advice(plan, ids_by_version[_oldest(ids_by_version)], _oldest(ids_by_version))}"
    )


def leaves_newest_image(plan: Plan) -> bool:
    """Whether the run edits the size only, of a model that says `latest`: its upgrades may have
    brought the newest image, which putting the size back does not undo."""
    if plan.edit is None or "properties" in plan.edit.body:
        return False
    reference = {
        path.removeprefix(_REFERENCE): value
        for path, value in plan.model_parts.items()
        if path.startswith(_REFERENCE)
    }
    image = image_from_reference(reference)
    return image is not None and image.follows_latest


def _oldest(ids_by_version: Mapping[str, Sequence[str]]) -> str:
    return min(ids_by_version, key=version_key)


def _versions_text(ids_by_version: Mapping[str, Sequence[str]]) -> str:
    return "; ".join(
        f"{version} ({instances_text(ids_by_version[version])})"
        for version in sorted(ids_by_version, key=version_key)
    )


def _advice(plan: Plan, instance_ids: Sequence[str], version: str = "") -> str:
    """A command that puts instances back, for the first of them at least."""
    named = [part for instance_id in instance_ids[:3] for part in ("--instance", instance_id)]
    more = " …" if len(instance_ids) > 3 else ""
    command = shlex.join(("vmss-tui", "run", plan.scale_set.short, *named))
    return f"`{command}{more} --image-version {version or 'VERSION'}`"

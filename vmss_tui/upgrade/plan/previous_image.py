"""The image that a revert brings back to the instances that a run changed. Pure.

Where the previous model follows `latest`, restoring it would bring the newest image again. The
revert then pins the exact version that those instances ran when the plan was made, or is refused.
"""

import shlex
from collections.abc import Mapping, Sequence

from msgspec import Struct

from vmss_tui.fleet.image import Image, image_from_reference, version_key
from vmss_tui.fleet.model_edit.exact_version import floating_image
from vmss_tui.fleet.phrases import instances_text
from vmss_tui.upgrade.plan.plan import Plan

_LATEST = "the previous model says `latest`, which is the newest image and not the one they ran"

_MAX_NAMED = 20
"""Instances in a command that is shown."""
_REFERENCE = "profile.storageProfile.imageReference."


class PreviousImage(Struct, frozen=True):
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
    commands = ", then ".join(
        _advice(plan, ids_by_version[version], version)
        for version in sorted(ids_by_version, key=version_key)
    )
    return PreviousImage(
        refusal=f"{_LATEST}; they ran {len(ids_by_version)} versions: "
        f"{_versions_text(ids_by_version)}: roll back each version by itself, {commands}"
    )


class VersionChange(Struct, frozen=True):
    """Instances of one image version, and the version that a revert gives them."""

    instance_ids: tuple[str, ...]
    before: str
    """What they ran when the plan was made; empty where Azure did not report it."""
    after: str

    @property
    def is_newer(self) -> bool:
        """Whether the revert gives them a newer version than they ran: the previous model's."""
        return bool(self.before) and version_key(self.before) < version_key(self.after)

    def __str__(self) -> str:
        """`4 instances (1 5 9 13): 1.0.0 → 1.0.1, they ran an older one before`."""
        before = self.before or "a version that is not recorded"
        note = ""
        if self.is_newer:
            pronoun = "it" if len(self.instance_ids) == 1 else "they"
            note = f", {pronoun} ran an older one before"
        elif self.before == self.after:
            return f"{instances_text(self.instance_ids)}: {self.after}, as before the run"
        return f"{instances_text(self.instance_ids)}: {before} → {self.after}{note}"


def version_changes(
    plan: Plan, instance_ids: Sequence[str], pinned: str = ""
) -> tuple[VersionChange, ...]:
    """What each of these instances ran before the run, and gets from a revert, oldest first.

    `pinned` is the version that the revert pins; without it the previous model names one. Empty
    where the model is of an older plan, or names no version."""
    image = _previous_model_image(plan)
    after = pinned or (image.version if image is not None and not image.follows_latest else "")
    if not after:
        return ()
    ids_by_version: dict[str, list[str]] = {}
    for instance_id in instance_ids:
        ids_by_version.setdefault(plan.image_versions.get(instance_id, ""), []).append(instance_id)
    return tuple(
        VersionChange(tuple(ids_by_version[version]), version, after)
        for version in sorted(ids_by_version, key=version_key)
    )


def leaves_newest_image(plan: Plan) -> bool:
    """Whether the run edits the size only, of a model that says `latest`: its upgrades may have
    brought the newest image, which putting the size back does not undo."""
    if plan.edit is None or "properties" in plan.edit.body:
        return False
    image = _previous_model_image(plan)
    return image is not None and image.follows_latest


def _previous_model_image(plan: Plan) -> Image | None:
    reference = {
        path.removeprefix(_REFERENCE): value
        for path, value in plan.model_parts.items()
        if path.startswith(_REFERENCE)
    }
    return image_from_reference(reference)


def _versions_text(ids_by_version: Mapping[str, Sequence[str]]) -> str:
    return "; ".join(
        f"{version} ({instances_text(ids_by_version[version])})"
        for version in sorted(ids_by_version, key=version_key)
    )


def _advice(plan: Plan, instance_ids: Sequence[str], version: str = "") -> str:
    """A command that puts instances back, complete unless there are very many of them."""
    shown = instance_ids[:_MAX_NAMED]
    named = [part for instance_id in shown for part in ("--instance", instance_id)]
    more = " …" if len(instance_ids) > len(shown) else ""
    command = shlex.join(("vmss-tui", "run", plan.scale_set.short, *named))
    return f"`{command}{more} --image-version {version or 'VERSION'}`"

"""A plan: which instance is upgraded in which batch, and which instances are left out. Pure.

A plan is what the operator confirms: it names every instance that may be changed. The engine may
do less than the plan says (an instance is gone, or up to date by now), never more.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from vmss_tui.fleet.scale_set import Instance, MachineIdentity, PowerState, ScaleSet
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.upgrade.plan.policy import Policy


class LeftOutReason(StrEnum):
    """Why an instance is in no batch; the value is stored."""

    CURRENT = "already current"
    PROTECTED = "protected from scale set actions"
    NOT_RUNNING = "not running (--include-stopped takes it along)"
    UNDETERMINED = "Azure does not say whether it is current: name it to include it"
    ATTACHED = "attached VM, not created from the set's model: name it to include it"
    SKIP_UPGRADE = "its application reports SkipUpgrade"
    BUSY = "another operation is at work on it"

    @property
    def label(self) -> str:
        """The reason for a person."""
        return _REASON_LABELS.get(self, self.value)


_REASON_LABELS = {
    LeftOutReason.CURRENT: "already on the latest model",
    LeftOutReason.NOT_RUNNING: "not running (include with --include-stopped)",
    LeftOutReason.UNDETERMINED: (
        "Azure does not report whether it has the latest model: name it to include it"
    ),
    LeftOutReason.BUSY: "another operation is in progress on it",
}

NOT_APPLIED = (
    "An upgrade applies no changed custom data and no changed password: those need a reimage."
)
"""Source: "Modify a Virtual Machine Scale Set", properties that require a reimage."""


class LeftOutInstance(msgspec.Struct, frozen=True):
    """An instance of the selection that will not be changed."""

    instance_id: str
    reason: LeftOutReason = msgspec.field(name="why")


class Batch(msgspec.Struct, frozen=True):
    """Instances of one row that are upgraded together."""

    row: str
    """The name of the row: `UD 3`, with its zone and placement group where there are several."""
    instance_ids: tuple[str, ...]


class ModelEdit(msgspec.Struct, frozen=True):
    """The run's own edit of the model: the PATCH body, and the body that restores the model."""

    body: dict[str, Any]
    undo: dict[str, Any]
    if_match: str
    lines: tuple[str, ...] = ()
    """The confirmed difference, `path: old -> new`."""
    rest_digest: str = msgspec.field(default="", name="beside")
    """Digest of the model without the edited paths; empty in older plans."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A complete plan: the instances, the limits, the scale set and its state at the start."""

    subscription_id: str
    resource_group: str
    name: str
    batches: tuple[Batch, ...]
    left_out: tuple[LeftOutInstance, ...] = ()
    policy: Policy = Policy()
    edit: ModelEdit | None = None
    target_image: str | msgspec.UnsetType = msgspec.UNSET
    """The image that the model names, after the edit; unset where it is not known."""
    model_digest: str
    """Digest of the model when the plan was made, before the edit."""
    model_parts: dict[str, str] = {}  # msgspec copies defaults
    """The same model by path, to describe later changes; empty in older plans."""
    running_at_start: int
    unhealthy_at_start: tuple[str, ...] = msgspec.field(default=(), name="baseline")
    """Running instances that were unhealthy at the start: they use the budget, and do not count
    as failures."""
    powers: dict[str, PowerState] = {}  # msgspec copies defaults
    """Power state of each planned instance, which it has to return to."""
    stopped: tuple[str, ...] = ()
    """Instances that were not running at the start, and so do not count as serving."""
    present_at_start: tuple[str, ...] = msgspec.field(default=(), name="present")
    """All instances of the scale set at the start; empty in older plans."""
    current_at_start: tuple[str, ...] = ()
    """Those of them that had the model which the run upgrades to; empty in older plans."""
    machines: dict[str, MachineIdentity] = msgspec.field(default_factory=dict, name="births")
    """The machine behind each planned id, where Azure reports it; a replacement is not planned."""
    undetermined: tuple[str, ...] = msgspec.field(default=(), name="undecided")
    """Planned although `latestModelApplied` is not reported (Flexible)."""
    image_versions: dict[str, str] = {}  # msgspec copies defaults
    """Exact image version of each planned instance at the start, where Azure reports it: a revert
    to a model that says `latest` pins it. Empty in older plans."""
    other_changes: tuple[str, ...] = ()
    """Planned instances that have the model's image and size already: something else of the model
    was changed, which an upgrade may not apply. Empty in older plans."""
    has_health_source: bool = False
    image_notice: float | msgspec.UnsetType = msgspec.UNSET
    """Seconds for which Azure may delay each instance to notify it; part of the batch deadline.
    Unset where the set has no such notification."""
    cautions: tuple[str, ...] = ()
    """Risks to confirm explicitly: a single instance, no health signal …"""
    notes: tuple[str, ...] = ()
    """What the plan is based on; empty in older plans."""
    made_at: datetime

    @property
    def scale_set(self) -> ScaleSetId:
        """The scale set of the plan."""
        return ScaleSetId(self.subscription_id, self.resource_group, self.name)

    @property
    def instance_ids(self) -> tuple[str, ...]:
        """Every instance that the run may change, in order."""
        return tuple(i for batch in self.batches for i in batch.instance_ids)

    @property
    def needs_typed_name(self) -> bool:
        """Whether the operator types the name of the scale set: several batches, or an edit."""
        return len(self.batches) > 1 or self.edit is not None

    @property
    def unavailable_budget(self) -> int:
        """How many instances may be unavailable at once because of this program."""
        return self.policy.max_unhealthy_instance_percent.of(self.running_at_start)

    def has_model_of(self, scale_set: ScaleSet) -> bool:
        """Whether the model of this reading is the one that the plan was made for."""
        return scale_set.model_digest == self.model_digest

    def budget_among(self, instances: Iterable[Instance]) -> int:
        """The budget for the present instances, which the engine keeps and screens show: as
        confirmed, smaller after a scale-in. An instance that an upgrade or an operator takes down
        meanwhile is unavailable, and does not make the scale set smaller."""
        serving = len(self.serving(instances))
        return self.policy.max_unhealthy_instance_percent.of(min(serving, self.running_at_start))

    def serving(self, instances: Iterable[Instance]) -> list[Instance]:
        """The instances that should be available: all but those that were stopped at the start and
        still are. Only one that was stopped counts by its power state now."""
        stopped, started = set(self.stopped), (PowerState.RUNNING, PowerState.UNKNOWN)
        return [i for i in instances if i.instance_id not in stopped or i.power in started]


def count_running(instances: Iterable[Instance]) -> int:
    """Number of instances with the power state `running`."""
    return sum(instance.power is PowerState.RUNNING for instance in instances)

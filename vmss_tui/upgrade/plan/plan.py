"""A plan: which instance is upgraded in which batch, and which instances are left out. Pure.

A plan is what the operator confirms: it names every instance that may be changed. The engine may
do less than the plan says (an instance is gone, or up to date by now), never more.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from vmss_tui.fleet.scale_set import Instance, MachineIdentity, PowerState
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.upgrade.plan.policy import Policy


class LeftOutReason(StrEnum):
    """Why an instance is not in any batch, in the words of the plan."""

    CURRENT = "already current"
    PROTECTED = "protected from scale set actions"
    NOT_RUNNING = "not running (--include-stopped takes it along)"
    UNDETERMINED = "Azure does not say whether it is current: name it to include it"
    BUSY = "another operation is at work on it"


class LeftOutInstance(msgspec.Struct, frozen=True):
    """An instance that was asked for but will not be touched."""

    instance_id: str
    reason: LeftOutReason = msgspec.field(name="why")


class Batch(msgspec.Struct, frozen=True):
    """Instances to upgrade together, all of one row."""

    row: str
    """The row's words: `UD 3`, with its zone and placement group where there are several."""
    instance_ids: tuple[str, ...]


class ModelEdit(msgspec.Struct, frozen=True):
    """The run's first step where it edits the model: the PATCH and what puts it back."""

    body: dict[str, Any]
    undo: dict[str, Any]
    if_match: str
    lines: tuple[str, ...] = ()
    """The diff that was confirmed, `path: old -> new`."""
    rest_digest: str = msgspec.field(default="", name="beside")
    """Digest of the rest of the model, which the edit leaves alone; empty in older plans."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A confirmed intention, complete: what, how, where, and as whom."""

    subscription_id: str
    resource_group: str
    name: str
    batches: tuple[Batch, ...]
    left_out: tuple[LeftOutInstance, ...] = ()
    policy: Policy = Policy()
    edit: ModelEdit | None = None
    model_digest: str
    """Of the model the plan was made against, before the edit."""
    model_parts: dict[str, str] = {}  # msgspec copies defaults
    """The same path by path, to say what has moved; empty in older plans."""
    running_at_start: int
    unhealthy_at_start: tuple[str, ...] = msgspec.field(default=(), name="baseline")
    """Instances that were sick already though running: they use the budget, not the failures."""
    powers: dict[str, PowerState] = {}  # msgspec copies defaults
    """Power state of each planned instance, to be returned to."""
    stopped: tuple[str, ...] = ()
    """Instances that were not running at the start and so never counted as serving."""
    present_at_start: tuple[str, ...] = msgspec.field(default=(), name="present")
    """Every instance that was there; empty in the plans of older programs."""
    machines: dict[str, MachineIdentity] = msgspec.field(default_factory=dict, name="births")
    """Which machine each planned id names, where Azure says it: another one is not planned."""
    undetermined: tuple[str, ...] = msgspec.field(default=(), name="undecided")
    """Planned although Azure does not say whether they are current (Flexible)."""
    has_health_source: bool = False
    cautions: tuple[str, ...] = ()
    """What a person must agree to explicitly: one instance only, no health signal …"""
    made_at: datetime

    @property
    def scale_set(self) -> ScaleSetId:
        """Where the plan applies."""
        return ScaleSetId(self.subscription_id, self.resource_group, self.name)

    @property
    def instance_ids(self) -> tuple[str, ...]:
        """Every instance the run may touch, in order."""
        return tuple(i for batch in self.batches for i in batch.instance_ids)

    @property
    def unavailable_budget(self) -> int:
        """How many instances may be unavailable at once by our choice."""
        return self.policy.max_unhealthy_instance_percent.of(self.running_at_start)

    def budget_among(self, instances: Iterable[Instance]) -> int:
        """The same by what is left of them: a set that was scaled in has less to spare, one that
        was scaled out keeps to what was confirmed. Whose power is not known makes no room."""
        running = min(count_running(instances), self.running_at_start)
        return self.policy.max_unhealthy_instance_percent.of(running)


def count_running(instances: Iterable[Instance]) -> int:
    """The instances of which Azure reports that they run."""
    return sum(instance.power is PowerState.RUNNING for instance in instances)

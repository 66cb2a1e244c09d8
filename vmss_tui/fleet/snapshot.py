"""A scale set at one moment: the set, its instances, and whether everything could be read."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from operator import attrgetter

from vmss_tui.fleet.flexible import is_current
from vmss_tui.fleet.scale_set import PROBLEM_STATES, TRANSITIONAL_STATES, Instance, ScaleSet, State


@dataclass(frozen=True)
class Snapshot:
    """The model and every instance view, read as close together as ARM allows.

    Two clocks: `taken_at` is UTC, for display; `begun` and `ended` are seconds on the boot clock of
    the machine that read, for deciding whether the snapshot is recent enough to act on.
    """

    scale_set: ScaleSet
    instances: tuple[Instance, ...]
    taken_at: datetime
    """When the last page arrived."""
    begun: float = 0.0
    ended: float = 0.0
    complete: bool = True
    """False where a page was missing or damaged: shown, but nothing is decided from it."""
    looked_at: frozenset[str] | None = None
    """Ids read for this snapshot, the others being copied from an earlier one; None: all."""
    pages: int = 1
    """Number of list requests."""
    damage: tuple[str, ...] = field(default=(), compare=False)
    """Descriptions of what could not be read, for the operator."""

    @cached_property
    def by_id(self) -> dict[str, Instance]:
        """Instances by id."""
        return {instance.instance_id: instance for instance in self.instances}

    @cached_property
    def counts(self) -> Counter[State]:
        """Composite state -> number of instances."""
        return Counter(map(attrgetter("state"), self.instances))

    @cached_property
    def current(self) -> int:
        """Number of instances with the latest model, in any state."""
        return sum(instance.latest_model_applied is True for instance in self.instances)

    @cached_property
    def outdated(self) -> int:
        """Number of instances known not to have the latest model."""
        return sum(instance.latest_model_applied is False for instance in self.instances)

    @cached_property
    def contradicting_ids(self) -> frozenset[str]:
        """Instances that Azure calls current although their image or size is not the model's."""
        return frozenset(
            instance.instance_id
            for instance in self.instances
            if instance.latest_model_applied and not is_current(instance, self.scale_set)
        )

    @property
    def is_transitioning(self) -> bool:
        """Whether an operation is in progress on an instance."""
        return any(state in TRANSITIONAL_STATES for state in self.counts)

    @cached_property
    def changed_at(self) -> datetime | None:
        """When the last operation on any instance ended; None where not reported."""
        return max((i.changed_at for i in self.instances if i.changed_at), default=None)

    @property
    def problems(self) -> int:
        """Number of instances that are failed, unhealthy or unknown."""
        return sum(self.counts[state] for state in PROBLEM_STATES)


def instance_sort_key(instance: Instance) -> tuple[int, int, str]:
    """Sort key: Uniform ids as numbers, Flexible names after them as text."""
    text = instance.instance_id
    return (0, int(text), "") if text.isascii() and text.isdigit() else (1, 0, text)

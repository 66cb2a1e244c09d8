"""A scale set at one moment: the set, its instances, and how whole the reading is."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from operator import attrgetter

from vmss_tui.fleet.scale_set import PROBLEM_STATES, TRANSITIONAL_STATES, Instance, ScaleSet, State


@dataclass(frozen=True)
class Snapshot:
    """One reading: the model and every instance view, taken together as nearly as ARM allows.

    Two clocks: `taken_at` is UTC for people; `begun` and `ended` are seconds on the reading
    machine's boot clock, for deciding whether the reading is fresh enough to act on.
    """

    scale_set: ScaleSet
    instances: tuple[Instance, ...]
    taken_at: datetime
    """When the last page arrived."""
    begun: float = 0.0
    ended: float = 0.0
    complete: bool = True
    """False where a page was missing or damaged: good enough to look at, decides nothing."""
    looked_at: frozenset[str] | None = None
    """Ids read just now, where the others are as they were in an earlier reading; None: all."""
    pages: int = 1
    """List requests this reading cost."""
    damage: tuple[str, ...] = field(default=(), compare=False)
    """What could not be read, in words for the operator."""

    @cached_property
    def by_id(self) -> dict[str, Instance]:
        """Instances by id."""
        return {instance.instance_id: instance for instance in self.instances}

    @cached_property
    def counts(self) -> Counter[State]:
        """How many instances are in each composite state."""
        return Counter(map(attrgetter("state"), self.instances))

    @cached_property
    def current(self) -> int:
        """Instances that have the latest model, whatever else they are."""
        return sum(instance.latest_model_applied is True for instance in self.instances)

    @cached_property
    def outdated(self) -> int:
        """Instances that Azure says have not the latest model."""
        return sum(instance.latest_model_applied is False for instance in self.instances)

    @property
    def is_transitioning(self) -> bool:
        """Is Azure at work on an instance?"""
        return any(state in TRANSITIONAL_STATES for state in self.counts)

    @cached_property
    def changed_at(self) -> datetime | None:
        """When the last operation on any instance settled; None where no instance says."""
        return max((i.changed_at for i in self.instances if i.changed_at), default=None)

    @property
    def problems(self) -> int:
        """Instances that want a person's eye."""
        return sum(self.counts[state] for state in PROBLEM_STATES)


def instance_sort_key(instance: Instance) -> tuple[int, int, str]:
    """Sort key: Uniform ids as numbers, Flexible names after them as text."""
    text = instance.instance_id
    return (0, int(text), "") if text.isascii() and text.isdigit() else (1, 0, text)

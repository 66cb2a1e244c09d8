"""The groups in which a person counts instances: latest model, upgrading, failed and so on.

Header, legend, summary bar, list, command line and reports count by these groups only.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum

from vmss_tui.fleet.states import State


class StateGroup(StrEnum):
    """A group of states; its value is the label a person reads. The order is that of bars."""

    LATEST_MODEL = "latest model"
    UPGRADING = "upgrading"
    UNHEALTHY = "unhealthy"
    FAILED = "failed"
    OUTDATED = "outdated"
    STOPPED = "stopped"
    DEALLOCATED = "deallocated"
    UNKNOWN = "unknown"


_GROUPS = {
    State.CURRENT: StateGroup.LATEST_MODEL,
    State.STALE: StateGroup.OUTDATED,
    State.UPDATING: StateGroup.UPGRADING,
    State.STARTING: StateGroup.UPGRADING,
    State.STOPPING: StateGroup.UPGRADING,
    State.DEALLOCATING: StateGroup.UPGRADING,
    State.STOPPED: StateGroup.STOPPED,
    State.DEALLOCATED: StateGroup.DEALLOCATED,
    State.UNHEALTHY: StateGroup.UNHEALTHY,
    State.FAILED: StateGroup.FAILED,
    State.UNKNOWN: StateGroup.UNKNOWN,
    State.UNDETERMINED: StateGroup.UNKNOWN,
}


def group_of(state: State) -> StateGroup:
    """The group in which a state is counted."""
    return _GROUPS[state]


def count_groups(states: Iterable[State]) -> dict[StateGroup, int]:
    """The number of states in each group, for all groups, in the order of `StateGroup`."""
    return group_counts(Counter(states))


def group_counts(counts: Mapping[State, int]) -> dict[StateGroup, int]:
    """The same from the number of instances in each state, such as `Snapshot.counts`."""
    groups = dict.fromkeys(StateGroup, 0)
    for state, count in counts.items():
        groups[_GROUPS[state]] += count
    return groups

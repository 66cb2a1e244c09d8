"""The instances of a heat map that are off screen, by group of states. Pure."""

from collections import Counter
from collections.abc import Mapping

from msgspec import Struct, field

from vmss_tui.fleet.state_groups import StateGroup, group_of
from vmss_tui.fleet.states import State


class HiddenCounts(Struct, frozen=True):
    """Both are empty where the whole heat map is on screen."""

    above: Counter[StateGroup] = field(default_factory=Counter)
    below: Counter[StateGroup] = field(default_factory=Counter)


def count_hidden(
    positions: Mapping[str, tuple[int, int]], states: Mapping[str, State], rows: range
) -> HiddenCounts:
    """Counts what is above and below the rows on screen. `positions` are (x, y) of the first line
    of each cell, by instance id; instances without a state are not counted."""
    counts = HiddenCounts()
    for instance_id, (_, y) in positions.items():
        state = states.get(instance_id)
        if state is not None and y not in rows:
            side = counts.above if y < rows.start else counts.below
            side[group_of(state)] += 1
    return counts

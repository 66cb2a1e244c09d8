"""The columns of each group of states in a bar. Pure."""

from collections.abc import Mapping
from itertools import accumulate

from vmss_tui.fleet.state_groups import StateGroup


def bar_widths(
    counts: Mapping[StateGroup, int], least: Mapping[StateGroup, int], width: int
) -> dict[StateGroup, int]:
    """Columns of each group that has instances, `width` in all: in proportion to the counts, but
    at least `least`, for which the widest groups give up columns."""
    groups = [group for group in StateGroup if counts.get(group, 0)]
    total = sum(counts[group] for group in groups)
    widths, used, seen = {}, 0, 0
    for group in groups:
        seen += counts[group]
        end = width * seen // total
        widths[group], used = end - used, end
    for group in groups:
        while widths[group] < least[group]:
            donor = max(groups, key=lambda other: widths[other] - least[other])
            if widths[donor] <= least[donor]:
                return widths
            widths[donor] -= 1
            widths[group] += 1
    return widths


def are_close(
    before: Mapping[StateGroup, int],
    after: Mapping[StateGroup, int],
    least: Mapping[StateGroup, int],
) -> bool:
    """Whether a bar may stay as it is: no boundary is off by more than a sixtieth of its width.
    A boundary that moves makes a changed instance cost twice as many bytes."""
    width = sum(after.values())
    if before.keys() != after.keys() or sum(before.values()) != width:
        return False
    if any(before[group] < least[group] for group in after):
        return False
    pairs = zip(accumulate(before.values()), accumulate(after.values()), strict=True)
    return all(abs(old - new) <= max(1, width // 60) for old, new in pairs)

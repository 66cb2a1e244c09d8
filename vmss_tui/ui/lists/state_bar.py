"""A bar of the groups of states: how many cells each group gets, and its characters. Pure."""

from collections.abc import Mapping

from vmss_tui.fleet.state_groups import StateGroup
from vmss_tui.ui.drawing.glyphs import Appearance, Glyphs
from vmss_tui.ui.drawing.themes import TONES
from vmss_tui.ui.lists.list_columns import Cell

BAR_ORDER = (
    StateGroup.LATEST_MODEL,
    StateGroup.UPGRADING,
    StateGroup.UNHEALTHY,
    StateGroup.FAILED,
    StateGroup.OUTDATED,
    StateGroup.STOPPED,
    StateGroup.DEALLOCATED,
    StateGroup.UNKNOWN,
)
_SOLID = "▆"
_LETTERS = {
    StateGroup.LATEST_MODEL: ("█", "#"),
    StateGroup.UPGRADING: ("▒", "~"),
    StateGroup.UNHEALTHY: ("✚", "+"),
    StateGroup.FAILED: ("✖", "!"),
    StateGroup.OUTDATED: ("·", "."),
    StateGroup.STOPPED: ("■", "="),
    StateGroup.DEALLOCATED: ("□", "o"),
    StateGroup.UNKNOWN: ("?", "?"),
}
"""Characters that tell the groups apart without colours, and with plain characters only."""


def bar_widths(groups: Mapping[StateGroup, int], width: int) -> dict[StateGroup, int]:
    """The cells of each group that has instances, `width` in all; at least one for each."""
    total = sum(groups.values())
    shown = [group for group in BAR_ORDER if groups.get(group)]
    if not total or not shown or width < len(shown):
        return {}
    widths = {group: max(1, width * groups[group] // total) for group in shown}
    while (rest := width - sum(widths.values())) != 0:
        step = 1 if rest > 0 else -1

        def error(group: StateGroup) -> float:
            return widths[group] * total - width * groups[group]

        candidates = [group for group in shown if step > 0 or widths[group] > 1]
        best = min(candidates, key=error) if step > 0 else max(candidates, key=error)
        widths[best] += step
    return widths


def state_bar(
    groups: Mapping[StateGroup, int], width: int, appearance: Appearance, *, has_colours: bool
) -> Cell:
    """The bar as pieces; empty where there are no instances."""
    widths = bar_widths(groups, width)
    plain = appearance.glyphs is Glyphs.ASCII
    return tuple(
        (
            cells * (_SOLID if has_colours and not plain else _LETTERS[group][plain]),
            f"cell-{TONES[group]}" if has_colours else "",
        )
        for group, cells in widths.items()
    )

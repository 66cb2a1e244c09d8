"""Sums over scale sets, and the line of totals of the list. Pure."""

from collections import Counter
from functools import cached_property

from msgspec import Struct

from vmss_tui.fleet.image_offers import ImageVersion
from vmss_tui.fleet.phrases import pluralize
from vmss_tui.fleet.state_groups import StateGroup
from vmss_tui.ui.lists.list_columns import Cell
from vmss_tui.ui.lists.state_bar import state_bar
from vmss_tui.ui.screens.scale_set_rows import Look, ScaleSetRow, end_cell, problem_pieces


class EstateTotals(Struct, frozen=True, dict=True):
    """Sums over rows."""

    rows: tuple[ScaleSetRow, ...]

    @cached_property
    def groups(self) -> Counter[StateGroup]:
        """The number of instances in each group of states, of the sets that are counted."""
        groups: Counter[StateGroup] = Counter()
        for row in self.rows:
            groups.update(row.groups)
        return groups

    @property
    def all_groups(self) -> dict[StateGroup, int]:
        """The same for every group, in the order of bars."""
        return {group: self.groups[group] for group in StateGroup}

    @cached_property
    def uncounted(self) -> int:
        """The number of sets whose instances have not been counted."""
        return sum(row.count is None or not row.count.groups for row in self.rows)

    @cached_property
    def outdated(self) -> int:
        """The number of outdated instances of the sets that are counted."""
        return sum(row.outdated or 0 for row in self.rows)

    @cached_property
    def next_end(self) -> tuple[ImageVersion, int] | None:
        """The version in use whose support ends first, and in how many sets it is used; None where
        no end is known."""
        ends = [(end, row.ends) for row in self.rows if row.ends and (end := row.ends.end_order)]
        if not ends:
            return None
        _, first = min(ends, key=lambda item: item[0])
        return first, sum(version == first for _, version in ends)

    def draw_cell(self, column: str, width: int, look: Look) -> Cell:
        """A cell of the line of totals."""
        match column:
            case "name":
                return ((pluralize(len(self.rows), "scale set", "scale sets"), "bold"),)
            case "region":
                regions = {row.scale_set.place for row in self.rows}
                return ((pluralize(len(regions), "region", "regions"), "quiet"),)
            case "subscription":
                ids = {row.scale_set.id.subscription_id.lower() for row in self.rows}
                return ((pluralize(len(ids), "subscription", "subscriptions"), "quiet"),)
            case "policy":
                manual = sum(not row.refusal for row in self.rows)
                return ((f"{manual:,} Manual", "quiet"),)
            case "capacity":
                total = sum(row.scale_set.capacity or 0 for row in self.rows)
                return ((f"{total:,}", "bold"),)
            case "bar":
                has_colours = look.has_colours
                return state_bar(self.groups, width, look.appearance, has_colours=has_colours)
            case "outdated":
                more = "+" if self.uncounted else ""
                number = f"{self.outdated:,}{more}" if self.uncounted < len(self.rows) else "…"
                problems = problem_pieces(self.groups, look)
                room = width - max(5, len(number))
                is_room = sum(len(text) for text, _ in problems) <= room
                return ((f"{number:>5}", "bold"), *(problems if is_room else ()))
            case "image":
                versions = {row.image_version for row in self.rows if row.scale_set.image}
                return ((pluralize(len(versions), "version", "versions"), "quiet"),)
            case "newer":
                behind = sum(row.is_behind for row in self.rows)
                text = f"{behind:,} behind"
                text = text if len(text) <= width else f"{behind:,}"
                return ((text, "bold tone-unhealthy" if behind else "quiet"),)
            case "ends":
                return end_cell(self.next_end[0], look) if self.next_end else ()
        return ()

"""A plan on the heatmap: each cell shows the number of its batch. Pure; no widget of its own."""

from collections import Counter

from vmss_tui.fleet.domains import Grouping, RowKey
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.ui.drawing.glyphs import Appearance, CellStyle, Tone
from vmss_tui.ui.drawing.themes import SHADES
from vmss_tui.ui.instances.board import Board
from vmss_tui.ui.instances.cell_modes import CellMode, StyledCells
from vmss_tui.ui.instances.cells.domain_batches import BatchProgress, DomainBatches
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.plan.policy import Order

_BATCH_SIGNS = "123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""The sign of each batch in cells that are too narrow for its number."""
_GROUPINGS = {
    Order.DOMAIN: Grouping.UPDATE_DOMAIN,
    Order.FAULT_DOMAIN: Grouping.FAULT_DOMAIN,
    Order.ZONE: Grouping.ZONE,
}


def batch_style(number: int, batch_count: int = 0, *, is_canary: bool = False) -> CellStyle:
    """The cell style of a batch; numbers start at 1. The first batches are brighter."""
    steps = max(batch_count, number) - 1
    shade = number if steps < SHADES else 1 + (number - 1) * (SHADES - 1) // steps
    sign = _BATCH_SIGNS[number - 1] if number <= len(_BATCH_SIGNS) else "+"
    glyph = f"{number}c" if is_canary else str(number)
    return CellStyle(f"batch {number}", glyph, sign, Tone.MOVING, shade)


class PlanCells(StyledCells):
    """The cell styles of a snapshot's instances under a plan: planned ones in the shade of their
    batch with its number, the others by their state."""

    def __init__(self, snapshot: Snapshot, plan: Plan) -> None:
        super().__init__(snapshot, CellMode.STATE)
        for number, batch in enumerate(plan.batches, 1):
            is_canary = number == 1 and plan.policy.canary > 0
            style = batch_style(number, len(plan.batches), is_canary=is_canary)
            self.styles |= {i: style for i in batch.instance_ids if i in self.styles}
        self.counts = Counter(self.styles.values())


class PlanBoard(Board):
    """A board that shows a plan instead of a cell mode, without a cursor."""

    def since_text(self, instance_id: str, appearance: Appearance) -> str:
        """No time: the cells show what will happen."""
        return ""

    def show_plan(self, snapshot: Snapshot, plan: Plan | None) -> None:
        """Shows a plan; the rows are the domains that its batches do not cross. Without a plan the
        cells show the states."""
        if plan is None:
            self.set_snapshot(snapshot)
            self.cells = StyledCells(snapshot, CellMode.STATE)
            self.domain_batches, self.cursor = {}, None
            return
        self.grouping = _GROUPINGS[plan.policy.order]
        self.set_snapshot(snapshot)
        self.cells = PlanCells(snapshot, plan)
        numbers: dict[RowKey, list[int]] = {}
        for number, batch in enumerate(plan.batches, 1):
            keys = self.full_grid.row_keys
            for key in dict.fromkeys(keys[i] for i in batch.instance_ids if i in keys):
                numbers.setdefault(key, []).append(number)
        self.domain_batches = {
            key: DomainBatches(tuple(batches), BatchProgress.WAITING)
            for key, batches in numbers.items()
        }
        self.cursor = None

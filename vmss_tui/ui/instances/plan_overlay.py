"""A plan on the heatmap: each cell shows the number of its batch. Pure; no widget of its own."""

from collections import Counter

from vmss_tui.fleet.domains import Grouping
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.ui.drawing.glyphs import CellStyle, Tone
from vmss_tui.ui.instances.board import Board
from vmss_tui.ui.instances.cell_modes import CellMode, StyledCells
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.plan.policy import Order

_BATCH_SIGNS = "123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BATCH_TONES = (Tone.GOOD, Tone.OUTDATED)
"""Successive batches alternate in colour."""
_LATER_BATCHES = CellStyle("later batches", "+", "+", Tone.OFF)
_LEFT_OUT = CellStyle("left out", "-", "-", Tone.UNHEALTHY)
_NOT_PLANNED = CellStyle("not in the plan", "·", ".", Tone.GONE)
_GROUPINGS = {
    Order.DOMAIN: Grouping.UPDATE_DOMAIN,
    Order.FAULT_DOMAIN: Grouping.FAULT_DOMAIN,
    Order.ZONE: Grouping.ZONE,
}


def batch_style(number: int) -> CellStyle:
    """The cell style of a batch; numbers start at 1."""
    if number > len(_BATCH_SIGNS):
        return _LATER_BATCHES
    sign = _BATCH_SIGNS[number - 1]
    return CellStyle(f"batch {number}", sign, sign, _BATCH_TONES[number % len(_BATCH_TONES)])


class PlanCells(StyledCells):
    """The cell styles of a snapshot's instances under a plan."""

    def __init__(self, snapshot: Snapshot, plan: Plan) -> None:
        self.cell_mode = CellMode.MODEL
        self.styles = dict.fromkeys(snapshot.by_id, _NOT_PLANNED)
        self.styles |= {excluded.instance_id: _LEFT_OUT for excluded in plan.left_out}
        for number, batch in enumerate(plan.batches, 1):
            self.styles |= dict.fromkeys(batch.instance_ids, batch_style(number))
        self.counts = Counter(self.styles.values())


class PlanBoard(Board):
    """A board that shows a plan instead of a cell mode, without a cursor."""

    def show_plan(self, snapshot: Snapshot, plan: Plan) -> None:
        """Shows a plan; the rows are the domains that its batches do not cross."""
        self.grouping = _GROUPINGS[plan.policy.order]
        self.set_snapshot(snapshot)
        self.cells = PlanCells(snapshot, plan)
        self.cursor = None

"""A plan on the heatmap: each cell says in which batch it is. Pure; drawn by the same widgets."""

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
"""Neighbours in time differ in colour too."""
_LATER_BATCHES = CellStyle("later batches", "+", "+", Tone.OFF)
_LEFT_OUT = CellStyle("left out", "-", "-", Tone.UNHEALTHY)
_NOT_PLANNED = CellStyle("not in the plan", "·", ".", Tone.GONE)
_GROUPINGS = {
    Order.DOMAIN: Grouping.UPDATE_DOMAIN,
    Order.FAULT_DOMAIN: Grouping.FAULT_DOMAIN,
    Order.ZONE: Grouping.ZONE,
}


def batch_style(number: int) -> CellStyle:
    """The sign of the batch that comes as the `number`th, from 1."""
    if number > len(_BATCH_SIGNS):
        return _LATER_BATCHES
    sign = _BATCH_SIGNS[number - 1]
    return CellStyle(f"batch {number}", sign, sign, _BATCH_TONES[number % len(_BATCH_TONES)])


class PlanCells(StyledCells):
    """One snapshot under one plan."""

    def __init__(self, snapshot: Snapshot, plan: Plan) -> None:
        self.meaning = CellMode.MODEL
        self.swatches = dict.fromkeys(snapshot.by_id, _NOT_PLANNED)
        self.swatches |= {excluded.instance_id: _LEFT_OUT for excluded in plan.left_out}
        for number, batch in enumerate(plan.batches, 1):
            self.swatches |= dict.fromkeys(batch.instance_ids, batch_style(number))
        self.counts = Counter(self.swatches.values())


class PlanBoard(Board):
    """A board that shows a plan instead of states; it has no cursor."""

    def show_plan(self, snapshot: Snapshot, plan: Plan) -> None:
        """Another plan: its rows are those that its batches never cross."""
        self.grouping = _GROUPINGS[plan.policy.order]
        self.set_snapshot(snapshot)
        self.cells = PlanCells(snapshot, plan)
        self.cursor = None

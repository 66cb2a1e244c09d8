"""A plan on the heatmap: each cell says in which batch it is. Pure; drawn by the same widgets."""

from collections import Counter

from vmss_tui.fleet.domains import Grouping
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.ui.drawing.glyphs import CellStyle, Tone
from vmss_tui.ui.instances.board import Board
from vmss_tui.ui.instances.cell_modes import CellMode, Scene
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.plan.policy import Order

_SIGNS = "123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TONES = (Tone.GOOD, Tone.OUTDATED)
"""Neighbours in time differ in colour too."""
_LATER = CellStyle("later batches", "+", "+", Tone.OFF)
_LEFT_OUT = CellStyle("left out", "-", "-", Tone.UNHEALTHY)
_ELSEWHERE = CellStyle("not in the plan", "·", ".", Tone.GONE)
_ROWS = {
    Order.DOMAIN: Grouping.UPDATE_DOMAIN,
    Order.FAULT_DOMAIN: Grouping.FAULT_DOMAIN,
    Order.ZONE: Grouping.ZONE,
}


def batch_swatch(number: int) -> CellStyle:
    """The sign of the batch that comes as the `number`th, from 1."""
    if number > len(_SIGNS):
        return _LATER
    sign = _SIGNS[number - 1]
    return CellStyle(f"batch {number}", sign, sign, _TONES[number % len(_TONES)])


class PlanScene(Scene):
    """One snapshot under one plan."""

    def __init__(self, snapshot: Snapshot, plan: Plan) -> None:
        self.meaning = CellMode.MODEL
        self.swatches = dict.fromkeys(snapshot.by_id, _ELSEWHERE)
        self.swatches |= {left.instance_id: _LEFT_OUT for left in plan.left_out}
        for number, batch in enumerate(plan.batches, 1):
            self.swatches |= dict.fromkeys(batch.instance_ids, batch_swatch(number))
        self.counts = Counter(self.swatches.values())


class PlanBoard(Board):
    """A board that shows a plan instead of states; it has no cursor."""

    def show_plan(self, snapshot: Snapshot, plan: Plan) -> None:
        """Another plan: its rows are those that its batches never cross."""
        self.grouping = _ROWS[plan.policy.order]
        self.show(snapshot)
        self.scene = PlanScene(snapshot, plan)
        self.cursor = None

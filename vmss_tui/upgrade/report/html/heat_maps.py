"""What the journal of a run shows about the state of each instance before and after it. Pure.

Nothing is guessed: an instance whose state the plan did not record is unknown, and one that the
run did not change is not counted among the results.
"""

import re
from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from vmss_tui.fleet.scale_set import PowerState
from vmss_tui.fleet.state_groups import StateGroup
from vmss_tui.upgrade.plan.plan import LeftOutReason, Plan
from vmss_tui.upgrade.report.report import InstanceResult, Report
from vmss_tui.upgrade.run.run import Stage


class RunGroup(StrEnum):
    """Groups that only a report has; the value is the label a person reads."""

    UNTOUCHED = "not in this run"
    DELETED = "deleted"


CellGroup = StateGroup | RunGroup


_NUMBER = re.compile(r"([0-9]{1,18})")


class InstanceCell(NamedTuple):
    """A cell of a heat map."""

    instance_id: str
    group: CellGroup


class HeatMap(NamedTuple):
    """Cells by domain; the last row has the instances whose domain the plan did not record."""

    rows: tuple[tuple[str, tuple[InstanceCell, ...]], ...]

    @property
    def counts(self) -> Mapping[CellGroup, int]:
        """Number of cells of each group that occurs, in the order of the groups."""
        counts = Counter(cell.group for _, cells in self.rows for cell in cells)
        return {group: counts[group] for group in (*StateGroup, *RunGroup) if counts[group]}


OTHER_ROW = "Others"
"""The row of the instances that are in no batch: the plan records no domain for them."""


def heat_map_before(plan: Plan) -> HeatMap:
    """The scale set when the plan was confirmed, as far as the plan recorded it."""
    return _arrange(plan, {i: _group_before(plan, i) for i in _all_ids(plan)})


def heat_map_after(plan: Plan, report: Report) -> HeatMap:
    """The scale set at the last event of the run."""
    results = {result.instance_id: result for result in report.instances}
    return _arrange(
        plan,
        {
            i: _group_after(results[i], _group_before(plan, i), report)
            if i in results
            else RunGroup.UNTOUCHED
            for i in _all_ids(plan)
        },
    )


def _all_ids(plan: Plan) -> tuple[str, ...]:
    left_out = (entry.instance_id for entry in plan.left_out)
    return tuple(dict.fromkeys((*plan.instance_ids, *plan.present_at_start, *left_out)))


def _group_before(plan: Plan, instance_id: str) -> CellGroup:
    power = plan.powers.get(instance_id)
    if instance_id in plan.unhealthy_at_start:
        return StateGroup.UNHEALTHY
    if power is PowerState.DEALLOCATED:
        return StateGroup.DEALLOCATED
    reason = next((e.reason for e in plan.left_out if e.instance_id == instance_id), None)
    if instance_id in plan.stopped or reason is LeftOutReason.NOT_RUNNING:
        return StateGroup.STOPPED
    if reason is LeftOutReason.CURRENT or instance_id in plan.current_at_start:
        return StateGroup.LATEST_MODEL
    if reason is None and instance_id in plan.instance_ids:
        undetermined = instance_id in plan.undetermined
        return StateGroup.UNKNOWN if undetermined else StateGroup.OUTDATED
    return StateGroup.UNKNOWN


def _group_after(result: InstanceResult, before: CellGroup, report: Report) -> CellGroup:
    match result.outcome:
        case Stage.UPGRADED:
            return StateGroup.LATEST_MODEL
        case Stage.FAILED:
            return StateGroup.FAILED
        case Stage.GONE:
            return RunGroup.DELETED
        case Stage.REQUESTED | Stage.PROVISIONED | Stage.READY:
            return StateGroup.UNKNOWN if report.open_note else StateGroup.UPGRADING
        case Stage.ROLLED_BACK:
            return StateGroup.OUTDATED
        case Stage.SKIPPED:
            return StateGroup.UNKNOWN
    return before


def _arrange(plan: Plan, groups: Mapping[str, CellGroup]) -> HeatMap:
    domains = {i: batch.row for batch in plan.batches for i in batch.instance_ids}
    rows: dict[str, list[InstanceCell]] = {}
    for instance_id, group in groups.items():
        row = domains.get(instance_id, OTHER_ROW)
        rows.setdefault(row, []).append(InstanceCell(instance_id, group))
    ordered = sorted(rows, key=lambda row: (row == OTHER_ROW, natural_key(row)))
    return HeatMap(
        tuple(
            (row, tuple(sorted(rows[row], key=lambda item: natural_key(item.instance_id))))
            for row in ordered
        )
    )


def natural_key(name: str) -> tuple[tuple[int, str], ...]:
    """Sorts the numbers in a name by value: `UD 2` before `UD 10`."""
    parts = _NUMBER.split(name)
    return tuple((int(part), "") if index % 2 else (-1, part) for index, part in enumerate(parts))

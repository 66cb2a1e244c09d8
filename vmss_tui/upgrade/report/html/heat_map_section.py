"""The heat maps before and after a run, as HTML."""

from vmss_tui.fleet.state_groups import StateGroup
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.report.html.heat_maps import (
    CellGroup,
    HeatMap,
    InstanceCell,
    heat_map_after,
    heat_map_before,
)
from vmss_tui.upgrade.report.html.markup import Markup, join, tag
from vmss_tui.upgrade.report.html.stylesheet import group_class
from vmss_tui.upgrade.report.report import Report

_DENSE = 300
"""Instances above which a heat map has small cells without ids."""
_GLYPHS: dict[CellGroup, str] = {StateGroup.UNHEALTHY: "✚", StateGroup.FAILED: "✖"}


def heat_maps(report: Report, plan: Plan) -> Markup:
    """Both maps with their legends."""
    maps = (("Before", heat_map_before(plan)), ("After", heat_map_after(plan, report)))
    size = max(sum(len(cells) for _, cells in heat_map.rows) for _, heat_map in maps)
    parts = [
        tag(
            "div",
            tag("h3", name),
            _cells(heat_map, with_ids=size <= _DENSE),
            _legend(heat_map),
            class_="map",
        )
        for name, heat_map in maps
    ]
    note = "Before: as the plan recorded it. After: as the last event of the run left it."
    return join(
        (
            tag("div", parts, class_="maps dense" if size > _DENSE else "maps"),
            tag("p", note, class_="quiet"),
        )
    )


def _cells(heat_map: HeatMap, *, with_ids: bool) -> list[Markup]:
    return [
        tag(
            "div",
            tag("div", row, class_="label"),
            tag("div", [_cell(cell, with_id=with_ids) for cell in cells], class_="cells"),
            class_="maprow",
        )
        for row, cells in heat_map.rows
    ]


def _cell(cell: InstanceCell, *, with_id: bool) -> Markup:
    name = cell.instance_id if len(cell.instance_id) <= 12 else cell.instance_id[-10:]
    return tag(
        "span",
        _GLYPHS.get(cell.group, ""),
        name if with_id else "",
        class_=f"cell id {group_class(cell.group)}",
        title=f"{cell.instance_id}: {cell.group}",
    )


def _legend(heat_map: HeatMap) -> Markup:
    return tag(
        "ul",
        [
            tag("li", tag("i", _GLYPHS.get(group, ""), class_=group_class(group)),
                tag("b", str(count)), f" {group}")
            for group, count in heat_map.counts.items()
        ],
        class_="legend",
    )  # fmt: skip

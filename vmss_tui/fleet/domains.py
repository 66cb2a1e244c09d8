"""Zones, placement groups, update and fault domains as the rows and columns of a grid.

Update domain numbers mean something only inside one placement group of one zone
("Large virtual machine scale sets": placement groups), so a row is keyed by all three. Where
Azure reports no update domain the row is what it does report, and its label says so.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from vmss_tui.fleet.scale_set import Instance, State
from vmss_tui.fleet.snapshot import by_instance_id


class Grouping(StrEnum):
    """What a row of the heatmap is."""

    UPDATE_DOMAIN = "update domain"
    FAULT_DOMAIN = "fault domain"
    ZONE = "zone"


@dataclass(frozen=True, slots=True)
class RowKey:
    """Names a row. `number` is an update or fault domain, by `kind`; None where there is none."""

    zone: str | None
    placement_group: str | None
    kind: Grouping
    number: int | None

    @property
    def label(self) -> str:
        """`UD 3`, `FD 0`, `zone 2`, or `no domain` where Azure says nothing at all."""
        if self.kind is Grouping.ZONE:
            return f"zone {self.zone}" if self.zone else "no zone"
        if self.number is None:
            return "no domain"
        return f"{'UD' if self.kind is Grouping.UPDATE_DOMAIN else 'FD'} {self.number}"

    @property
    def order(self) -> tuple[bool, str, bool, str, str, bool, int]:
        """Rows with a zone first, by zone, placement group, kind and number."""
        return (
            self.zone is None,
            self.zone or "",
            self.placement_group is None,
            self.placement_group or "",
            self.kind,
            self.number is None,
            self.number or 0,
        )


@dataclass(frozen=True)
class Row:
    """One row: its instances in id order, grouped into fault-domain columns."""

    key: RowKey
    instances: tuple[Instance, ...]

    @cached_property
    def columns(self) -> dict[int | None, tuple[Instance, ...]]:
        """Fault domain -> instances, None last for those that report none."""
        found: dict[int | None, list[Instance]] = {}
        for instance in self.instances:
            found.setdefault(instance.fault_domain, []).append(instance)
        order = sorted(found, key=lambda domain: (domain is None, domain or 0))
        return {domain: tuple(found[domain]) for domain in order}

    @cached_property
    def counts(self) -> Counter[State]:
        """Instances of the row by composite state."""
        return Counter(instance.state for instance in self.instances)

    @cached_property
    def current(self) -> int:
        """Instances of the row with the latest model."""
        return sum(instance.latest_model_applied is True for instance in self.instances)

    @cached_property
    def problems(self) -> int:
        """Instances of the row that want a person's eye."""
        return sum(instance.is_problem for instance in self.instances)


@dataclass(frozen=True)
class Panel:
    """The rows of one placement group in one zone, with a heading where there is more than one."""

    zone: str | None
    placement_group: str | None
    heading: str
    """Empty where the grid has a single panel."""
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Grid:
    """Every instance of a reading, once, in panels of rows."""

    grouping: Grouping
    panels: tuple[Panel, ...]

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """All rows, top to bottom."""
        return tuple(row for panel in self.panels for row in panel.rows)

    @cached_property
    def by_key(self) -> dict[RowKey, Row]:
        """Every row by its key."""
        return {row.key: row for row in self.rows}

    @cached_property
    def row_of(self) -> dict[str, RowKey]:
        """Instance id -> the row it stands in."""
        return {i.instance_id: row.key for row in self.rows for i in row.instances}


def row_key(instance: Instance, grouping: Grouping = Grouping.UPDATE_DOMAIN) -> RowKey:
    """The row an instance belongs to, falling back to what Azure does report."""
    zone, group = instance.zone, instance.placement_group
    if grouping is Grouping.ZONE:
        return RowKey(zone, None, Grouping.ZONE, None)
    if grouping is Grouping.UPDATE_DOMAIN and instance.update_domain is not None:
        return RowKey(zone, group, Grouping.UPDATE_DOMAIN, instance.update_domain)
    if instance.fault_domain is not None:
        return RowKey(zone, group, Grouping.FAULT_DOMAIN, instance.fault_domain)
    if zone is not None:
        return RowKey(zone, group, Grouping.ZONE, None)
    return RowKey(zone, group, Grouping.UPDATE_DOMAIN, None)


def grid(
    instances: Iterable[Instance],
    grouping: Grouping = Grouping.UPDATE_DOMAIN,
    within: Grid | None = None,
    before: Grid | None = None,
) -> Grid:
    """Arranges instances; every one of them appears in exactly one row.

    `within` is the grid of the whole set where these are some of it: its panels keep their names.
    Rows that are as they were in `before` are the same ones, with what was counted in them.
    """
    if before is not None and before.grouping is grouping and within is None:
        instances = tuple(instances)
        if (renewed := _renewed(before, instances)) is not None:
            return renewed
    rows: dict[RowKey, list[Instance]] = {}
    at: dict[tuple[object, ...], list[Instance]] = {}  # many share a place: one key for all of them
    for instance in sorted(instances, key=by_instance_id):
        place = (
            instance.zone,
            instance.placement_group,
            instance.update_domain,
            instance.fault_domain,
        )
        if (row := at.get(place)) is None:
            row = at[place] = rows.setdefault(row_key(instance, grouping), [])
        row.append(instance)
    known = before.by_key if before is not None else {}
    panels: dict[tuple[str | None, str | None], list[Row]] = {}
    for key in sorted(rows, key=lambda key: key.order):
        made, same = Row(key, tuple(rows[key])), known.get(key)
        if same is not None and same.instances == made.instances:
            made = same
        panels.setdefault((key.zone, key.placement_group), []).append(made)
    nowhere = all(key.number is None and key.placement_group is None for key in rows)
    if grouping is Grouping.ZONE or nowhere:  # rows are zones, and need no headings of zones
        every = tuple(row for found in panels.values() for row in found)
        return Grid(grouping, (Panel(None, None, "", every),) if every else ())
    named = [(panel.zone, panel.placement_group) for panel in within.panels] if within else []
    named = list(dict.fromkeys((*named, *panels)))
    return Grid(
        grouping,
        tuple(
            Panel(zone, group, _heading(zone, group, named), tuple(found))
            for (zone, group), found in panels.items()
        ),
    )


def _renewed(before: Grid, instances: tuple[Instance, ...]) -> Grid | None:
    """The same places with newer instances; None where any has come, gone or moved."""
    now = {instance.instance_id: instance for instance in instances}
    if len(now) != len(instances) or now.keys() != before.row_of.keys():
        return None
    panels = []
    for panel in before.panels:
        rows = []
        for row in panel.rows:
            newer = tuple([now[each.instance_id] for each in row.instances])
            if not all(map(_same_place, newer, row.instances)):
                return None
            rows.append(row if newer == row.instances else Row(row.key, newer))
        panels.append(replace(panel, rows=tuple(rows)))
    return Grid(before.grouping, tuple(panels))


def _same_place(one: Instance, other: Instance) -> bool:
    return one is other or (
        one.update_domain == other.update_domain
        and one.fault_domain == other.fault_domain
        and one.placement_group == other.placement_group
        and one.zone == other.zone
    )


def placement_groups(instances: Iterable[Instance]) -> tuple[str | None, ...]:
    """The groups in the order in which headings number them, from 1."""
    found = {
        (i.zone is None, i.zone or "", i.placement_group is None, i.placement_group or "")
        for i in instances
    }
    return tuple(dict.fromkeys(group or None for *_, group in sorted(found)))


def _heading(zone: str | None, group: str | None, keys: list[tuple[str | None, str | None]]) -> str:
    """What tells this panel from the others; nothing where it is the only one."""
    if len(keys) == 1:
        return ""
    words = []
    if len({key[0] for key in keys}) > 1:
        words.append(f"zone {zone}" if zone else "no zone")
    groups = list(dict.fromkeys(key[1] for key in keys))
    if len(groups) > 1:
        number = groups.index(group) + 1
        words.append(f"placement group {number} {group[:8]}" if group else "no placement group")
    return " · ".join(words)

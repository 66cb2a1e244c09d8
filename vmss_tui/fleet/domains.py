"""Arranges instances by zone, placement group, update domain and fault domain in a grid.

Update domain numbers are unique only inside one placement group of one zone ("Large virtual
machine scale sets": placement groups), so a row is keyed by all three. Where Azure reports no
update domain, the row is the fault domain or zone, and its label says so.
"""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from vmss_tui.fleet.scale_set import Instance, State
from vmss_tui.fleet.snapshot import instance_sort_key


class Grouping(StrEnum):
    """What a row of the heatmap is."""

    UPDATE_DOMAIN = "update domain"
    FAULT_DOMAIN = "fault domain"
    ZONE = "zone"


class RowKey(Struct, frozen=True):
    """Identifies a row. `number` is the update or fault domain, by `kind`; None without one."""

    zone: str | None
    placement_group: str | None
    kind: Grouping
    number: int | None

    @property
    def label(self) -> str:
        """`UD 3`, `FD 0`, `zone 2`, or `no domain` where Azure reports none of them."""
        if self.kind is Grouping.ZONE:
            return f"zone {self.zone}" if self.zone else "no zone"
        if self.number is None:
            return "no domain"
        return f"{'UD' if self.kind is Grouping.UPDATE_DOMAIN else 'FD'} {self.number}"

    @property
    def order(self) -> tuple[bool, str, bool, str, str, bool, int]:
        """Sort key: rows with a zone first, then zone, placement group, kind and number."""
        return (
            self.zone is None,
            self.zone or "",
            self.placement_group is None,
            self.placement_group or "",
            self.kind,
            self.number is None,
            self.number or 0,
        )


class Row(Struct, frozen=True, dict=True):
    """One row: its instances in id order, grouped into fault-domain columns."""

    key: RowKey
    instances: tuple[Instance, ...]

    @cached_property
    def columns(self) -> dict[int | None, tuple[Instance, ...]]:
        """Fault domain -> instances; None, the key of those without one, comes last."""
        by_domain: dict[int | None, list[Instance]] = {}
        for instance in self.instances:
            by_domain.setdefault(instance.fault_domain, []).append(instance)
        order = sorted(by_domain, key=lambda domain: (domain is None, domain or 0))
        return {domain: tuple(by_domain[domain]) for domain in order}

    @property
    def cell_order(self) -> tuple[str, ...]:
        """Instance ids by fault domain: the order of cells on screen."""
        return tuple(i.instance_id for instances in self.columns.values() for i in instances)

    @cached_property
    def counts(self) -> Counter[State]:
        """Instances of the row by composite state."""
        return Counter(instance.state for instance in self.instances)

    @cached_property
    def current(self) -> int:
        """Instances of the row in the group `latest model`, as legend and summary bar count them:
        none that is unhealthy, failed, stopped or being upgraded."""
        return self.counts[State.CURRENT]

    @cached_property
    def problems(self) -> int:
        """Instances of the row that are failed, unhealthy or unknown."""
        return sum(instance.needs_attention for instance in self.instances)


class Panel(Struct, frozen=True):
    """The rows of one placement group in one zone, with a heading where there is more than one."""

    zone: str | None
    placement_group: str | None
    heading: str
    """Empty where the grid has a single panel."""
    rows: tuple[Row, ...]


class Grid(Struct, frozen=True, dict=True):
    """Every instance of a snapshot exactly once, in panels of rows."""

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
    def row_keys(self) -> dict[str, RowKey]:
        """Instance id -> the key of its row."""
        return {i.instance_id: row.key for row in self.rows for i in row.instances}


def row_key(instance: Instance, grouping: Grouping = Grouping.UPDATE_DOMAIN) -> RowKey:
    """The row of an instance: by update domain, else fault domain, else zone."""
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


def build_grid(
    instances: Iterable[Instance],
    grouping: Grouping = Grouping.UPDATE_DOMAIN,
    whole: Grid | None = None,
    previous: Grid | None = None,
) -> Grid:
    """Arranges instances; each of them appears in exactly one row.

    `whole` is the grid of the whole set when `instances` is a part of it: panels keep the headings
    they have there. Rows equal to those of `previous` are reused, with their cached counts.
    """
    if previous is not None and previous.grouping is grouping and whole is None:
        instances = tuple(instances)
        if (refreshed := _refresh_grid(previous, instances)) is not None:
            return refreshed
    rows: dict[RowKey, list[Instance]] = {}
    # Many instances share a place, so each place computes its row key once.
    rows_by_place: dict[tuple[object, ...], list[Instance]] = {}
    for instance in sorted(instances, key=instance_sort_key):
        place = (
            instance.zone,
            instance.placement_group,
            instance.update_domain,
            instance.fault_domain,
        )
        if (row := rows_by_place.get(place)) is None:
            row = rows_by_place[place] = rows.setdefault(row_key(instance, grouping), [])
        row.append(instance)
    previous_rows = previous.by_key if previous is not None else {}
    panels: dict[tuple[str | None, str | None], list[Row]] = {}
    for key in sorted(rows, key=lambda key: key.order):
        new_row, previous_row = Row(key, tuple(rows[key])), previous_rows.get(key)
        if previous_row is not None and previous_row.instances == new_row.instances:
            new_row = previous_row
        panels.setdefault((key.zone, key.placement_group), []).append(new_row)
    no_domains = all(key.number is None and key.placement_group is None for key in rows)
    if grouping is Grouping.ZONE or no_domains:  # rows are zones: no headings
        all_rows = tuple(row for panel_rows in panels.values() for row in panel_rows)
        return Grid(grouping, (Panel(None, None, "", all_rows),) if all_rows else ())
    panel_keys = [(panel.zone, panel.placement_group) for panel in whole.panels] if whole else []
    panel_keys = list(dict.fromkeys((*panel_keys, *panels)))
    return Grid(
        grouping,
        tuple(
            Panel(zone, group, _heading(zone, group, panel_keys), tuple(panel_rows))
            for (zone, group), panel_rows in panels.items()
        ),
    )


def _refresh_grid(previous: Grid, instances: tuple[Instance, ...]) -> Grid | None:
    """`previous` with newer instances; None where one was added, removed or moved."""
    by_id = {instance.instance_id: instance for instance in instances}
    if len(by_id) != len(instances) or by_id.keys() != previous.row_keys.keys():
        return None
    panels = []
    for panel in previous.panels:
        rows = []
        for row in panel.rows:
            row_instances = tuple([by_id[instance.instance_id] for instance in row.instances])
            if not all(map(_same_place, row_instances, row.instances)):
                return None
            rows.append(row if row_instances == row.instances else Row(row.key, row_instances))
        panels.append(replace(panel, rows=tuple(rows)))
    return Grid(previous.grouping, tuple(panels))


def _same_place(one: Instance, other: Instance) -> bool:
    return one is other or (
        one.update_domain == other.update_domain
        and one.fault_domain == other.fault_domain
        and one.placement_group == other.placement_group
        and one.zone == other.zone
    )


def placement_groups(instances: Iterable[Instance]) -> tuple[str | None, ...]:
    """Placement groups in the order in which headings number them, from 1."""
    keys = {
        (i.zone is None, i.zone or "", i.placement_group is None, i.placement_group or "")
        for i in instances
    }
    return tuple(dict.fromkeys(group or None for *_, group in sorted(keys)))


def _heading(zone: str | None, group: str | None, keys: list[tuple[str | None, str | None]]) -> str:
    """What distinguishes this panel from the others; empty where it is the only one."""
    if len(keys) == 1:
        return ""
    parts = []
    if len({key[0] for key in keys}) > 1:
        parts.append(f"zone {zone}" if zone else "no zone")
    groups = list(dict.fromkeys(key[1] for key in keys))
    if len(groups) > 1:
        number = groups.index(group) + 1
        parts.append(f"placement group {number} {group[:8]}" if group else "no placement group")
    return " · ".join(parts)

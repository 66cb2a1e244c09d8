"""The columns of the instance table, the texts in them, and the sort order. Pure."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct

from vmss_tui.fleet.image import version_key
from vmss_tui.fleet.scale_set import Instance, State
from vmss_tui.fleet.snapshot import instance_sort_key
from vmss_tui.text import cell
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.instances.cell_modes import STATES


class Column(StrEnum):
    """A column; the value is its heading."""

    ID = "ID"
    STATE = "State"
    IMAGE = "Image version"
    TARGET = "Target image"
    HEALTH = "Health"
    POWER = "Power"
    PROVISIONING = "Provisioning state"
    ZONE = "Zone"
    UPDATE_DOMAIN = "UD"
    FAULT_DOMAIN = "FD"
    CHANGED = "Last change"
    NAME = "Computer name"
    MODEL = "Latest model"
    SIZE = "VM size"
    GROUP = "Placement group"


_DROP_ORDER = (
    Column.GROUP, Column.SIZE, Column.MODEL, Column.NAME, Column.PROVISIONING, Column.CHANGED,
    Column.POWER, Column.FAULT_DOMAIN, Column.TARGET, Column.ZONE, Column.UPDATE_DOMAIN,
    Column.HEALTH, Column.IMAGE,
)  # fmt: skip
"""Columns to leave out on a narrow screen, in this order."""
_MODEL_TEXTS = {True: "yes", False: "no", None: "unknown"}
_AGE_WIDTH = len(" (30 d ago)")
GAP = 2
"""Cells between two columns."""


class SortOrder(Struct, frozen=True):
    """The column to sort by, and the direction."""

    column: Column = Column.ID
    descending: bool = False

    def next(self, columns: Sequence[Column]) -> "SortOrder":
        """Sorted by the next shown column, cyclically; unchanged if no column is shown yet."""
        if not columns:
            return self
        index = columns.index(self.column) + 1 if self.column in columns else 0
        return SortOrder(columns[index % len(columns)], self.descending)

    def reversed(self) -> "SortOrder":
        """The opposite direction."""
        return SortOrder(self.column, not self.descending)


def row_texts(
    instance: Instance, appearance: Appearance, target_image: str = ""
) -> dict[Column, str]:
    """The texts of a row; the widget adds the glyph of the state and the age of the last change.
    `target_image` is the version that the model names."""
    image = instance.image.running_version if instance.image else ""
    changed_at = instance.changed_at
    is_behind = bool(image) and bool(target_image) and image != target_image
    return {
        Column.ID: cell(instance.instance_id, 40),
        Column.STATE: STATES[instance.state].name,
        Column.IMAGE: cell(image, 30),
        Column.TARGET: f"{appearance.sign('to')} {cell(target_image, 30)}" if is_behind else "",
        Column.HEALTH: str(instance.health or "no health probe"),
        Column.POWER: str(instance.power),
        Column.PROVISIONING: str(instance.provisioning),
        Column.MODEL: _MODEL_TEXTS[instance.latest_model_applied],
        Column.ZONE: cell(instance.zone or "", 10),
        Column.UPDATE_DOMAIN: _number_text(instance.update_domain),
        Column.FAULT_DOMAIN: _number_text(instance.fault_domain),
        Column.CHANGED: appearance.day_and_clock(changed_at) if changed_at else "",
        Column.NAME: cell(instance.computer_name or instance.name, 40),
        Column.SIZE: cell(instance.vm_size or "", 30),
        Column.GROUP: cell(instance.placement_group or "", 36),
    }


def column_widths(rows: Iterable[dict[Column, str]], glyph_width: int) -> dict[Column, int]:
    """The width of each column's longest text; columns that are empty in all rows are left out.
    `glyph_width` is added for the glyph of the state."""
    widths: dict[Column, int] = {}
    for row in rows:
        for column, text in row.items():
            if len(text) > widths.get(column, 0):
                widths[column] = len(text)
    widths = {
        c: max(widths.get(c, 0), len(c) + 1) for c in Column if widths.get(c) or c is Column.ID
    }
    if Column.CHANGED in widths:
        widths[Column.CHANGED] += _AGE_WIDTH
    if Column.STATE in widths:
        widths[Column.STATE] += glyph_width
    return widths


def fitting_columns(widths: dict[Column, int], available: int) -> tuple[Column, ...]:
    """The columns that fit into the available cells."""
    columns = list(widths)
    for column in _DROP_ORDER:
        if sum(widths[c] + GAP for c in columns) <= available:
            break
        if column in columns:
            columns.remove(column)
    return tuple(columns)


def sort_instances(instances: Iterable[Instance], order: SortOrder) -> list[Instance]:
    """Sorted instances; missing values come last, equal ones are sorted by id."""
    by_id = sorted(instances, key=instance_sort_key)
    key = _SORT_KEYS[order.column]
    with_value = [i for i in by_id if key(i) is not None]
    with_value.sort(key=key, reverse=order.descending)
    return with_value + [i for i in by_id if key(i) is None]


def age_text(changed_at: datetime, now: datetime) -> str:
    """` (5 h ago)`, ` (6 d ago)`; empty within the first hour, in which the clock is enough."""
    hours = int((now - changed_at).total_seconds() // 3600)
    if hours < 1:
        return ""
    return f" ({hours} h ago)" if hours < 48 else f" ({hours // 24} d ago)"


def _number_text(value: int | None) -> str:
    return "" if value is None else str(value)


_STATE_ORDER = {state: number for number, state in enumerate(State)}
_SORT_KEYS: dict[Column, Callable[[Instance], Any]] = {
    Column.ID: instance_sort_key,
    Column.STATE: lambda i: _STATE_ORDER[i.state],
    Column.POWER: lambda i: str(i.power),
    Column.HEALTH: lambda i: i.health,
    Column.MODEL: lambda i: i.latest_model_applied,
    Column.TARGET: lambda i: i.latest_model_applied,
    Column.PROVISIONING: lambda i: str(i.provisioning),
    Column.IMAGE: lambda i: version_key(i.image.running_version) if i.image else None,
    Column.ZONE: lambda i: i.zone,
    Column.UPDATE_DOMAIN: lambda i: i.update_domain,
    Column.FAULT_DOMAIN: lambda i: i.fault_domain,
    Column.CHANGED: lambda i: i.changed_at,
    Column.NAME: lambda i: (i.computer_name or i.name).lower() or None,
    Column.SIZE: lambda i: i.vm_size,
    Column.GROUP: lambda i: i.placement_group,
}

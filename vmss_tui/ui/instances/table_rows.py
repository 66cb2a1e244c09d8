"""The instances as a table: which columns there are, what stands in them, and their order. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from vmss_tui.fleet.image import version_key
from vmss_tui.fleet.scale_set import Instance, State
from vmss_tui.fleet.snapshot import instance_sort_key
from vmss_tui.text import cell
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.instances.heatmap_layout import EMPTY, Arrangement, Block, Box


class Column(StrEnum):
    """What a column says; the value is its heading."""

    ID = "id"
    STATE = "state"
    POWER = "power"
    HEALTH = "health"
    MODEL = "model"
    IMAGE = "image"
    ZONE = "zone"
    UPDATE_DOMAIN = "UD"
    FAULT_DOMAIN = "FD"
    CHANGED = "changed"
    NAME = "name"
    SIZE = "size"
    GROUP = "placement group"


_GIVE_WAY = (
    Column.GROUP, Column.SIZE, Column.NAME, Column.CHANGED, Column.POWER, Column.MODEL,
    Column.HEALTH, Column.FAULT_DOMAIN, Column.ZONE, Column.UPDATE_DOMAIN, Column.IMAGE,
)  # fmt: skip
"""Left out one after the other where it is narrow."""
_MODEL = {True: "current", False: "stale", None: "unknown"}
GAP = 2
"""Between two columns."""


@dataclass(frozen=True, slots=True)
class Order:
    """By which column, and which end first."""

    column: Column = Column.ID
    falling: bool = False

    def next(self, shown: Sequence[Column]) -> "Order":
        """By the column after this one, round and round; as it is before any is shown."""
        if not shown:
            return self
        at = shown.index(self.column) + 1 if self.column in shown else 0
        return Order(shown[at % len(shown)], self.falling)

    def turned(self) -> "Order":
        """The other end first."""
        return Order(self.column, not self.falling)


def row_of(instance: Instance, look: Appearance) -> dict[Column, str]:
    """What a row says; the state's glyph is the widget's to add."""
    image = instance.image.running_version if instance.image else ""
    changed = instance.changed_at
    return {
        Column.ID: cell(instance.instance_id, 40),
        Column.STATE: str(instance.state),
        Column.POWER: str(instance.power),
        Column.HEALTH: str(instance.health or "no signal"),
        Column.MODEL: _MODEL[instance.latest_model_applied],
        Column.IMAGE: cell(image, 30),
        Column.ZONE: cell(instance.zone or "", 10),
        Column.UPDATE_DOMAIN: _number(instance.update_domain),
        Column.FAULT_DOMAIN: _number(instance.fault_domain),
        Column.CHANGED: look.day_and_clock(changed) if changed else "",
        Column.NAME: cell(instance.computer_name or instance.name, 40),
        Column.SIZE: cell(instance.vm_size or "", 30),
        Column.GROUP: cell(instance.placement_group or "", 36),
    }


def widths_of(rows: Iterable[dict[Column, str]], sign: int) -> dict[Column, int]:
    """As wide as what stands in them; columns that say nothing anywhere are left out. `sign` is
    the room that the state's glyph takes."""
    found: dict[Column, int] = {}
    for row in rows:
        for column, words in row.items():
            if len(words) > found.get(column, 0):
                found[column] = len(words)
    found = {c: max(found.get(c, 0), len(c) + 2) for c in Column if found.get(c) or c is Column.ID}
    if Column.STATE in found:
        found[Column.STATE] += sign
    return found


def fitting(widths: dict[Column, int], room: int) -> tuple[Column, ...]:
    """The columns that fit into `room` cells."""
    kept = list(widths)
    for column in _GIVE_WAY:
        if sum(widths[c] + GAP for c in kept) <= room:
            break
        if column in kept:
            kept.remove(column)
    return tuple(kept)


def ordered(instances: Iterable[Instance], order: Order) -> list[Instance]:
    """In this order; what says nothing comes last, and equals go by their ids."""
    found = sorted(instances, key=instance_sort_key)
    key = _KEYS[order.column]
    known = [i for i in found if key(i) is not None]
    known.sort(key=key, reverse=order.falling)
    return known + [i for i in found if key(i) is None]


def placed(ids: Sequence[str]) -> Arrangement:
    """One below the other, so that cursor, ranges and problems move as on the heatmap."""
    if not ids:
        return EMPTY
    block = Block(0, 1, "", tuple((i,) for i in ids))
    return Arrangement(1, True, (Box(0, 0, 1, "", 0, (), (block,), len(ids), 0),), 1, len(ids))


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


_STATES = {state: at for at, state in enumerate(State)}
_KEYS: dict[Column, Callable[[Instance], Any]] = {
    Column.ID: instance_sort_key,
    Column.STATE: lambda i: _STATES[i.state],
    Column.POWER: lambda i: str(i.power),
    Column.HEALTH: lambda i: i.health,
    Column.MODEL: lambda i: i.latest_model_applied,
    Column.IMAGE: lambda i: version_key(i.image.running_version) if i.image else None,
    Column.ZONE: lambda i: i.zone,
    Column.UPDATE_DOMAIN: lambda i: i.update_domain,
    Column.FAULT_DOMAIN: lambda i: i.fault_domain,
    Column.CHANGED: lambda i: i.changed_at,
    Column.NAME: lambda i: (i.computer_name or i.name).lower() or None,
    Column.SIZE: lambda i: i.vm_size,
    Column.GROUP: lambda i: i.placement_group,
}

"""The order of the list of scale sets. Pure."""

from collections.abc import Callable, Iterable
from typing import Any

from vmss_tui.fleet.image import version_key
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.state_groups import StateGroup
from vmss_tui.ui.lists.list_columns import ListOrder
from vmss_tui.ui.screens.scale_set_rows import ScaleSetRow


def sort_scale_sets(
    scale_sets: Iterable[ScaleSet], subscription_name: Callable[[str], str]
) -> tuple[ScaleSet, ...]:
    """By subscription, then by name. `subscription_name` maps an id to its display name."""

    def sort_key(scale_set: ScaleSet) -> tuple[str, str, str]:
        subscription = subscription_name(scale_set.id.subscription_id)
        return subscription.casefold(), scale_set.id.name.lower(), scale_set.id.key

    return tuple(sorted(scale_sets, key=sort_key))


def sort_rows(rows: Iterable[ScaleSetRow], order: ListOrder) -> list[ScaleSetRow]:
    """Sorted rows; those without a value come last, equal ones in the order in which they come."""
    key = _SORT_KEYS[order.column]
    with_value: list[ScaleSetRow] = []
    without_value: list[ScaleSetRow] = []
    for row in rows:
        (without_value if key(row) is None else with_value).append(row)
    with_value.sort(key=key, reverse=order.descending)
    return with_value + without_value


def _share(row: ScaleSetRow) -> float | None:
    """The share of the latest model in the instances."""
    total = sum(row.groups.values())
    return row.groups.get(StateGroup.LATEST_MODEL, 0) / total if total else None


def _outdated_key(row: ScaleSetRow) -> tuple[int, int] | None:
    return None if row.outdated is None else (row.outdated, row.problems)


def _newer_key(row: ScaleSetRow) -> tuple[bool, int] | None:
    """Live runs first, then the number of newer versions."""
    if not row.is_live and row.newer is None:
        return None
    return row.is_live, row.newer or 0


_SORT_KEYS: dict[str, Callable[[ScaleSetRow], Any]] = {
    "name": lambda row: row.scale_set.name.lower(),
    "subscription": lambda row: row.subscription.casefold(),
    "group": lambda row: row.scale_set.id.resource_group.lower(),
    "region": lambda row: row.scale_set.place,
    "orchestration": lambda row: str(row.scale_set.orchestration),
    "policy": lambda row: str(row.scale_set.policy_mode),
    "capacity": lambda row: row.scale_set.capacity,
    "bar": _share,
    "outdated": _outdated_key,
    "image": lambda row: version_key(row.image_version),
    "newer": _newer_key,
    "ends": lambda row: row.ends.end_order if row.ends else None,
    "changed": lambda row: row.count.changed_at if row.count else None,
}

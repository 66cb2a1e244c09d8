"""The scopes of an operation: the selection, then from the cursor up to the whole set. Pure.

A fault domain, like a row, is unique only within one placement group of one zone.
"""

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from vmss_tui.fleet.scale_set import Instance
from vmss_tui.ui.instances.board import Board


class OperationScope(Struct, frozen=True):
    """A set of instances that an operation can be applied to; `key` chooses it."""

    key: str
    text: str
    instance_ids: tuple[str, ...]


def operation_scopes(board: Board) -> Sequence[OperationScope]:
    """The available scopes, smallest first, with filtered instances included."""
    scopes: list[OperationScope] = []
    known_ids: set[frozenset[str]] = set()
    for scope in _all_scopes(board):
        if scope.instance_ids and frozenset(scope.instance_ids) not in known_ids:
            known_ids.add(frozenset(scope.instance_ids))
            scopes.append(scope)
    return scopes


def _all_scopes(board: Board) -> Iterator[OperationScope]:
    snapshot, cursor_instance = board.snapshot, board.cursor_instance
    if snapshot is None:
        return
    instances = snapshot.instances
    if board.selected_ids:
        selected = tuple(i for i in board.full_grid.row_keys if i in board.selected_ids)
        yield OperationScope("m", board.selection_text, selected)
    if cursor_instance is not None:
        yield OperationScope(
            "c", f"instance {cursor_instance.instance_id}", (cursor_instance.instance_id,)
        )
        yield from _scopes_around(board, cursor_instance)
    if (
        len({i.zone for i in instances}) > 1
        and cursor_instance is not None
        and cursor_instance.zone is not None
    ):
        yield _scope(
            "z", f"zone {cursor_instance.zone}", instances, lambda i: i.zone == cursor_instance.zone
        )
    yield _scope("s", "the whole scale set", instances, lambda _: True)


def _scopes_around(board: Board, instance: Instance) -> Iterator[OperationScope]:
    """The row, fault domain and placement group of the cursor's instance."""
    instances = board.snapshot.instances if board.snapshot else ()
    row = board.cursor_row
    if row is not None:
        ids = tuple(i.instance_id for i in row.instances)
        yield OperationScope("r", f"the row, {row.key.label}: {len(ids)}", ids)
    place = (instance.zone, instance.placement_group)
    if instance.fault_domain is not None:
        fault_domain = instance.fault_domain
        yield _scope(
            "f",
            f"fault domain {fault_domain}",
            instances,
            lambda i: (i.zone, i.placement_group, i.fault_domain) == (*place, fault_domain),
        )
    if len({i.placement_group for i in instances}) > 1 and instance.placement_group is not None:
        text = f"placement group {instance.placement_group[:8]}"
        yield _scope("p", text, instances, lambda i: i.placement_group == instance.placement_group)


def _scope(
    key: str, text: str, instances: Sequence[Instance], contains: Callable[[Instance], bool]
) -> OperationScope:
    ids = tuple(i.instance_id for i in instances if contains(i))
    return OperationScope(key, f"{text}: {len(ids)}", ids)

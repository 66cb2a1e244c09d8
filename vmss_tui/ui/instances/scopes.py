"""The scopes of an operation: marks, and what is around the cursor up to the whole set. Pure.

Fault domains mean something only inside one placement group of one zone, as rows do.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from vmss_tui.fleet.scale_set import Instance
from vmss_tui.ui.instances.board import Board


@dataclass(frozen=True, slots=True)
class Scope:
    """A choice of instances."""

    key: str
    words: str
    instance_ids: tuple[str, ...]


def scopes(board: Board) -> Sequence[Scope]:
    """Those that there are, the nearest first; each with everything in it, shown or filtered."""
    found: list[Scope] = []
    seen: set[frozenset[str]] = set()
    for scope in _all(board):
        if scope.instance_ids and frozenset(scope.instance_ids) not in seen:
            seen.add(frozenset(scope.instance_ids))
            found.append(scope)
    return found


def _all(board: Board) -> Iterator[Scope]:
    snapshot, here = board.snapshot, board.instance
    if snapshot is None:
        return
    every = snapshot.instances
    if board.marks:
        marked = tuple(i for i in board.full.row_keys if i in board.marks)
        yield Scope("m", board.marked, marked)
    if here is not None:
        yield Scope("c", f"instance {here.instance_id}", (here.instance_id,))
        yield from _around(board, here)
    if len({i.zone for i in every}) > 1 and here is not None and here.zone is not None:
        yield _scope("z", f"zone {here.zone}", every, lambda i: i.zone == here.zone)
    yield _scope("s", "the whole scale set", every, lambda _: True)


def _around(board: Board, here: Instance) -> Iterator[Scope]:
    """What the cursor's instance stands in, inside its zone and placement group."""
    every = board.snapshot.instances if board.snapshot else ()
    row = board.cursor_row
    if row is not None:
        ids = tuple(i.instance_id for i in row.instances)
        yield Scope("r", f"the row, {row.key.label}: {len(ids)}", ids)
    place = (here.zone, here.placement_group)
    if here.fault_domain is not None:
        number = here.fault_domain
        yield _scope(
            "f",
            f"fault domain {number}",
            every,
            lambda i: (i.zone, i.placement_group, i.fault_domain) == (*place, number),
        )
    if len({i.placement_group for i in every}) > 1 and here.placement_group is not None:
        words = f"placement group {here.placement_group[:8]}"
        yield _scope("p", words, every, lambda i: i.placement_group == here.placement_group)


def _scope(
    key: str, words: str, every: Sequence[Instance], within: Callable[[Instance], bool]
) -> Scope:
    ids = tuple(i.instance_id for i in every if within(i))
    return Scope(key, f"{words}: {len(ids)}", ids)

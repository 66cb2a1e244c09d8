"""Numbers and lists in sentences: one plural and one shortened list for the whole program."""

from collections.abc import Sequence

_SHOWN_INSTANCES = 8


def pluralize(number: int, one: str, many: str) -> str:
    """The number with its noun: `1 batch`, `2 batches`."""
    return f"{number} {one if number == 1 else many}"


def shorten_list(
    items: Sequence[str], maximum: int, *, separator: str = " ", rest: str = " …"
) -> str:
    """The first `maximum` items, then `rest` if there are more; `{more}` in it is their number."""
    shown = separator.join(items[:maximum])
    more = len(items) - maximum
    return shown + rest.format(more=more) if more > 0 else shown


def instances_text(ids: Sequence[str]) -> str:
    """`no instance`, `instance 4`, `3 instances (1, 2, 5)`, `40 instances (1, 2, … 8 …)`."""
    if not ids:
        return "no instance"
    if len(ids) == 1:
        return f"instance {ids[0]}"
    return f"{len(ids)} instances ({shorten_list(ids, _SHOWN_INSTANCES, separator=', ')})"

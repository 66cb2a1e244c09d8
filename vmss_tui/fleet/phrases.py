"""Parts of sentences for the whole program: plurals, shortened lists, and Azure's refusals."""

from collections.abc import Sequence

_SHOWN_INSTANCES = 8


def pluralize(number: int, one: str, many: str) -> str:
    """The number with its noun: `1 batch`, `2 batches`."""
    return f"{number} {one if number == 1 else many}"


_REFUSED = "Azure refused: "
_LOST = "The answer was lost: "


def refusal_text(message: str, code: str) -> str:
    """`Azure refused (CODE): message`; only the message where that says it itself."""
    if message.startswith(_REFUSED):
        return message
    return f"Azure refused ({code or 'no code'}): {message}"


def bare_reason(message: str) -> str:
    """The message of a failed write after a text that says already how it failed."""
    return message.removeprefix(_REFUSED).removeprefix(_LOST)


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

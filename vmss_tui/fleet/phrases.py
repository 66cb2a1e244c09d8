"""Parts of sentences for the whole program: the glossary, plurals, lists, and Azure's refusals.

Each term has one meaning. JSON, journals and settings keep other names. The terms for the state of
an instance are the values of `StateGroup`.
"""

from collections.abc import Sequence
from enum import StrEnum

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


class Term(StrEnum):
    """A term that several texts use."""

    UPGRADE_REQUESTED = "upgrade requested"
    """The upgrade request of the instance was sent to Azure."""
    MODEL_APPLIED = "latest model applied"
    """Azure reports the latest model on the instance, which is not healthy yet."""
    OBSERVING = "healthy, observing"
    """The instance is healthy, for less than the min healthy time."""
    UPGRADED = "upgraded"
    """The instance has the latest model and was healthy for the min healthy time."""
    FAILED = "failed"
    """The upgrade of the instance failed, or it did not become healthy in time."""
    DELETED = "deleted"
    """The instance is no longer in the scale set."""
    SKIPPED = "skipped"
    """The instance was selected, and the plan does not contain it."""
    NOT_UPGRADED = "not upgraded"
    """The plan contains the instance, and the run did not upgrade it."""
    ALREADY_UNHEALTHY = "already unhealthy"
    """The instance was unhealthy before the run."""
    ROLLED_BACK = "rolled back"
    """The instance has the previous model again."""
    REMAINING = "remaining"
    """The instance is planned, and no upgrade was requested yet."""
    COMPLETE = "complete"
    """Every instance of the batch is upgraded, failed, deleted or not upgraded."""
    WAITING_FOR_APPROVAL = "Waiting for approval"
    """The run is at an approval checkpoint: a share of the plan after which it waits."""
    UPGRADES_CONTINUE = "upgrades in flight continue"
    """Azure carries out what it has accepted, whatever happens to the run."""

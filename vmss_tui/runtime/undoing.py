"""The way back from a model edit that was made from here, found in the log of operations. Pure.

Edits that a run made are the run's own to take back (`vmss-tui revert RUN`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from vmss_tui.fleet.change import Change, worked_out
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.runtime.operations import Operation

_TAKEN = frozenset({"accepted", "seen"})


@dataclass(frozen=True, slots=True)
class Undo:
    """An earlier edit, and what would put the model back as it was before it."""

    request_id: str
    at: str
    by: str
    change: Change
    """Against the model as it is now; falsy where it is as before the edit already."""


def way_back(log: Sequence[Operation], scale_set: ScaleSet) -> Undo | None:
    """From the newest edit of this set that Azure took and nobody took back; None without one."""
    answers: dict[str, str] = {}
    for line in log:
        if line.answer and answers.get(line.request_id) not in _TAKEN:
            answers[line.request_id] = line.answer
    taken = [
        line
        for line in log
        if line.verb == "patch"
        and line.scale_set.lower() == scale_set.id.resource_id.lower()
        and answers.get(line.request_id) in _TAKEN
    ]
    undone = {line.undoes for line in taken if line.undoes}
    for line in reversed(taken):
        if not line.undoes and line.request_id not in undone and line.undo:
            return Undo(line.request_id, line.at, line.by, worked_out(scale_set, line.undo))
    return None

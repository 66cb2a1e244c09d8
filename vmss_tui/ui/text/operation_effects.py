"""What an operation on instances takes away, keeps, and how it is undone: rows of its question."""

from collections.abc import Iterator
from typing import NamedTuple

from textual.content import Content

from vmss_tui.fleet.instance_operation import OperationKind
from vmss_tui.operations.plan import OperationPlan
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.text.common import labelled_line

_BAR = 44


class _Effects(NamedTuple):
    """Empty texts are left out."""

    lost: str = ""
    kept: str = ""
    undo: str = ""


_NO_UNDO = "not possible"
_EFFECTS = {
    OperationKind.START: _Effects(kept="disks and addresses; compute billing starts"),
    OperationKind.RESTART: _Effects(
        "running processes and connections", "disks, host and addresses", "not needed"
    ),
    OperationKind.POWER_OFF: _Effects(
        "running processes and connections",
        "disks, host and addresses; compute is still billed",
        "start (S)",
    ),
    OperationKind.DEALLOCATE: _Effects(
        "temporary disks, the host, and dynamic public addresses",
        "OS and data disks; compute billing stops",
        "start (S), as far as Azure has capacity then",
    ),
    OperationKind.REDEPLOY: _Effects("temporary disks", "OS and data disks", _NO_UNDO),
    OperationKind.REIMAGE: _Effects(
        "everything on OS and temporary disks", "data disks and addresses", _NO_UNDO
    ),
    OperationKind.REIMAGE_ALL: _Effects(
        "everything on OS, data and temporary disks", "instances and addresses", _NO_UNDO
    ),
    OperationKind.DELETE: _Effects(
        "VMs, their OS disks, NICs and private addresses",
        "data disks with delete option Detach",
        _NO_UNDO,
    ),
}


def loss_lines(plan: OperationPlan) -> Iterator[Content]:
    """Rows `Lost` and `Kept`."""
    effects = _EFFECTS.get(plan.kind, _Effects())
    if effects.lost:
        style = "$tone-failed" if plan.kind.destructive else ""
        yield Content.assemble(labelled_line("Lost", ""), (effects.lost, style))
    if effects.kept:
        yield labelled_line("Kept", effects.kept)


def undo_lines(plan: OperationPlan) -> Iterator[Content]:
    """The row `Undo`."""
    effects = _EFFECTS.get(plan.kind, _Effects())
    if effects.undo:
        yield labelled_line("Undo", effects.undo)


def availability_bar(available: int, total: int, appearance: Appearance) -> Content:
    """A bar of the available part, with its percentage."""
    filled = available * _BAR // max(1, total)
    return Content.assemble(
        labelled_line("", ""),
        (appearance.sign("full") * filled, "$tone-good"),
        (appearance.sign("empty") * (_BAR - filled), "$tone-unhealthy"),
        (f" {available * 100 // max(1, total)} %", "bold"),
    )

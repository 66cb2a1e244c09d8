"""Edits of the model outside a run: recorded, sent once, guarded by the etag, never merged.

A 412 is looked at: where only what moves by itself has moved, the edit is sent once more with
the new etag; else the other writer's change is handed back and nothing is written.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

import msgspec

from vmss_tui.errors import VmssError
from vmss_tui.fleet.model_edit.change import Change, change_from_patch, request_body
from vmss_tui.fleet.model_edit.diff import DiffLine, differences, is_applied, undo_body
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.gateway import PreconditionFailed, Gateway, GatewayError, Unknown
from vmss_tui.gateway import PollResult as Ongoing
from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.operations.long_running import outcome
from vmss_tui.runtime.permission import Permission
from vmss_tui.runtime.storage.operations_log import OperationRecord, OperationsLog, answer_record, timestamp
from vmss_tui.runtime.storage.run_folder import current_operator

_TAKEN = frozenset({"accepted", "seen"})


@dataclass(frozen=True, slots=True)
class Undo:
    """An earlier edit, and what would put the model back as it was before it."""

    request_id: str
    at: str
    by: str
    change: Change
    """Against the model as it is now; falsy where it is as before the edit already."""


def way_back(log: Sequence[OperationRecord], scale_set: ScaleSet) -> Undo | None:
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
            return Undo(line.request_id, line.at, line.by, change_from_patch(scale_set, line.undo))
    return None


class ModelChanged(VmssError):
    """Somebody else wrote the model since it was read: nothing was written, here is what."""

    def __init__(self, lines: tuple[DiffLine, ...], scale_set: ScaleSet) -> None:
        super().__init__("the model was changed by somebody else: nothing was written")
        self.lines = lines
        self.scale_set = scale_set

    @property
    def full_message(self) -> str:
        """The message, and up to ten of the fields that differ."""
        fields = "; ".join(
            f"{li.path}: {li.old or '–'} → {li.new or '–'}" for li in self.lines[:10]
        )
        return f"{self.message} ({fields})"


@dataclass(frozen=True, slots=True)
class Saved:
    """A model edit that Azure took."""

    words: str
    operation: str | None = None
    """What carries it out, to be asked with `outcome`; None where Azure named nothing."""


class ModelWriter:
    """Writes models and keeps the record of it."""

    def __init__(
        self, gateway: Gateway, clock: Clock, log: OperationsLog, permission: Permission
    ) -> None:
        self._gateway, self._clock, self._log = gateway, clock, log
        self._permission = permission

    def save(self, scale_set: ScaleSet, wanted: Change, undoes: str = "") -> Saved:
        """Writes `wanted`, worked out against `scale_set`. Raises `RunRefused`, `ModelChanged`,
        `JournalFailed` or a `GatewayError`; after each of them nothing was written, except
        `Unknown`, whose words say that it may have been. `undoes` is the request id of the
        edit that this one takes back."""
        self._permission.check(scale_set.id)
        try:
            return self._send(scale_set, wanted, undoes)
        except PreconditionFailed:
            now = self._gateway.read_model(scale_set.id)
            if lines := differences(scale_set, now):
                raise ModelChanged(lines, now) from None
            saved = self._send(now, wanted, undoes)
            again = "the model is changed (its etag had moved by itself: sent once more)"
            return Saved(again, saved.operation)

    def undo(self, scale_set: ScaleSet) -> Undo | None:
        """The way back from the newest edit made from here that was not taken back yet."""
        return way_back(self._log.read(), scale_set)

    def outcome(self, operation: str, stop: threading.Event) -> Ongoing:
        """How a write that was taken ended; may take hours, or until `stop` is set."""
        return outcome(self._gateway, self._clock, operation, stop)

    def _send(self, scale_set: ScaleSet, wanted: Change, undoes: str) -> Saved:
        body = request_body(scale_set, wanted.body)
        asked = OperationRecord(
            at=timestamp(self._clock.wall()),
            scale_set=scale_set.id.resource_id,
            request_id=str(uuid4()),
            by=current_operator(),
            verb="patch",
            body=msgspec.to_builtins(body),
            undo=undo_body(scale_set, wanted.body),
            undoes=undoes,
        )
        self._log.write(asked)
        try:
            accepted = self._gateway.patch(
                scale_set.id, body, scale_set.etag or "*", asked.request_id
            )
        except GatewayError as error:
            answer = "unknown" if isinstance(error, Unknown) else "refused"
            self._answered(asked, answer, error.message)
            if isinstance(error, Unknown) and is_applied(
                self._gateway.read_model(scale_set.id), wanted.body
            ):
                self._answered(asked, "seen")
                return Saved("the answer was lost, but the model says what was wanted")
            raise
        self._answered(asked, "accepted")
        return Saved("the model is changed", accepted.operation)

    def _answered(self, asked: OperationRecord, answer: str, words: str = "") -> None:
        self._log.write_answer(answer_record(asked, self._clock.wall(), answer, words))

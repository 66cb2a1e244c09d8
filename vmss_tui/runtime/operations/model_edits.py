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
from vmss_tui.runtime.operations.long_running import wait_for_operation
from vmss_tui.runtime.permission import Permission
from vmss_tui.runtime.storage.operations_log import OperationRecord, OperationsLog, answer_record, timestamp
from vmss_tui.runtime.storage.run_folder import current_operator

_ACCEPTED_ANSWERS = frozenset({"accepted", "seen"})


@dataclass(frozen=True, slots=True)
class ModelUndo:
    """An earlier edit, and what would put the model back as it was before it."""

    request_id: str
    at: str
    by: str
    change: Change
    """Against the model as it is now; falsy where it is as before the edit already."""


def find_undo(records: Sequence[OperationRecord], scale_set: ScaleSet) -> ModelUndo | None:
    """From the newest edit of this set that Azure took and nobody took back; None without one."""
    answers: dict[str, str] = {}
    for record in records:
        if record.answer and answers.get(record.request_id) not in _ACCEPTED_ANSWERS:
            answers[record.request_id] = record.answer
    accepted = [
        record
        for record in records
        if record.verb == "patch"
        and record.scale_set.lower() == scale_set.id.resource_id.lower()
        and answers.get(record.request_id) in _ACCEPTED_ANSWERS
    ]
    undone_ids = {record.undoes for record in accepted if record.undoes}
    for record in reversed(accepted):
        if not record.undoes and record.request_id not in undone_ids and record.undo:
            return ModelUndo(record.request_id, record.at, record.by, change_from_patch(scale_set, record.undo))
    return None


class ModelConflict(VmssError):
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
class ModelEditResult:
    """A model edit that Azure took."""

    message: str
    operation_url: str | None = None
    """What carries it out, to be asked with `outcome`; None where Azure named nothing."""


class ModelWriter:
    """Writes models and keeps the record of it."""

    def __init__(
        self, gateway: Gateway, clock: Clock, log: OperationsLog, permission: Permission
    ) -> None:
        self._gateway, self._clock, self._log = gateway, clock, log
        self._permission = permission

    def save(self, scale_set: ScaleSet, change: Change, undoes: str = "") -> ModelEditResult:
        """Writes `wanted`, worked out against `scale_set`. Raises `RunRefused`, `ModelChanged`,
        `JournalFailed` or a `GatewayError`; after each of them nothing was written, except
        `Unknown`, whose words say that it may have been. `undoes` is the request id of the
        edit that this one takes back."""
        self._permission.check(scale_set.id)
        try:
            return self._send(scale_set, change, undoes)
        except PreconditionFailed:
            current = self._gateway.read_model(scale_set.id)
            if lines := differences(scale_set, current):
                raise ModelConflict(lines, current) from None
            result = self._send(current, change, undoes)
            message = "the model is changed (its etag had moved by itself: sent once more)"
            return ModelEditResult(message, result.operation_url)

    def find_undo(self, scale_set: ScaleSet) -> ModelUndo | None:
        """The way back from the newest edit made from here that was not taken back yet."""
        return find_undo(self._log.read(), scale_set)

    def wait_for_operation(self, operation: str, stop: threading.Event) -> Ongoing:
        """How a write that was taken ended; may take hours, or until `stop` is set."""
        return wait_for_operation(self._gateway, self._clock, operation, stop)

    def _send(self, scale_set: ScaleSet, change: Change, undoes: str) -> ModelEditResult:
        body = request_body(scale_set, change.body)
        asked = OperationRecord(
            at=timestamp(self._clock.wall()),
            scale_set=scale_set.id.resource_id,
            request_id=str(uuid4()),
            by=current_operator(),
            verb="patch",
            body=msgspec.to_builtins(body),
            undo=undo_body(scale_set, change.body),
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
                self._gateway.read_model(scale_set.id), change.body
            ):
                self._answered(asked, "seen")
                return ModelEditResult("the answer was lost, but the model says what was wanted")
            raise
        self._answered(asked, "accepted")
        return ModelEditResult("the model is changed", accepted.operation)

    def _answered(self, asked: OperationRecord, answer: str, words: str = "") -> None:
        self._log.write_answer(answer_record(asked, self._clock.wall(), answer, words))

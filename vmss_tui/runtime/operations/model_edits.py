"""Edits of the model outside a run: recorded, sent with the etag that was read, never merged.

After a 412 the model is read again. Where nothing but volatile fields differs, the edit is sent
once more with the new etag; otherwise `ModelConflict` contains the differences.
"""

import threading
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from vmss_tui.errors import VmssError
from vmss_tui.fleet.model_edit.change import Change, change_from_patch, request_body
from vmss_tui.fleet.model_edit.diff import DiffLine, differences, is_applied, undo_body
from vmss_tui.fleet.model_edit.exact_version import LATEST_REMARK, floating_image
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.gateway import Gateway, PollResult, PreconditionFailed, Unknown
from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.operations.long_running import wait_for_operation
from vmss_tui.runtime.operations.recorded_write import WriteRecorder
from vmss_tui.runtime.permission import Permission
from vmss_tui.runtime.storage.operations_log import OperationRecord, OperationsLog

_ACCEPTED_ANSWERS = frozenset({"accepted", "seen"})


class ModelUndo(Struct, frozen=True):
    """An earlier edit, and the change that reverts it."""

    request_id: str
    at: str
    by: str
    change: Change
    """Relative to the current model; falsy where nothing is left to revert."""

    @property
    def remark(self) -> str:
        """What the reverted model does not bring back; empty where it does."""
        return LATEST_REMARK if floating_image(self.change.body) else ""


def find_undo(records: Sequence[OperationRecord], scale_set: ScaleSet) -> ModelUndo | None:
    """Reverts the newest accepted edit of the scale set that was not reverted, if any."""
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
            change = change_from_patch(scale_set, record.undo)
            return ModelUndo(record.request_id, record.at, record.by, change)
    return None


class ModelConflict(VmssError):
    """Another writer changed the model since it was read; nothing was written."""

    def __init__(self, lines: tuple[DiffLine, ...], scale_set: ScaleSet) -> None:
        super().__init__("the model was changed outside this session: nothing was written")
        self.lines = lines
        self.scale_set = scale_set

    @property
    def full_message(self) -> str:
        """The message, and up to ten of the fields that differ."""
        fields = "; ".join(
            f"{li.path}: {li.old or '–'} → {li.new or '–'}" for li in self.lines[:10]
        )
        return f"{self.message} ({fields})"


class ModelEditResult(Struct, frozen=True):
    """A model edit that Azure accepted, or whose effect was read."""

    message: str
    operation_url: str | None = None
    """For `wait_for_operation`; None where Azure returned none."""


class ModelWriter:
    """Edits models, and records each edit."""

    def __init__(
        self, gateway: Gateway, clock: Clock, log: OperationsLog, permission: Permission
    ) -> None:
        self._gateway, self._clock, self._log = gateway, clock, log
        self._recorder = WriteRecorder(log, clock)
        self._permission = permission

    def save(self, scale_set: ScaleSet, change: Change, undoes: str = "") -> ModelEditResult:
        """Writes a change that was computed from `scale_set`.

        Raises `RunRefused`, `ModelConflict`, `JournalError` or a `GatewayError`. Nothing was
        written after any of them, except that after `Unknown` it may have been. `undoes` is the
        request id of the edit that this one reverts.
        """
        self._permission.prepare_write(scale_set.id)
        try:
            return self._send(scale_set, change, undoes)
        except PreconditionFailed:
            current = self._gateway.read_model(scale_set.id)
            if lines := differences(scale_set, current):
                raise ModelConflict(lines, current) from None
            self._permission.check(scale_set.id)  # a run may have started
            result = self._send(current, change, undoes)
            message = "the model is changed (its etag had changed without an edit: sent once more)"
            return ModelEditResult(message, result.operation_url)

    def find_undo(self, scale_set: ScaleSet) -> ModelUndo | None:
        """See the function `find_undo`."""
        return find_undo(self._log.read(), scale_set)

    def wait_for_operation(self, operation_url: str, stop: threading.Event) -> PollResult:
        """The result of an accepted edit; takes up to hours, or until `stop` is set."""
        return wait_for_operation(self._gateway, self._clock, operation_url, stop)

    def _send(self, scale_set: ScaleSet, change: Change, undoes: str) -> ModelEditResult:
        body = request_body(scale_set, change.body)
        etag = scale_set.etag or "*"
        request = self._recorder.make_request(
            scale_set.id,
            "patch",
            body=msgspec.to_builtins(body),
            undo=undo_body(scale_set, change.body),
            undoes=undoes,
        )
        try:
            accepted = self._recorder.recorded_write(
                request,
                lambda: self._gateway.patch(scale_set.id, body, etag, request.request_id),
                guard=lambda: self._permission.check(scale_set.id),
                records_operation=False,
            )
        except Unknown:
            if not is_applied(self._gateway.read_model(scale_set.id), change.body):
                raise
            self._recorder.record_answer(request, "seen")
            return ModelEditResult("no response, but the model has the requested values")
        return ModelEditResult("the model is changed", accepted.operation)

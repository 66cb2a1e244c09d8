"""One way to send a write: record the intent, send once, record the answer.

`send_once` classifies the answer for every write, those of runs too: a run's intents and answers
are events of its journal. `WriteRecorder` is for writes outside a run, in `operations.jsonl`.
Nothing is ever sent twice from here: after a lost answer the caller reads what has happened.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from msgspec import Struct

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import Accepted, GatewayError
from vmss_tui.gateway.failures import WriteRefusal, write_refusal
from vmss_tui.runtime.account import current_operator
from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.storage.operations_log import (
    OperationRecord,
    OperationsLog,
    answer_record,
    timestamp,
)


class FailedWrite(Struct, frozen=True):
    """A write that was not accepted, or whose answer was lost."""

    error: GatewayError
    refusal: WriteRefusal | None
    """None where the write may have happened."""


def send_once(send: Callable[[], Accepted]) -> Accepted | FailedWrite:
    """Calls `send`, which makes one request, and classifies its answer."""
    try:
        return send()
    except GatewayError as error:
        return FailedWrite(error, write_refusal(error))


class WriteRecorder:
    """Sends writes outside a run, and records them in `operations.jsonl`."""

    def __init__(self, log: OperationsLog, clock: Clock) -> None:
        self._log, self._clock = log, clock

    def make_request(
        self,
        scale_set: ScaleSetId,
        verb: str,
        *,
        instance_ids: tuple[str, ...] = (),
        az: tuple[str, ...] = (),
        body: Mapping[str, Any] | None = None,
        undo: Mapping[str, Any] | None = None,
        undoes: str = "",
        script_sha256: str = "",
    ) -> OperationRecord:
        """A new request by the current operator; see `OperationRecord` for the fields."""
        return OperationRecord(
            at=timestamp(self._clock.wall()),
            scale_set=scale_set.resource_id,
            request_id=str(uuid4()),
            by=current_operator(),
            verb=verb,
            instance_ids=instance_ids,
            az=az,
            body=None if body is None else dict(body),
            undo=None if undo is None else dict(undo),
            undoes=undoes,
            script_sha256=script_sha256,
        )

    def recorded_write(
        self,
        request: OperationRecord,
        send: Callable[[], Accepted],
        *,
        guard: Callable[[], None],
        records_operation: bool = True,
    ) -> Accepted:
        """Records the request, sends it once and records the answer; raises its `GatewayError`.

        Raises `JournalError` where the request could not be recorded, or the `RunRefused` of
        `guard`: then nothing was sent. The guard comes after the record: a run whose intent was
        recorded before is seen here, and one that records it later sees this request.
        With `records_operation` the record of the answer contains the operation's URL.
        """
        self._log.write(request)
        try:
            guard()
        except RunRefused as error:
            self.record_answer(request, "refused", error.message)
            raise
        result = send_once(send)
        if isinstance(result, FailedWrite):
            answer = "unknown" if result.refusal is None else "refused"
            self.record_answer(request, answer, result.error.message)
            raise result.error
        self.record_answer(request, "accepted", accepted=result if records_operation else None)
        return result

    def record_answer(
        self,
        request: OperationRecord,
        answer: str,
        message: str = "",
        accepted: Accepted | None = None,
    ) -> None:
        """Adds an answer to a request; see `OperationsLog.write_answer`."""
        self._log.write_answer(
            answer_record(request, self._clock.wall(), answer, message, accepted)
        )

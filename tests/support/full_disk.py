"""A disk that is full when the answer to a write arrives."""

from typing import TYPE_CHECKING

import pytest

from vmss_tui.runtime.storage.journal import JournalError
from vmss_tui.runtime.storage.operations_log import Operation, OperationsLog

if TYPE_CHECKING:
    pass


def no_room_for_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full from the moment a write outside runs was sent."""
    keep = OperationsLog.write

    def full(log: OperationsLog, operation: Operation) -> None:
        if operation.answer:
            raise JournalError("operations.jsonl: No space left on device")
        keep(log, operation)

    monkeypatch.setattr(OperationsLog, "write", full)

"""A disk that is full when the answer to a write arrives."""

import pytest

from vmss_tui.runtime.storage.journal import JournalError
from vmss_tui.runtime.storage.operations_log import OperationRecord, OperationsLog


def fill_disk_after_send(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the reply to a write outside a run cannot be logged: the disk is full."""
    write = OperationsLog.write

    def full(log: OperationsLog, operation: OperationRecord) -> None:
        if operation.answer:
            raise JournalError("operations.jsonl: No space left on device")
        write(log, operation)

    monkeypatch.setattr(OperationsLog, "write", full)

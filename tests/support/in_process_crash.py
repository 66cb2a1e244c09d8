"""The end of a worker at a record of its journal, in this process (see `crash_process`)."""

from typing import Any

import pytest

from vmss_tui.runtime.storage.journal import Journal
from vmss_tui.upgrade import events as ev


class WorkerKilled(Exception):
    """Raised in place of the end of the process."""


def kill_at(patch: pytest.MonkeyPatch, seq: int, *, before_the_write: bool = False) -> None:
    """From now on a worker ends once record `seq` is written, or right before it is."""
    append = Journal.append

    def append_or_die(journal: Journal, *args: Any) -> ev.Record:
        if before_the_write and journal.seq + 1 == seq:
            raise WorkerKilled
        record = append(journal, *args)
        if record.seq == seq:
            raise WorkerKilled
        return record

    patch.setattr(Journal, "append", append_or_die)

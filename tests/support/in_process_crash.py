"""A worker's death at a record of its journal, played in this process (`dying` has real ones)."""

from typing import Any

import pytest

from vmss_tui.runtime.storage.journal import Journal
from vmss_tui.upgrade import events as ev


class WorkerKilled(Exception):
    """Stands for the process's death."""


def kill_at(patch: pytest.MonkeyPatch, seq: int, *, before_the_write: bool = False) -> None:
    """From now on a worker dies once record `seq` is written, or right before it is."""
    append = Journal.append

    def append_or_die(journal: Journal, *args: Any) -> ev.Record:
        if before_the_write and journal.seq + 1 == seq:
            raise WorkerKilled
        record = append(journal, *args)
        if record.seq == seq:
            raise WorkerKilled
        return record

    patch.setattr(Journal, "append", append_or_die)

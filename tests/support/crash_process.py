"""Runs the program and stops it at a given moment.

`python -m tests.support.crash_process INCIDENT ARGUMENT... -- COMMAND...`

The product has no switches for this; this module patches it in its own process:

- `killed before|torn|after POSITION`: SIGKILL at a journal write, before it, in the middle of
  the line (in a file only), or when it is durable and nothing else has happened yet
- `stopped after POSITION`: SIGSTOP there
- `full POSITION BYTES`: from that write on a file may only grow by so many bytes
- `viewed`: SIGKILL as it has read the records of a campaign, and shown none
- `wall SECONDS`: the wall clock is wrong by so much

A position is a record's number, or the kind of its event.
"""

import os
import resource
import signal
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from vmss_tui.__main__ import main
from vmss_tui.campaign.events import CampaignRecord
from vmss_tui.runtime.campaigns.campaign_folder import CampaignTail
from vmss_tui.runtime.clock import BootClock
from vmss_tui.runtime.storage.blob.journal import BlobJournal
from vmss_tui.runtime.storage.journal import Journal, encode_record
from vmss_tui.upgrade.events import AnyEvent, Record

_true_wall = BootClock.wall


def kill(moment: str, position: str) -> None:
    """Kills the process with SIGKILL."""

    def write_half(journal: Journal, event: AnyEvent, at: datetime, t: float) -> None:
        record = Record(
            seq=journal.seq + 1, at=at.isoformat(timespec="milliseconds"), t=t, body=event
        )
        line = encode_record(record)
        with journal.path.open("ab") as file:
            file.write(line[: len(line) // 2])
        _signal(signal.SIGKILL)

    match moment:
        case "before":
            _at(position, before=lambda *_: _signal(signal.SIGKILL))
        case "torn":
            _at(position, before=write_half)
        case _:
            _at(position, after=lambda: _signal(signal.SIGKILL))


def stop(_after: str, position: str) -> None:
    """Stops the process until it gets SIGCONT."""
    _at(position, after=lambda: _signal(signal.SIGSTOP))


def fill_disk(position: str, size: str) -> None:
    """Fills the disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    def fill(journal: Journal, *_: object) -> None:
        limit = journal.path.stat().st_size + int(size)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    _at(position, before=fill)


def kill_viewer() -> None:
    """Kills the viewer of a campaign."""
    true_read = CampaignTail.read_new

    def read_new(tail: CampaignTail) -> tuple[CampaignRecord, ...]:
        if records := true_read(tail):
            _signal(signal.SIGKILL)
        return records

    CampaignTail.read_new = read_new  # type: ignore[method-assign,assignment]


def shift_clock(seconds: str) -> None:
    """Shifts the wall clock."""
    shift = timedelta(seconds=float(seconds))
    BootClock.wall = lambda clock: _true_wall(clock) + shift  # type: ignore[method-assign,assignment]


def _signal(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)


def _at(
    position: str,
    before: Callable[..., None] = lambda *_: None,
    after: Callable[[], None] = lambda: None,
) -> None:
    for kind in (Journal, BlobJournal):
        _patch_append(kind, position, before, after)


def _patch_append(
    kind: Any, position: str, before: Callable[..., None], after: Callable[[], None]
) -> None:
    true_append = kind.append

    def append(journal: Any, event: AnyEvent, *more: Any) -> Record:
        matches = position in (str(journal.seq + 1), type(event).__name__)
        if matches:
            before(journal, event, *more)
        record: Record = true_append(journal, event, *more)
        if matches:
            after()
        return record

    kind.append = append


INCIDENTS: dict[str, Callable[..., None]] = {
    "killed": kill,
    "stopped": stop,
    "full": fill_disk,
    "viewed": kill_viewer,
    "wall": shift_clock,
}

if __name__ == "__main__":
    at = sys.argv.index("--")
    incident, *arguments = sys.argv[1:at]
    INCIDENTS[incident](*arguments)
    sys.argv = [sys.argv[0], *sys.argv[at + 1 :]]
    sys.exit(main())

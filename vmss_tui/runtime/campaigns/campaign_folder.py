"""The folder of one campaign, on this machine.

`campaign.json` is the manifest, with the frozen plan and the context. The campaign's worker writes
`journal.jsonl`, its output to `worker.log`, and why it ended early to `stop.json`; viewers append
to `intents.jsonl`. The runs of the members are runs like all others, in the store of runs.
"""

import time
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import msgspec

from vmss_tui.campaign import events as ce
from vmss_tui.campaign.fold import fold_campaign
from vmss_tui.campaign.plan import CampaignPlan
from vmss_tui.campaign.state import Campaign
from vmss_tui.gateway import AzureContext
from vmss_tui.runtime.storage import journal
from vmss_tui.runtime.storage.machine_lock import read_lock_owner, take_worker_lock
from vmss_tui.runtime.storage.run_folder import JOURNAL_NAME, remove_folder
from vmss_tui.runtime.storage.run_records import LockOwner, decode_stored
from vmss_tui.runtime.storage.state_folder import FileLock
from vmss_tui.runtime.storage.worker_files import (
    IntentsFile,
    read_worker_failure,
    worker_stop,
    write_stop,
)
from vmss_tui.upgrade.events import Record

CAMPAIGN_EVENTS: journal.EventDecoder = msgspec.json.Decoder(ce.AnyCampaignEvent)


class CampaignManifest(msgspec.Struct, frozen=True, kw_only=True):
    """Content of `campaign.json`: the plan, and who confirmed it and where."""

    name: str
    plan: CampaignPlan
    context: AzureContext
    by: str
    made_at: str
    assumed_yes: bool = False


class CampaignJournal:
    """The journal of one campaign, opened for appending by its worker."""

    def __init__(self, path: Path) -> None:
        """Opens or creates it; raises `JournalReadOnly`, `JournalError`."""
        self._file = journal.Journal(path, CAMPAIGN_EVENTS)
        self.records = tuple(map(_campaign_record, self._file.contents.records))

    @property
    def seq(self) -> int:
        """Number of the last record."""
        return self._file.seq

    def append(self, event: ce.AnyCampaignEvent, at: datetime, t: float) -> ce.CampaignRecord:
        """Appends an event, which is durable on return. Raises `JournalError`, after which no run
        may be started."""
        return _campaign_record(self._file.append(cast(Any, event), at, t))

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


class CampaignTail:
    """Follows a growing journal: reads each record once. For one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._tail = journal.JournalTail(path, CAMPAIGN_EVENTS)

    @property
    def damage(self) -> str:
        """As in `JournalContents`; what comes after it is not read."""
        return self._tail.damage

    def read_new(self) -> tuple[ce.CampaignRecord, ...]:
        """The records since the last call."""
        return tuple(map(_campaign_record, self._tail.read_new()))


class CampaignFolder:
    """The files and the lock of one campaign."""

    def __init__(self, path: Path, lock: FileLock | None = None) -> None:
        """`lock` is the campaign's lock, where this process has taken it already."""
        self.path = path
        data = (path / "campaign.json").read_bytes()
        self.manifest = msgspec.json.decode(data, type=CampaignManifest)
        self.name = self.manifest.name
        self.lock = lock or FileLock(path / "worker.lock")
        self.intents = IntentsFile(path, _decode_intent)
        self._has_begun = False

    @property
    def log_path(self) -> Path:
        """The output of the worker."""
        return self.path / "worker.log"

    def open_journal(self) -> CampaignJournal:
        """The journal, for the worker; raises `JournalReadOnly`, `JournalError`."""
        return CampaignJournal(self.path / JOURNAL_NAME)

    def follow_journal(self) -> CampaignTail:
        """The journal, for a viewer."""
        return CampaignTail(self.path / JOURNAL_NAME)

    def read_campaign(self) -> tuple[Campaign, str]:
        """The campaign that its journal records, and the damage of the journal, if any."""
        tail = self.follow_journal()
        return fold_campaign(tail.read_new()), tail.damage

    @property
    def has_begun(self) -> bool:
        """The journal contains a confirmed plan. Else the start was refused, or is in progress."""
        self._has_begun = self._has_begun or journal.has_first_record(self.path / JOURNAL_NAME)
        return self._has_begun

    def take_lock(self, now: datetime, inherited: int | None = None) -> bool:
        """Takes the campaign's lock; False where another process has it.

        `inherited` is the descriptor with which the parent process has passed the lock on.
        """
        return take_worker_lock(self.lock, self.name, now, inherited)

    def lock_owner(self) -> LockOwner | None:
        """The campaign's worker; None where it has none."""
        return read_lock_owner(self.lock)

    @property
    def is_live(self) -> bool:
        """A worker carries it out."""
        return self.lock_owner() is not None

    def reserve_stop_record(self) -> None:
        """Reserves space for the record of a worker's failure, or removes an earlier record."""
        write_stop(self.path, None)

    def record_stop(self, message: str) -> None:
        """Records why the worker ends early. The space was reserved: the disk may be full."""
        write_stop(self.path, worker_stop(message))

    def worker_failure(self) -> str:
        """Why the last worker ended early, as it recorded; empty where it did not."""
        return read_worker_failure(self.path)

    def journal_age(self) -> float:
        """Seconds since the last record, by this machine's clock."""
        return time.time() - (self.path / JOURNAL_NAME).stat().st_mtime

    def remove(self) -> None:
        """Removes the campaign with its journal."""
        remove_folder(self.path)

    def close(self) -> None:
        """Nothing is open."""

    def discard(self) -> None:
        """Removes the folder of a start that was refused; keeps a campaign that has begun."""
        if not self.has_begun:
            remove_folder(self.path)


def _campaign_record(record: Record) -> ce.CampaignRecord:
    """The record of a campaign: the file keeps those of both kinds in the same form."""
    event: Any = record.body
    return ce.CampaignRecord(seq=record.seq, at=record.at, t=record.t, body=event)


def _decode_intent(line: bytes) -> ce.CampaignIntent:
    """A stored intent of a campaign; `UNRECOGNIZED` for one that cannot be decoded."""
    return decode_stored(line, ce.CampaignIntent(kind=ce.CampaignIntentKind.UNRECOGNIZED, by="?"))

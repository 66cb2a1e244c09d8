"""One run on disk: its charter, its lock, its wishes, its journal read back.

`run.json` holds plan and context, `journal.jsonl` is the worker's, to `intents.jsonl` viewers
append, `latest.json` is the worker's newest reading, and `worker.log` what it said. One writer
each, any number of readers. The lock is the scale set's, not the run's.
"""

import getpass
import hashlib
import os
import socket
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import AzureContext
from vmss_tui.runtime.storage import journal
from vmss_tui.runtime.storage.state_folder import FileLock, append_private
from vmss_tui.upgrade.events import Intent, IntentKind
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.run.fold import fold
from vmss_tui.upgrade.run.run import Phase, Run


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What `run.json` holds: the plan with everything needed to carry it out later."""

    name: str
    plan: Plan
    context: AzureContext
    by: str
    made_at: str
    assumed_yes: bool = False


class LockOwner(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds a scale set's lock."""

    pid: int
    host: str
    user: str
    run: str
    since: str


def current_operator() -> str:
    """`user@host`, for the journal and the lock."""
    return f"{getpass.getuser()}@{socket.gethostname()}"


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A line of the runs list."""

    name: str
    scale_set: ScaleSetId
    phase: Phase
    reason: str
    message: str
    is_live: bool
    """A worker holds it now."""
    settled: int
    total: int
    started_at: str
    demo: bool
    damage: str = ""


class RunFolder:
    """One run on disk."""

    def __init__(self, path: Path, locks: Path) -> None:
        self.path = path
        manifest = msgspec.json.decode((path / "run.json").read_bytes(), type=Manifest)
        self.manifest = manifest
        self.name = manifest.name
        key = manifest.plan.scale_set.key
        self.lock = FileLock(locks / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.lock")

    @property
    def state_folder(self) -> Path:
        """The state folder that it is in."""
        return self.path.parents[1]

    @property
    def journal_path(self) -> Path:
        """The worker's journal."""
        return self.path / "journal.jsonl"

    @property
    def latest_path(self) -> Path:
        """The worker's newest reading, for viewers."""
        return self.path / "latest.json"

    def take_lock(self, now: datetime) -> bool:
        """The worker's right to write to this scale set; False where another run has it."""
        return self.lock.take(
            msgspec.json.encode(
                LockOwner(
                    pid=os.getpid(),
                    host=socket.gethostname(),
                    user=getpass.getuser(),
                    run=self.name,
                    since=now.isoformat(timespec="seconds"),
                )
            )
        )

    def lock_owner(self) -> LockOwner | None:
        """Who holds the scale set's lock, this run or another."""
        body = self.lock.owner()
        if body is None:
            return None
        try:
            return msgspec.json.decode(body, type=LockOwner)
        except msgspec.MsgspecError:  # taken, and its words not yet written
            return LockOwner(pid=0, host="?", user="?", run="?", since="?")

    @property
    def is_live(self) -> bool:
        """A worker of this very run is at work."""
        owner = self.lock_owner()
        return owner is not None and owner.run == self.name

    def append_intent(self, intent: Intent) -> None:
        """Appends a person's wish for the worker to read."""
        append_private(self.path / "intents.jsonl", msgspec.json.encode(intent) + b"\n")

    def read_intents(self) -> list[Intent]:
        """Every wish so far; a torn last line is one that is still being written."""
        try:
            lines = (self.path / "intents.jsonl").read_bytes().split(b"\n")[:-1]
        except FileNotFoundError:
            return []
        return [_decode_intent(line) for line in lines]

    def read_run(self) -> tuple[Run, str]:
        """The run as its journal tells it, and what is wrong with the journal, if anything."""
        contents = journal.read_journal(self.journal_path, expect_seq=1)
        return fold(contents.records), contents.damage

    def summary(self) -> RunSummary:
        """Its line in the list."""
        run, damage = self.read_run()
        plan = self.manifest.plan
        return RunSummary(
            name=self.name,
            scale_set=plan.scale_set,
            phase=run.phase,
            reason=run.reason,
            message=run.message,
            is_live=self.is_live,
            settled=run.settled_count,
            total=run.total or len(plan.instance_ids),
            started_at=self.manifest.made_at,
            demo=self.manifest.context.demo,
            damage=damage,
        )


def _decode_intent(line: bytes) -> Intent:
    """One line; a worker must not end over one that it does not understand."""
    try:
        return msgspec.json.decode(line, type=Intent)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return Intent(kind=IntentKind.UNRECOGNIZED, by="?")

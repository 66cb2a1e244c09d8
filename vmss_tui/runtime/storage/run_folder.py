"""The folder of one run.

`run.json` is the manifest, with the plan and the context. The worker writes `journal.jsonl`, its
newest reading to `latest.json`, and its output to `worker.log`; viewers append to `intents.jsonl`.
Any number of processes read them. The lock belongs to the scale set, not to the run.
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
    """Content of `run.json`: the plan, and who confirmed it and where."""

    name: str
    plan: Plan
    context: AzureContext
    by: str
    made_at: str
    assumed_yes: bool = False


class LockOwner(msgspec.Struct, frozen=True, kw_only=True):
    """Content of a lock file: the worker that has the lock."""

    pid: int
    host: str
    user: str
    run: str
    since: str

    @property
    def label(self) -> str:
        """`run (user@host, pid 123)`."""
        return f"{self.run} ({self.user}@{self.host}, pid {self.pid})"


def read_lock_owner(lock: FileLock) -> LockOwner | None:
    """The worker that has a lock; None where it is free."""
    body = lock.owner()
    if body is None:
        return None
    try:
        return msgspec.json.decode(body, type=LockOwner)
    except msgspec.MsgspecError:  # just taken: its content is not written yet
        return LockOwner(pid=0, host="?", user="?", run="?", since="?")


def current_operator() -> str:
    """`user@host`."""
    return f"{getpass.getuser()}@{socket.gethostname()}"


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A row of the list of runs."""

    name: str
    scale_set: ScaleSetId
    phase: Phase
    reason: str
    message: str
    is_live: bool
    """A worker carries it out now."""
    settled: int
    total: int
    """`settled` of `total` instances are done: of the planned ones, or of those put back."""
    started_at: str
    demo: bool
    damage: str = ""


class RunFolder:
    """The files and the lock of one run."""

    def __init__(self, path: Path, locks_folder: Path) -> None:
        self.path = path
        manifest = msgspec.json.decode((path / "run.json").read_bytes(), type=Manifest)
        self.manifest = manifest
        self.name = manifest.name
        key = manifest.plan.scale_set.key
        self.lock = FileLock(locks_folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.lock")

    @property
    def state_folder(self) -> Path:
        """The state folder that contains the run."""
        return self.path.parents[1]

    @property
    def journal_path(self) -> Path:
        """The journal, for `Journal` and `JournalTail`."""
        return self.path / "journal.jsonl"

    @property
    def latest_path(self) -> Path:
        """The worker's newest reading, for `read_latest`."""
        return self.path / "latest.json"

    def take_lock(self, now: datetime) -> bool:
        """Takes the lock of the scale set; False where another process has it."""
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
        """The worker that has the lock of the scale set, of this run or of another."""
        return read_lock_owner(self.lock)

    @property
    def _intents_path(self) -> Path:
        return self.path / "intents.jsonl"

    @property
    def is_live(self) -> bool:
        """A worker of this run has the lock."""
        owner = self.lock_owner()
        return owner is not None and owner.run == self.name

    def append_intent(self, intent: Intent) -> None:
        """Appends an intent for the worker to handle."""
        append_private(self._intents_path, msgspec.json.encode(intent) + b"\n")

    @property
    def intents_size(self) -> int:
        """Bytes of the file of intents; grows with each of them."""
        try:
            return self._intents_path.stat().st_size
        except FileNotFoundError:
            return 0

    def read_intents(self) -> list[Intent]:
        """All intents; a last line without its end is still being written, and left out."""
        try:
            lines = self._intents_path.read_bytes().split(b"\n")[:-1]
        except FileNotFoundError:
            return []
        return [_decode_intent(line) for line in lines]

    def read_run(self) -> tuple[Run, str]:
        """The run that its journal records, and the damage of the journal, if any."""
        contents = journal.read_journal(self.journal_path, expect_seq=1)
        return fold(contents.records), contents.damage

    def summary(self) -> RunSummary:
        """The row of this run in the list."""
        run, damage = self.read_run()
        plan = self.manifest.plan
        return RunSummary(
            name=self.name,
            scale_set=plan.scale_set,
            phase=run.phase,
            reason=run.reason,
            message=run.message,
            is_live=self.is_live,
            settled=run.settled_targets,
            total=len(run.targets) if run.plan else len(plan.instance_ids),
            started_at=self.manifest.made_at,
            demo=self.manifest.context.demo,
            damage=damage,
        )


def _decode_intent(line: bytes) -> Intent:
    """One line; a worker must not fail for one that it cannot decode."""
    try:
        return msgspec.json.decode(line, type=Intent)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return Intent(kind=IntentKind.UNRECOGNIZED, by="?")

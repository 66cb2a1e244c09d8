"""Run folders: made, found, listed, locked and read. One writer each, any number of readers.

`<state>/runs/<utc>-<set>-<short id>/` holds `run.json` (plan and context), `journal.jsonl`
(the worker's), `intents.jsonl` (viewers append), `latest.json` (the worker's newest reading) and
`worker.log`. Locks are per scale set, in `<state>/locks/`.
"""

import getpass
import hashlib
import os
import secrets
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import Context
from vmss_tui.runtime import journal
from vmss_tui.runtime.state_folder import Lock, append_private, private_folder, write_private
from vmss_tui.upgrade.events import Intent, Record
from vmss_tui.upgrade.fold import apply, fold
from vmss_tui.upgrade.plan import Plan
from vmss_tui.upgrade.run import Phase, Run


class NoSuchRun(Exception):
    """No run, or more than one, has that name; the message names the choices."""


class Charter(msgspec.Struct, frozen=True, kw_only=True):
    """What `run.json` holds: the plan with everything needed to carry it out later."""

    name: str
    plan: Plan
    context: Context
    by: str
    made_at: str
    assumed_yes: bool = False


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds a scale set's lock."""

    pid: int
    host: str
    user: str
    run: str
    since: str


def whoami() -> str:
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
    live: bool
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
        charter = msgspec.json.decode((path / "run.json").read_bytes(), type=Charter)
        self.charter = charter
        self.name = charter.name
        key = charter.plan.scale_set.key
        self.lock = Lock(locks / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.lock")

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
                Holder(
                    pid=os.getpid(),
                    host=socket.gethostname(),
                    user=getpass.getuser(),
                    run=self.name,
                    since=now.isoformat(timespec="seconds"),
                )
            )
        )

    def holder(self) -> Holder | None:
        """Who holds the scale set's lock, this run or another."""
        body = self.lock.holder()
        if body is None:
            return None
        try:
            return msgspec.json.decode(body, type=Holder)
        except msgspec.MsgspecError:  # taken, and its words not yet written
            return Holder(pid=0, host="?", user="?", run="?", since="?")

    @property
    def alive(self) -> bool:
        """A worker of this very run is at work."""
        holder = self.holder()
        return holder is not None and holder.run == self.name

    def wish(self, intent: Intent) -> None:
        """Appends a person's wish for the worker to read."""
        append_private(self.path / "intents.jsonl", msgspec.json.encode(intent) + b"\n")

    def wishes(self) -> list[Intent]:
        """Every wish so far; a torn last line is one that is still being written."""
        try:
            lines = (self.path / "intents.jsonl").read_bytes().split(b"\n")[:-1]
        except FileNotFoundError:
            return []
        return [msgspec.json.decode(line, type=Intent) for line in lines]

    def read(self) -> tuple[Run, str]:
        """The run as its journal tells it, and what is wrong with the journal, if anything."""
        told = journal.read(self.journal_path, expect_seq=1)
        return fold(told.records), told.damage

    def summary(self) -> RunSummary:
        """Its line in the list."""
        run, damage = self.read()
        plan = self.charter.plan
        return RunSummary(
            name=self.name,
            scale_set=plan.scale_set,
            phase=run.phase,
            reason=run.reason,
            message=run.message,
            live=self.alive,
            settled=run.settled,
            total=run.total or len(plan.instance_ids),
            started_at=self.charter.made_at,
            demo=self.charter.context.demo,
            damage=damage,
        )


class Follower:
    """Reads a journal as it grows. Not for several threads at once."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self.run = Run()
        self.damage = ""
        self._read_to = 0

    @property
    def name(self) -> str:
        """The run's name."""
        return self.folder.name

    @property
    def alive(self) -> bool:
        """The worker lives."""
        return self.folder.alive

    def poll(self) -> tuple[Record, ...]:
        """Records that came since the last call; `run` is their fold."""
        told = journal.read(self.folder.journal_path, self._read_to, self.run.seq + 1)
        self._read_to, self.damage = told.size, told.damage
        for record in told.records:
            self.run = apply(self.run, record)
        return told.records


class RunStore:
    """All runs of this user on this machine."""

    def __init__(self, state: Path) -> None:
        self.state = private_folder(state)
        self._runs = private_folder(state / "runs")
        self._locks = private_folder(state / "locks")

    def create(
        self, plan: Plan, context: Context, now: datetime, *, assumed_yes: bool = False
    ) -> RunFolder:
        """Makes the folder of a confirmed plan, durable before any worker looks at it."""
        taken = set(self._names().values())
        while (name := f"{plan.name}-{secrets.token_hex(2)}") in taken:
            pass
        charter = Charter(
            name=name,
            plan=plan,
            context=context,
            by=whoami(),
            made_at=now.isoformat(timespec="seconds"),
            assumed_yes=assumed_yes,
        )
        path = private_folder(self._runs / f"{now:%Y%m%dT%H%M%S}-{name}")
        write_private(path / "run.json", msgspec.json.encode(charter))
        return RunFolder(path, self._locks)

    def all(self) -> Sequence[RunFolder]:
        """Every run, newest first; a folder without a readable charter is not a run."""
        return self._opened(self._names())

    def names(self) -> Sequence[str]:
        """Of every run, newest first, without opening one."""
        return tuple(self._names().values())

    def find(self, prefix: str) -> RunFolder:
        """The one run whose name is or begins with `prefix`; raises `NoSuchRun`."""
        names = self._names()
        exact = [path for path in names if names[path] == prefix]
        found = exact or [path for path in names if names[path].startswith(prefix)]
        if len(found) == 1 and (opened := self._opened(found)):
            return opened[0]
        if len(found) > 1:
            choices = ", ".join(names[path] for path in found[:10])
            raise NoSuchRun(f"{prefix!a} could be any of these runs: {choices}")
        known = ", ".join(list(names.values())[:5]) or "none yet"
        raise NoSuchRun(f"there is no run {prefix!a} (runs: {known})")

    def of(self, scale_set: ScaleSetId) -> Sequence[RunFolder]:
        """Runs of one scale set, newest first."""
        begins = f"{scale_set.name.lower()}-"
        paths = [path for path, name in self._names().items() if name.lower().startswith(begins)]
        return [f for f in self._opened(paths) if f.charter.plan.scale_set.key == scale_set.key]

    def _names(self) -> dict[Path, str]:
        """Folder -> run name, newest first; asked twice a second, so no file is opened."""
        paths = sorted(self._runs.iterdir(), reverse=True)
        return {path: path.name.partition("-")[2] for path in paths}

    def _opened(self, paths: Iterable[Path]) -> list[RunFolder]:
        found: list[RunFolder] = []
        for path in paths:
            try:
                found.append(RunFolder(path, self._locks))
            except (OSError, msgspec.MsgspecError):
                continue
        return found

    def live(self, scale_set: ScaleSetId) -> RunFolder | None:
        """The run that holds the scale set's lock now."""
        return next((folder for folder in self.of(scale_set) if folder.alive), None)

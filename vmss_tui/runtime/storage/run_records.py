"""What both stores of runs keep and show of a run, and how they name and find runs."""

import secrets
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from itertools import islice
from typing import TypeVar

import msgspec
from msgspec import Struct

from vmss_tui.errors import VmssError
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import AzureContext
from vmss_tui.runtime.account import current_operator
from vmss_tui.upgrade.events import Intent, IntentKind
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.run.phase import phase_label
from vmss_tui.upgrade.run.run import ENDED_PHASES, Phase, Run, Stage

K = TypeVar("K")
T = TypeVar("T")
MAX_CHOICES = 10
_WORKER_NOT_RUNNING = "Worker not running"
_RECENT_NAMES = 5
EVIDENCE = "evidence"
"""Folder of the evidence of a run."""


class RunNotFound(VmssError):
    """No run, or more than one, matches the name; the message contains the choices."""


class RunAmbiguous(RunNotFound):
    """More than one run matches the name."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Content of `run.json`: the plan, and who confirmed it and where."""

    name: str
    plan: Plan
    context: AzureContext
    by: str
    made_at: str
    assumed_yes: bool = False


class LockOwner(msgspec.Struct, frozen=True, kw_only=True):
    """The worker that has the lock of a scale set."""

    pid: int
    host: str
    user: str
    run: str
    since: str
    uid: int | None = None
    """The user id; None for a worker of an earlier version."""

    @property
    def place(self) -> str:
        """`user@host`."""
        return f"{self.user}@{self.host}"

    @property
    def label(self) -> str:
        """`run (user@host, pid 123)`."""
        return f"{self.run} ({self.place}, pid {self.pid})"


class RunSummary(Struct, frozen=True):
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
    worker_failure: str = ""
    """Why the last worker ended before the run did; empty while one carries it out."""
    owner: str = ""
    """Who carries it out and where, while it is live: `user@host`."""
    upgraded: int = 0
    failed: int = 0
    """Of the settled ones: upgraded (put back, in a revert), and failed."""

    @property
    def lacks_worker(self) -> bool:
        """Whether it goes on only once it is resumed: it has not ended, and its worker has."""
        return not self.is_live and self.phase not in ENDED_PHASES

    @property
    def status(self) -> str:
        """The state for a person: `Upgrading`, `Waiting for approval`, `Worker not running` …"""
        if self.lacks_worker and self.phase is not Phase.PAUSED:
            return _WORKER_NOT_RUNNING
        return phase_label(self.phase, self.reason)


def new_name(base: str, existing_names: Collection[str]) -> str:
    """`BASE-1f2e` with four random hexadecimal digits, unlike every existing name."""
    while (name := f"{base}-{secrets.token_hex(2)}") in existing_names:
        pass
    return name


def new_manifest(
    name: str, plan: Plan, context: AzureContext, now: datetime, *, assumed_yes: bool
) -> Manifest:
    """The manifest of a plan that the operator of this process has confirmed at `now`."""
    return Manifest(
        name=name,
        plan=plan,
        context=context,
        by=current_operator(),
        made_at=now.isoformat(timespec="seconds"),
        assumed_yes=assumed_yes,
    )


def run_folder_name(name: str, now: datetime) -> str:
    """`UTC-NAME`, so that the order of the names is that of the starts."""
    return f"{now:%Y%m%dT%H%M%S}-{name}"


def run_name_of(folder_name: str) -> str:
    """The name of a run by its folder `UTC-NAME`."""
    return folder_name.partition("-")[2]


def match_name(prefix: str, names: Mapping[K, str], has_begun: Callable[[K], bool]) -> list[K]:
    """The keys with this name, else those whose name begins so and that have begun, in order."""
    matches = [key for key in names if names[key] == prefix]
    return matches or [key for key in names if names[key].startswith(prefix) and has_begun(key)]


def match_run_name(prefix: str, names: Mapping[K, str], has_begun: Callable[[K], bool]) -> K:
    """The key of the run with this name, or of the only one whose name begins so.

    `names` are those of all runs, newest first. A run that has not begun is found by its whole
    name only. Raises `RunNotFound`, `RunAmbiguous`.
    """
    matches = match_name(prefix, names, has_begun)
    if len(matches) > 1:
        choices = ", ".join(names[key] for key in matches[:MAX_CHOICES])
        raise RunAmbiguous(f"{prefix!a} could be any of these runs: {choices}")
    if not matches:
        raise run_not_found(prefix, (names[key] for key in names if has_begun(key)))
    return matches[0]


def run_not_found(prefix: str, names: Iterable[str]) -> RunNotFound:
    """The error for a name that is no run's; `names` are those of the runs, newest first."""
    recent_names = ", ".join(islice(names, _RECENT_NAMES)) or "none yet"
    return RunNotFound(f"there is no run {prefix!a} (runs: {recent_names})")


def run_summary(
    manifest: Manifest,
    run: Run,
    damage: str,
    owner: LockOwner | None,
    worker_failure: Callable[[], str],
) -> RunSummary:
    """The row of a run in the list; `owner` has the lock of its scale set, for this run or for
    another. `worker_failure` is called where a worker may have ended before the run."""
    plan = manifest.plan
    is_live = owner is not None and owner.run == manifest.name
    return RunSummary(
        name=manifest.name,
        scale_set=plan.scale_set,
        phase=run.phase,
        reason=run.reason,
        message=run.message,
        is_live=is_live,
        settled=run.settled_targets,
        upgraded=run.count_targets(Stage.UPGRADED),
        failed=run.count_targets(Stage.FAILED),
        total=len(run.targets) if run.plan else len(plan.instance_ids),
        started_at=manifest.made_at,
        demo=manifest.context.demo,
        damage=damage,
        worker_failure="" if is_live or run.ended else worker_failure(),
        owner=owner.place if owner is not None and is_live else "",
    )


def evidence_name(about: int, instance_id: str) -> str:
    """The path, below that of its run, of what an instance said at the event with this number."""
    return f"{EVIDENCE}/{about:06d}-{instance_id}.json"


def decode_stored(data: bytes, unrecognized: T) -> T:
    """A stored value of the kind of `unrecognized`, which it is where it cannot be decoded: no
    worker fails because of what a viewer of another version has stored."""
    try:
        return msgspec.json.decode(data, type=type(unrecognized))
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return unrecognized


def decode_intent(data: bytes) -> Intent:
    """A stored intent of a run; `UNRECOGNIZED` for one that cannot be decoded."""
    return decode_stored(data, Intent(kind=IntentKind.UNRECOGNIZED, by="?"))


def decode_lock_owner(data: bytes) -> LockOwner:
    """The content of a lock; while a worker that has just taken it writes it, an unknown owner."""
    try:
        return msgspec.json.decode(data, type=LockOwner)
    except msgspec.MsgspecError:
        return LockOwner(pid=0, host="?", user="?", run="?", since="?")

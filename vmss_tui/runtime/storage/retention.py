"""Which runs may be removed from the state folder, and their removal.

A run stays while it has a worker or can be resumed, for a day after its last event, and within the
bounds of the settings. A run with a damaged journal is kept, too, so that it can be examined.
"""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from vmss_tui.runtime.storage.port import RunStore, StoredRun
from vmss_tui.upgrade.run.run import Phase

DAY = 86_400.0
MIN_AGE = DAY
"""Seconds since its last event in which a run is never removed."""


class Retention(Struct, frozen=True):
    """The bounds within which ended runs are kept."""

    keep_days: float
    """A run whose last event is older is removed."""
    keep_newest: int
    """Of more runs than this the oldest are removed."""


class PrunableRun(Struct, frozen=True):
    """A run that the bounds exclude."""

    folder: StoredRun
    phase: Phase
    age: float
    """Seconds since its last event."""


def prunable_runs(store: RunStore, retention: Retention) -> Iterator[PrunableRun]:
    """The runs that may be removed, newest first."""
    for number, folder in enumerate(store.all()):
        age = _age(folder)
        is_kept = number < retention.keep_newest and age <= retention.keep_days * DAY
        if is_kept or age < MIN_AGE or folder.is_live:
            continue
        if (phase := _final_phase(folder)) is not None:
            yield PrunableRun(folder, phase, age)


def prune(folder: StoredRun, now: datetime) -> bool:
    """Removes a run of `prunable_runs`; False where it was continued meanwhile.

    The lock of its scale set is held meanwhile, by this process or by the worker of another run,
    so that no worker of this run can start.
    """
    has_lock = folder.take_lock(now)
    try:
        owner = folder.lock_owner()
        is_continued = not has_lock and (owner is None or owner.run == folder.name)
        if is_continued or _age(folder) < MIN_AGE or _final_phase(folder) is None:
            return False
        folder.remove()
        return True
    finally:
        folder.lock.release()


def _age(folder: StoredRun) -> float:
    """Seconds since the last event."""
    return folder.journal_age()


def _final_phase(folder: StoredRun) -> Phase | None:
    """The phase of a run that cannot be resumed; None for every other run.

    A demo that is not read for some minutes ends, and with it every run in it.
    """
    run, damage = folder.read_run()
    if damage:
        return None
    is_over = run.phase.is_over or folder.manifest.context.demo
    return run.phase if is_over else None

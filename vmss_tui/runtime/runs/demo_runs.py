"""Ends the runs of demo worlds that no longer exist, before a new world has scale sets of the same
names: a worker left over would go on reading the old one, and no run of it can be resumed.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import cache

from vmss_tui.errors import VmssError
from vmss_tui.runtime.runs.takeover import end_worker
from vmss_tui.runtime.storage.port import RunStore, StoredRun
from vmss_tui.upgrade import events as ev

ENDED_WITH = "the end of its demo world"


def end_demo_runs(store: RunStore, has_world: Callable[[str], bool], now: datetime) -> None:
    """Ends the workers of demo runs whose world is gone, and aborts the runs that have not ended.

    `has_world` says whether the world at an endpoint exists. Runs on Azure are left alone, and so
    is a run whose worker cannot be ended from here.
    """
    is_present = cache(has_world)
    for folder in store.all():
        context = folder.manifest.context
        if context.demo and not is_present(context.endpoint):
            with suppress(VmssError, OSError):
                _abort(folder, now)


def _abort(folder: StoredRun, now: datetime) -> None:
    """Records the abort as the run's worker would, with the lock of the scale set."""
    if folder.is_live:
        end_worker(folder, folder.name)
    run, damage = folder.read_run()
    if run.phase.is_over or damage or not folder.take_lock(now):
        return
    try:
        journal = folder.open_journal()
        with suppress(ValueError):
            now = datetime.fromisoformat(run.changed_at)  # of the demo's clock, which is another
        journal.append(ev.Aborted(by=ENDED_WITH), now, run.t)
        journal.close()
    finally:
        folder.close()
        folder.lock.release()

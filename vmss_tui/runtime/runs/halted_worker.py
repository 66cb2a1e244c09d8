"""What a worker does after its run has halted: it reads who caused the halt until that is known.

It has no lock meanwhile: another run, an edit or a new worker of the same run starts at once. It
takes the lock for the moment in which it records something, and ends as soon as anything else has
been recorded in the journal.
"""

import threading

from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.runs.runner import INTENT_INTERVAL, Runner
from vmss_tui.runtime.storage.port import StoredRun
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.run.run import Phase

_LONGEST = 1200.0
"""Real seconds, for a demo whose clock is stopped."""


def ask_after_halt(folder: StoredRun, runner: Runner, clock: Clock) -> None:
    """Returns when everything is known, the run goes on, or the worker is to stop.

    Only for a lock on this machine: that of a container would be taken over the network.
    """
    evidence, version = runner.evidence, folder.journal_version()
    if runner.run.phase is not Phase.FAULTED or not evidence.is_pending:
        return
    if folder.lock.descriptor is None:
        return
    folder.lock.release()
    ends_at, never = clock.real() + _LONGEST, threading.Event()
    while evidence.is_pending and not runner.is_stopping and clock.real() < ends_at:
        clock.wait(never, INTENT_INTERVAL * (clock.rate() or 1.0))
        if folder.journal_version() != version:
            break
        for event in evidence.take(runner.run_time(), runner.run):
            if not _record(folder, runner, clock, event, version):
                return
            version = folder.journal_version()


def _record(
    folder: StoredRun, runner: Runner, clock: Clock, event: ev.EvidenceRecorded, version: object
) -> bool:
    """Appends the event; False where the journal is another worker's by now. Raises as
    `StoredRun.open_journal` does."""
    if not folder.take_lock(clock.wall()):
        return False
    try:
        if folder.journal_version() != version:
            return False
        journal = folder.open_journal()
        try:
            journal.append(event, clock.wall(), runner.run_time())
        finally:
            journal.close()
        return True
    finally:
        folder.lock.release()

"""What a worker does after its run has halted: it reads who caused the halt until that is known.

It has no lock meanwhile: another run, an edit or a new worker of the same run starts at once. It
takes the lock for the moment in which it records something, and ends as soon as anything else has
been recorded in the journal.
"""

import threading

from vmss_tui.errors import VmssError
from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.runs.runner import INTENT_INTERVAL, Runner
from vmss_tui.runtime.storage.journal import JournalContents
from vmss_tui.runtime.storage.port import StoredRun
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.run.run import Phase

_LONGEST = 1200.0
"""Real seconds, for a demo whose clock is stopped."""


def ask_after_halt(folder: StoredRun, runner: Runner, clock: Clock) -> None:
    """Returns when everything is known, the run goes on, the store does not answer, or the worker
    is to stop. What is not known then is looked up again by the next worker."""
    evidence = runner.evidence
    if runner.run.phase is not Phase.FAULTED or not evidence.is_pending:
        return
    if not folder.lock.is_owned:
        return
    folder.lock.release()
    try:
        _ask(folder, runner, clock)
    except VmssError:
        return  # the run itself has halted as it should


def _ask(folder: StoredRun, runner: Runner, clock: Clock) -> None:
    evidence, seq, version = runner.evidence, runner.run.seq, folder.journal_version()
    ends_at, never = clock.real() + _LONGEST, threading.Event()
    while evidence.is_pending and not runner.is_stopping and clock.real() < ends_at:
        clock.wait(never, INTENT_INTERVAL * (clock.rate() or 1.0))
        current = folder.journal_version()
        if current is not None and current != version:
            if _last_seq(folder.read_journal()) != seq:
                return
            version = current
        for event in evidence.take(runner.run_time(), runner.run):
            if not _record(folder, runner, clock, event, seq):
                return
            seq += 1


def _record(
    folder: StoredRun, runner: Runner, clock: Clock, event: ev.EvidenceRecorded, seq: int
) -> bool:
    """Appends the event after the record `seq`; False where the journal is another worker's by now.
    Raises as `StoredRun.open_journal` does."""
    if not folder.take_lock(clock.wall()):
        return False
    try:
        journal = folder.open_journal()
        try:
            if _last_seq(journal.contents) != seq:
                return False
            journal.append(event, clock.wall(), runner.run_time())
        finally:
            journal.close()
        return True
    finally:
        folder.lock.release()


def _last_seq(contents: JournalContents) -> int:
    return contents.records[-1].seq if contents.records else 0

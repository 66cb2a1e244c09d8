"""Waiting with a run: reads its journal as it grows, and leaves without touching it."""

import threading

from vmss_tui.cli.json_output import runs as shapes
from vmss_tui.cli.output import print_json, print_message
from vmss_tui.errors import ExitCode
from vmss_tui.runtime.observe.run_follower import RunFollower
from vmss_tui.upgrade.events import Record
from vmss_tui.upgrade.report.sentences import sentence, straggles
from vmss_tui.upgrade.run.progress import instances_in_progress
from vmss_tui.upgrade.run.run import Phase, Run

POLL_INTERVAL = 0.2
"""Real seconds between two looks at the journal."""


def watch_run(follower: RunFollower, *, as_json: bool) -> ExitCode:
    """Tells a run's events until it ends or holds; Ctrl-C leaves, and the run goes on."""
    try:
        return _follow_run(follower, as_json)
    except KeyboardInterrupt:
        print_message()
        print_message(f"Left: the run goes on. See it with: vmss-tui attach {follower.name}")
        return ExitCode.LEFT


def _follow_run(follower: RunFollower, as_json: bool) -> ExitCode:
    never = threading.Event()
    told: set[tuple[str, int]] = set()
    while True:
        alive = follower.live  # asked first: what a worker wrote before it left is read below
        for record in follower.poll():
            print_event(follower.name, record, as_json=as_json)
        code = run_exit_code(follower.run)
        if code is not None:
            _print_next_step(follower.run, follower.name)
            return code
        if follower.damage:
            print_message(f"The journal of {follower.name} cannot be read on: {follower.damage}")
            return ExitCode.ERROR
        if not alive:
            print_message(f"No worker is at work on the run. Go on with: vmss-tui resume {follower.name}")
            return ExitCode.HALTED
        if not as_json:
            _print_stragglers(follower, told)
        never.wait(POLL_INTERVAL)


def _print_stragglers(follower: RunFollower, told: set[tuple[str, int]]) -> None:
    """A sentence for each that takes long, once a request; `told` remembers (id, attempts)."""
    run = follower.run
    if run.open_batch is None:
        return
    for each in instances_in_progress(run, follower.run_time()):
        key = each.instance_id, run.members[each.instance_id].attempts
        if each.is_straggler and key not in told:
            told.add(key)
            print_message(straggles(run, each))


def print_event(name: str, record: Record, *, as_json: bool) -> None:
    """One event: a JSON line on stdout, or a sentence on stderr."""
    if as_json:
        print_json(shapes.event_json(name, record))
    elif words := sentence(record):
        print_message(f"{record.at[11:19]} {words}")


def run_exit_code(run: Run) -> ExitCode | None:
    """The code for a run that is over or holds; None while it moves by itself.

    A paused run is waited for while a batch is open: Azure goes on with that.
    """
    match run.phase:
        case Phase.COMPLETED:
            return ExitCode.DONE
        case Phase.CANCELLED:
            return ExitCode.ABORTED
        case Phase.FAULTED:
            return ExitCode.HALTED
        case Phase.PAUSED if run.open_batch is None:
            return ExitCode.LEFT
    return None


def _print_next_step(run: Run, name: str) -> None:
    if run.phase is Phase.PAUSED:
        print_message(f"Paused: {run.message}. Go on with: vmss-tui resume {name}")
    elif run.phase is Phase.FAULTED:
        print_message(f"Go on with: vmss-tui resume {name}, or end it with: vmss-tui abort {name}")

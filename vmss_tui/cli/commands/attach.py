"""Waiting with a run: reads its journal as it grows, and leaves without touching it."""

import threading

from vmss_tui.cli.json_output import runs as shapes
from vmss_tui.cli.output import out_json, say
from vmss_tui.errors import ExitCode
from vmss_tui.runtime.observe.run_follower import RunFollower
from vmss_tui.upgrade.events import Record
from vmss_tui.upgrade.report.sentences import sentence, straggles
from vmss_tui.upgrade.run.progress import at_work
from vmss_tui.upgrade.run.run import Phase, Run

PEEK_EVERY = 0.2
"""Real seconds between two looks at the journal."""


def watch(follower: RunFollower, *, as_json: bool) -> ExitCode:
    """Tells a run's events until it ends or holds; Ctrl-C leaves, and the run goes on."""
    try:
        return _watch(follower, as_json)
    except KeyboardInterrupt:
        say()
        say(f"Left: the run goes on. See it with: vmss-tui attach {follower.name}")
        return ExitCode.LEFT


def _watch(follower: RunFollower, as_json: bool) -> ExitCode:
    never = threading.Event()
    told: set[tuple[str, int]] = set()
    while True:
        alive = follower.live  # asked first: what a worker wrote before it left is read below
        for record in follower.poll():
            tell(follower.name, record, as_json=as_json)
        code = outcome(follower.run)
        if code is not None:
            _explain(follower.run, follower.name)
            return code
        if follower.damage:
            say(f"The journal of {follower.name} cannot be read on: {follower.damage}")
            return ExitCode.ERROR
        if not alive:
            say(f"No worker is at work on the run. Go on with: vmss-tui resume {follower.name}")
            return ExitCode.HALTED
        if not as_json:
            _tell_stragglers(follower, told)
        never.wait(PEEK_EVERY)


def _tell_stragglers(follower: RunFollower, told: set[tuple[str, int]]) -> None:
    """A sentence for each that takes long, once a request; `told` remembers (id, attempts)."""
    run = follower.run
    if run.open_batch is None:
        return
    for each in at_work(run, follower.run_time()):
        key = each.instance_id, run.members[each.instance_id].attempts
        if each.straggles and key not in told:
            told.add(key)
            say(straggles(run, each))


def tell(name: str, record: Record, *, as_json: bool) -> None:
    """One event: a JSON line on stdout, or a sentence on stderr."""
    if as_json:
        out_json(shapes.event(name, record))
    elif words := sentence(record):
        say(f"{record.at[11:19]} {words}")


def outcome(run: Run) -> ExitCode | None:
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


def _explain(run: Run, name: str) -> None:
    if run.phase is Phase.PAUSED:
        say(f"Paused: {run.message}. Go on with: vmss-tui resume {name}")
    elif run.phase is Phase.FAULTED:
        say(f"Go on with: vmss-tui resume {name}, or end it with: vmss-tui abort {name}")

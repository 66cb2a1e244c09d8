"""`attach`: follows the journal of a run, and prints its events until the run ends or stops."""

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

import click

from vmss_tui.cli.colour import Coloured, TextColour
from vmss_tui.cli.commands.completion import run_names
from vmss_tui.cli.json_output.runs import event_json
from vmss_tui.cli.options import (
    GlobalOptions,
    exit_zero_option,
    global_options,
    pass_options,
)
from vmss_tui.cli.output import (
    own_command,
    print_json,
    print_message,
    show_progress,
    shows_progress,
)
from vmss_tui.cli.progress_line import progress_line
from vmss_tui.cli.run_colours import PHASE_COLOURS, event_colour, status_part
from vmss_tui.errors import ExitCode
from vmss_tui.fleet.phrases import pluralize
from vmss_tui.runtime.observe.run_follower import RunFollower
from vmss_tui.upgrade.engine.pin_model import hopeless_edit
from vmss_tui.upgrade.engine.revert import (
    preview_retry,
    preview_revert,
    retry_unavailable_reason,
    revert_unavailable_reason,
)
from vmss_tui.upgrade.events import Record
from vmss_tui.upgrade.report.explanation import awaits_author
from vmss_tui.upgrade.report.sentences import (
    describe_event,
    describe_straggler,
    describe_unapplied,
    progress_text,
)
from vmss_tui.upgrade.run.progress import instances_in_progress
from vmss_tui.upgrade.run.run import OPEN_STAGES, Phase, Run
from vmss_tui.wiring import follower_for_run, require_demo_world

POLL_INTERVAL = 0.2
"""Real seconds between two readings of the journal."""
SUCCESSOR_WAIT = 1.0
"""Real seconds in which a process that has ended a worker, to take its run over, has the lock."""
INTENT_TIMEOUT = 20.0
"""Real seconds within which a live worker handles an intent, between two of its readings."""
_REPLY_INTERVAL = 0.1


@click.command("attach")
@click.argument("run", shell_complete=run_names)
@click.option("--json", "as_json", is_flag=True, help="One JSON event a line.")
@exit_zero_option
@global_options
@pass_options
def attach_command(
    options: GlobalOptions, run: str, as_json: bool, exit_zero_on_failures: bool
) -> ExitCode:
    """Watch a run from its first event until it ends."""
    folder = options.find_run(run)
    if run_exit_code(folder.read_run()[0]) is None and not folder.is_live:
        require_demo_world(folder)
    follower = follower_for_run(folder)
    return watch_run(follower, as_json=as_json, exit_zero_on_failures=exit_zero_on_failures)


def watch_run(
    follower: RunFollower, *, as_json: bool, exit_zero_on_failures: bool = False
) -> ExitCode:
    """Prints a run's events until it ends or stops. Ctrl-C leaves the run running.

    With `exit_zero_on_failures` a run that was carried out to its end gives 0, whatever failed.
    """
    try:
        code = _follow_run(follower, as_json)
        run = follower.run
        is_complete = run.phase is Phase.COMPLETED_WITH_FAILURES and not run.reverting
        return ExitCode.DONE if is_complete and exit_zero_on_failures else code
    except KeyboardInterrupt:
        show_progress("")
        print_message()
        see_it = own_command("attach", follower.name)
        print_message("Stopped watching; the run continues. Watch it with: ", see_it)
        return ExitCode.LEFT
    finally:
        show_progress("")


def _follow_run(follower: RunFollower, as_json: bool) -> ExitCode:
    never = threading.Event()
    reported: set[tuple[str, int]] = set()
    was_live = False
    while True:
        live = (
            follower.is_live
        )  # read first: the events a worker wrote before it ended are read next
        for record in follower.read_new():
            print_event(follower.name, record, as_json=as_json, run=follower.run)
        code = run_exit_code(follower.run)
        if code is not None:
            show_progress("")
            _print_next_step(follower.run, follower.name)
            if unapplied := describe_unapplied(follower.run):
                print_message(unapplied)
            return code
        if follower.damage:
            print_message(
                f"The journal of {follower.name} cannot be read further: {follower.damage}"
            )
            return ExitCode.ERROR
        if not live:
            if was_live and follower.wait_for_worker(SUCCESSOR_WAIT):
                continue  # another worker has taken the run over
            print_message(*describe_missing_worker(follower))
            return ExitCode.HALTED
        was_live = True
        if not as_json:
            _print_stragglers(follower, reported)
            _show_progress(follower)
        never.wait(POLL_INTERVAL)


def _show_progress(follower: RunFollower) -> None:
    if not shows_progress():
        return
    run = follower.run
    now, ends_at = follower.wall_time(), follower.ends_at()
    line = progress_line(run, follower.run_time(), now, ends_at)
    show_progress(line, PHASE_COLOURS[run.phase])


class _Record(Protocol):
    @property
    def body(self) -> object:
        """The event."""


class _Follower(Protocol):
    """Follows the journal of a run or of a campaign."""

    @property
    def is_live(self) -> bool:
        """It has a worker."""

    def read_new(self) -> Sequence[_Record]:
        """The records since the last call."""

    def wait_for_worker(self, seconds: float) -> bool:
        """Waits for a worker; False where there is none after so many real seconds."""


def wait_for_reply(follower: _Follower, is_reply: Callable[[object], bool]) -> bool:
    """Waits until a new event is the worker's reply to an intent; False after `INTENT_TIMEOUT` or
    the end of the worker."""
    never = threading.Event()
    for _ in range(int(INTENT_TIMEOUT / _REPLY_INTERVAL)):
        is_live = follower.is_live  # read first: the records of an ended worker are read next
        if any(is_reply(record.body) for record in follower.read_new()):
            return True
        if not is_live and not follower.wait_for_worker(SUCCESSOR_WAIT):
            return False
        never.wait(_REPLY_INTERVAL)
    return False


def describe_missing_worker(follower: RunFollower) -> tuple[str, ...]:
    """Why the run does not advance, and how it does again, in parts for `print_message`."""
    resume = own_command("resume", follower.name)
    if failure := follower.worker_failure():
        return f"The worker of the run has ended: {failure}. Resume with: ", resume
    if (other := follower.folder.lock_owner()) is not None:
        return (f"The run has no worker: the scale set is locked by {other.label}",)
    return "The run has no worker. Resume with: ", resume


def _print_stragglers(follower: RunFollower, reported: set[tuple[str, int]]) -> None:
    """Prints one sentence for each instance and attempt that takes long.

    `reported` collects (instance id, number of attempts).
    """
    run = follower.run
    if run.open_batch is None:
        return
    for instance in instances_in_progress(run, follower.run_time()):
        key = instance.instance_id, run.members[instance.instance_id].attempts
        if instance.is_straggler and key not in reported:
            reported.add(key)
            print_message(Coloured(describe_straggler(run, instance), TextColour.UNHEALTHY))


def print_event(name: str, record: Record, *, as_json: bool, run: Run) -> None:
    """Prints one event: a JSON line on stdout, or a sentence on stderr."""
    if as_json:
        print_json(event_json(name, record))
    elif event_text := describe_event(record, run):
        print_message(
            Coloured(record.at[11:19], TextColour.QUIET),
            " ",
            Coloured(event_text, event_colour(record.body)),
        )


def run_exit_code(run: Run) -> ExitCode | None:
    """The exit code for a run that has ended or stopped; None while it progresses.

    A paused run with an open batch still progresses, because Azure works on that batch.
    """
    match run.phase:
        case Phase.COMPLETED:
            return ExitCode.DONE
        case Phase.CANCELLED | Phase.ROLLED_BACK:
            return ExitCode.ABORTED
        case Phase.FAULTED | Phase.COMPLETED_WITH_FAILURES:
            return ExitCode.HALTED
        case Phase.PAUSED if run.open_batch is None:
            return ExitCode.LEFT
    return None


def _print_next_step(run: Run, name: str) -> None:
    go_on = own_command("resume", name)
    if run.ended and run.count(*OPEN_STAGES):
        print_message(progress_text(run))
    if run.phase is Phase.PAUSED:
        print_message(status_part(run.phase, run.reason), f": {run.message}. Resume with: ", go_on)
    elif run.phase is Phase.COMPLETED_WITH_FAILURES:
        report = own_command("report", name)
        print_message(status_part(run.phase, run.reason), f": {run.message}. Details: ", report)
        _print_choices(run, name)
    elif run.phase in (Phase.FAULTED, Phase.CANCELLED):
        _print_choices(run, name)


def _print_choices(run: Run, name: str) -> None:
    """A line for each command that applies to a run that has stopped, the safest first."""
    choices: list[tuple[str, str]] = []
    is_halted = run.phase is Phase.FAULTED
    if is_halted:
        choices.append(("abort", "End the run, which sends nothing more"))
    if not revert_unavailable_reason(run):
        changed = pluralize(len(preview_revert(run).instance_ids), "instance", "instances")
        choices.append(("revert", f"Roll back the {changed} that it changed"))
    if not retry_unavailable_reason(run):
        failed = pluralize(len(preview_retry(run).instance_ids), "instance", "instances")
        choices.append(("retry", f"Retry {failed} that failed, then continue"))
    if is_halted and not hopeless_edit(run):
        choices.append(("resume", "Continue with the remaining instances"))
    if awaits_author(run):
        choices.append(("report", "Show who did that, once the Activity Log has it"))
    for command, effect in choices:
        print_message(f"{effect}: ", own_command(command, name))

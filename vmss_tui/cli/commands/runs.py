"""`runs`, `attach`, `pause`, `resume`, `abort`: earlier and live runs, by name or its beginning.

Each works in the run's own context: its plan knows the cloud, the sign-in and the demo it
belongs to. Looking at a run needs none of them.
"""

import threading
from collections.abc import Callable

import click

from vmss_tui.cli.commands.attach import outcome, watch
from vmss_tui.cli.commands.completion import run_names
from vmss_tui.cli.exit_codes import CommandError
from vmss_tui.cli.json_output import runs as shapes
from vmss_tui.cli.options import asked, global_options, take_over_option
from vmss_tui.cli.output import moment, out_json, say, table
from vmss_tui.cli.prompts import confirm, show_target
from vmss_tui.errors import ExitCode
from vmss_tui.runtime.observe.run_follower import RunFollower
from vmss_tui.runtime.session import Services
from vmss_tui.runtime.storage.run_folder import RunFolder
from vmss_tui.upgrade.events import IntentHandled, IntentKind
from vmss_tui.upgrade.report.sentences import instances
from vmss_tui.upgrade.run.run import Phase
from vmss_tui.wiring import check_context, follower_of, refuse_gone_demo, run_store, seat_of

_YES = click.option("--yes", "-y", is_flag=True, help="Agree beforehand.")


@click.command("retry")
@click.argument("run", shell_complete=run_names)
@_YES
@global_options
@click.pass_context
def retry_command(ctx: click.Context, run: str, yes: bool) -> ExitCode:
    """Ask a run's failed instances again, and go on.

    Within the same plan and limits; a failure counts anew.
    """
    folder, cockpit = _seated(ctx, run)
    again = cockpit.runs.again(folder.name)
    show_target(folder.manifest.plan.scale_set, cockpit.context, say)
    say(f"asked again  {instances(again.instance_ids)}")
    if again.waiting:
        say(f"after them  {again.waiting} that were not asked yet, as planned")
    _confirmed(cockpit, folder, yes=yes)
    return _told(folder, lambda: cockpit.runs.retry(folder.name, again.instance_ids))


@click.command("revert")
@click.argument("run", shell_complete=run_names)
@_YES
@global_options
@click.pass_context
def revert_command(ctx: click.Context, run: str, yes: bool) -> ExitCode:
    """Put a run's previous model back, and upgrade what it had changed to it."""
    folder, cockpit = _seated(ctx, run)
    back = cockpit.runs.back(folder.name)
    show_target(folder.manifest.plan.scale_set, cockpit.context, say)
    for line in back.lines:
        say(f"undone  {line}")
    say(f"put back  {instances(back.instance_ids)}")
    if back.untouched:
        say(f"left alone  {instances(back.untouched)}: never asked, they have the previous image")
    _confirmed(cockpit, folder, yes=yes)
    return _told(folder, lambda: cockpit.runs.revert(folder.name))


def _seated(ctx: click.Context, prefix: str) -> tuple[RunFolder, Services]:
    folder = folder_of(ctx, prefix)
    options = asked(ctx)
    cockpit = seat_of(folder, options.settings(), options.where(), sign_in=True)
    if not cockpit.read_only:
        refuse_gone_demo(folder, over_too=True)
    return folder, cockpit


def _confirmed(cockpit: Services, folder: RunFolder, *, yes: bool) -> None:
    scale_set = folder.manifest.plan.scale_set
    confirm(cockpit.permission, scale_set, easy=False, yes=yes, run=folder.name)


def _told(folder: RunFolder, tell: Callable[[], None]) -> ExitCode:
    follower = follower_of(folder)
    follower.poll()
    tell()
    if heard(follower):
        say(f"{folder.name} is {follower.run.phase} now: vmss-tui attach {folder.name}")
    else:
        say(f"{folder.name} is told so; its worker has not heard yet.")
    return ExitCode.DONE


HEARD_WITHIN = 20.0
"""Real seconds in which a living worker hears a wish, between two of its readings."""


@click.command("runs")
@click.option("--json", "as_json", is_flag=True, help="A JSON document.")
@global_options
def runs_command(as_json: bool) -> ExitCode:
    """List earlier and live runs, newest first."""
    found = [folder.summary() for folder in run_store().all()]
    if as_json:
        out_json([shapes.run_line(each) for each in found])
        return ExitCode.DONE
    table(
        ("RUN", "SCALE SET", "PHASE", "DONE", "STARTED", "WORKER", ""),
        (
            (
                each.name,
                each.scale_set.short,
                each.phase,
                f"{each.settled}/{each.total}",
                moment(each.started_at),
                "live" if each.live else "",
                each.damage or each.message,
            )
            for each in found
        ),
        numbers={"DONE"},
    )
    return ExitCode.DONE


@click.command("attach")
@click.argument("run", shell_complete=run_names)
@click.option("--json", "as_json", is_flag=True, help="An event per line.")
@global_options
@click.pass_context
def attach_command(ctx: click.Context, run: str, as_json: bool) -> ExitCode:
    """Watch a run from its first event to its end."""
    folder = folder_of(ctx, run)
    if outcome(folder.read()[0]) is None and not folder.alive:
        refuse_gone_demo(folder)
    return watch(follower_of(folder), as_json=as_json)


@click.command("pause")
@click.argument("run", shell_complete=run_names)
@global_options
@click.pass_context
def pause_command(ctx: click.Context, run: str) -> ExitCode:
    """Send no new batch until resumed.

    What Azure has accepted goes on.
    """
    folder = folder_of(ctx, run)
    _refuse_over(folder)
    if not folder.alive:
        words = "no worker is at work on it, so nothing is sent"
        raise CommandError(f"{folder.name} cannot be paused: {words}", ExitCode.REFUSED)
    if folder.read()[0].phase is Phase.PAUSED:
        say(f"{folder.name} is paused already.")
        return ExitCode.DONE
    _wished(ctx, folder, IntentKind.PAUSE)
    return ExitCode.DONE


@click.command("resume")
@click.argument("run", shell_complete=run_names)
@take_over_option
@global_options
@click.pass_context
def resume_command(ctx: click.Context, run: str, take_over: str) -> ExitCode:
    """Let a paused or halted run go on.

    Past its checkpoint, and with a new worker where it has none, or in place of one.
    """
    folder = folder_of(ctx, run)
    _refuse_over(folder)
    options = asked(ctx)
    cockpit = seat_of(folder, options.settings(), options.where(), sign_in=True)
    if not cockpit.read_only:
        refuse_gone_demo(folder)
    follower = follower_of(folder)
    follower.poll()
    held = follower.run.phase in (Phase.PAUSED, Phase.FAULTED)
    cockpit.runs.resume(folder.name, take_over)
    if held and not heard(follower):
        say(f"{folder.name} is told to go on; its worker has not heard yet.")
        return ExitCode.DONE
    say(f"{folder.name} goes on. See it with: vmss-tui attach {folder.name}")
    return ExitCode.DONE


@click.command("abort")
@click.argument("run", shell_complete=run_names)
@global_options
@click.pass_context
def abort_command(ctx: click.Context, run: str) -> ExitCode:
    """End a run. What Azure has accepted is not cancelled."""
    folder = folder_of(ctx, run)
    _refuse_over(folder)
    _wished(ctx, folder, IntentKind.ABORT)
    return ExitCode.DONE


def folder_of(ctx: click.Context, prefix: str) -> RunFolder:
    """The run that is meant, after checking that no flag says otherwise than its plan."""
    folder = run_store().find(prefix)
    check_context(folder, asked(ctx).where())
    return folder


def _refuse_over(folder: RunFolder) -> None:
    run = folder.read()[0]
    if run.phase in (Phase.COMPLETED, Phase.CANCELLED):
        raise CommandError(f"{folder.name} is over ({run.phase})", ExitCode.REFUSED)


def _wished(ctx: click.Context, folder: RunFolder, want: IntentKind) -> None:
    """Tells the worker, and waits until it has heard."""
    follower = follower_of(folder)
    follower.poll()
    options = asked(ctx)
    seat_of(folder, options.settings(), options.where()).runs.wish(folder.name, want)
    if not heard(follower):
        say(f"{folder.name} is told to {want}; its worker has not heard yet.")
        say(f"If it stands still: vmss-tui resume {folder.name} --take-over {folder.name}")
        return
    sent = " The batch that Azure has accepted goes on." if follower.run.open_batch else ""
    say(f"{follower.name} is {follower.run.phase} now.{sent}")


def heard(follower: RunFollower) -> bool:
    """Waits until the worker has taken a wish up; False where that takes too long."""
    never = threading.Event()
    for _ in range(int(HEARD_WITHIN / 0.1)):
        if any(isinstance(record.body, IntentHandled) for record in follower.poll()):
            return True
        never.wait(0.1)
    return False

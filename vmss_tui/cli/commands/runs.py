"""`runs`, `attach`, `pause`, `resume`, `abort`: earlier and live runs, by name or its beginning.

Each works in the run's own context: its plan knows the cloud, the sign-in and the demo it
belongs to. Looking at a run needs none of them.
"""

import threading
from collections.abc import Callable

import click

from vmss_tui.cli.commands.attach import run_exit_code, watch_run
from vmss_tui.cli.commands.completion import run_names
from vmss_tui.cli.exit_codes import CommandError
from vmss_tui.cli.json_output import runs as shapes
from vmss_tui.cli.options import asked, global_options, take_over_option
from vmss_tui.cli.output import timestamp_text, print_json, print_message, print_table
from vmss_tui.cli.prompts import confirm, print_target
from vmss_tui.errors import ExitCode
from vmss_tui.runtime.observe.run_follower import RunFollower
from vmss_tui.runtime.session import Services
from vmss_tui.runtime.storage.run_folder import RunFolder
from vmss_tui.upgrade.events import IntentHandled, IntentKind
from vmss_tui.upgrade.report.sentences import instances
from vmss_tui.upgrade.run.run import Phase
from vmss_tui.wiring import check_context, follower_for_run, require_demo_world, run_store, services_for_run

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
    again = cockpit.run_control.again(folder.name)
    print_target(folder.manifest.plan.scale_set, cockpit.context, print_message)
    print_message(f"asked again  {instances(again.instance_ids)}")
    if again.waiting:
        print_message(f"after them  {again.waiting} that were not asked yet, as planned")
    _confirmed(cockpit, folder, yes=yes)
    return _told(folder, lambda: cockpit.run_control.retry(folder.name, again.instance_ids))


@click.command("revert")
@click.argument("run", shell_complete=run_names)
@_YES
@global_options
@click.pass_context
def revert_command(ctx: click.Context, run: str, yes: bool) -> ExitCode:
    """Put a run's previous model back, and upgrade what it had changed to it."""
    folder, cockpit = _seated(ctx, run)
    back = cockpit.run_control.back(folder.name)
    print_target(folder.manifest.plan.scale_set, cockpit.context, print_message)
    for line in back.lines:
        print_message(f"undone  {line}")
    print_message(f"put back  {instances(back.instance_ids)}")
    if back.untouched:
        print_message(f"left alone  {instances(back.untouched)}: never asked, they have the previous image")
    _confirmed(cockpit, folder, yes=yes)
    return _told(folder, lambda: cockpit.run_control.revert(folder.name))


def _seated(ctx: click.Context, prefix: str) -> tuple[RunFolder, Services]:
    folder = find_run(ctx, prefix)
    options = asked(ctx)
    cockpit = services_for_run(folder, options.load_settings(), options.target(), sign_in=True)
    if not cockpit.read_only:
        require_demo_world(folder, over_too=True)
    return folder, cockpit


def _confirmed(cockpit: Services, folder: RunFolder, *, yes: bool) -> None:
    scale_set = folder.manifest.plan.scale_set
    confirm(cockpit.permission, scale_set, easy=False, yes=yes, run=folder.name)


def _told(folder: RunFolder, tell: Callable[[], None]) -> ExitCode:
    follower = follower_for_run(folder)
    follower.poll()
    tell()
    if wait_for_worker(follower):
        print_message(f"{folder.name} is {follower.run.phase} now: vmss-tui attach {folder.name}")
    else:
        print_message(f"{folder.name} is told so; its worker has not heard yet.")
    return ExitCode.DONE


INTENT_TIMEOUT = 20.0
"""Real seconds in which a living worker hears a wish, between two of its readings."""


@click.command("runs")
@click.option("--json", "as_json", is_flag=True, help="A JSON document.")
@global_options
def runs_command(as_json: bool) -> ExitCode:
    """List earlier and live runs, newest first."""
    found = [folder.summary() for folder in run_store().all()]
    if as_json:
        print_json([shapes.run_summary_json(each) for each in found])
        return ExitCode.DONE
    print_table(
        ("RUN", "SCALE SET", "PHASE", "DONE", "STARTED", "WORKER", ""),
        (
            (
                each.name,
                each.scale_set.short,
                each.phase,
                f"{each.settled}/{each.total}",
                timestamp_text(each.started_at),
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
    folder = find_run(ctx, run)
    if run_exit_code(folder.read_run()[0]) is None and not folder.live:
        require_demo_world(folder)
    return watch_run(follower_for_run(folder), as_json=as_json)


@click.command("pause")
@click.argument("run", shell_complete=run_names)
@global_options
@click.pass_context
def pause_command(ctx: click.Context, run: str) -> ExitCode:
    """Send no new batch until resumed.

    What Azure has accepted goes on.
    """
    folder = find_run(ctx, run)
    _refuse_over(folder)
    if not folder.live:
        words = "no worker is at work on it, so nothing is sent"
        raise CommandError(f"{folder.name} cannot be paused: {words}", ExitCode.REFUSED)
    if folder.read_run()[0].phase is Phase.PAUSED:
        print_message(f"{folder.name} is paused already.")
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
    folder = find_run(ctx, run)
    _refuse_over(folder)
    options = asked(ctx)
    cockpit = services_for_run(folder, options.load_settings(), options.target(), sign_in=True)
    if not cockpit.read_only:
        require_demo_world(folder)
    follower = follower_for_run(folder)
    follower.poll()
    held = follower.run.phase in (Phase.PAUSED, Phase.FAULTED)
    cockpit.run_control.resume(folder.name, take_over)
    if held and not wait_for_worker(follower):
        print_message(f"{folder.name} is told to go on; its worker has not heard yet.")
        return ExitCode.DONE
    print_message(f"{folder.name} goes on. See it with: vmss-tui attach {folder.name}")
    return ExitCode.DONE


@click.command("abort")
@click.argument("run", shell_complete=run_names)
@global_options
@click.pass_context
def abort_command(ctx: click.Context, run: str) -> ExitCode:
    """End a run. What Azure has accepted is not cancelled."""
    folder = find_run(ctx, run)
    _refuse_over(folder)
    _wished(ctx, folder, IntentKind.ABORT)
    return ExitCode.DONE


def find_run(ctx: click.Context, prefix: str) -> RunFolder:
    """The run that is meant, after checking that no flag says otherwise than its plan."""
    folder = run_store().find(prefix)
    check_context(folder, asked(ctx).target())
    return folder


def _refuse_over(folder: RunFolder) -> None:
    run = folder.read_run()[0]
    if run.phase in (Phase.COMPLETED, Phase.CANCELLED):
        raise CommandError(f"{folder.name} is over ({run.phase})", ExitCode.REFUSED)


def _wished(ctx: click.Context, folder: RunFolder, want: IntentKind) -> None:
    """Tells the worker, and waits until it has heard."""
    follower = follower_for_run(folder)
    follower.poll()
    options = asked(ctx)
    services_for_run(folder, options.load_settings(), options.target()).run_control.wish(folder.name, want)
    if not wait_for_worker(follower):
        print_message(f"{folder.name} is told to {want}; its worker has not heard yet.")
        print_message(f"If it stands still: vmss-tui resume {folder.name} --take-over {folder.name}")
        return
    sent = " The batch that Azure has accepted goes on." if follower.run.open_batch else ""
    print_message(f"{follower.name} is {follower.run.phase} now.{sent}")


def wait_for_worker(follower: RunFollower) -> bool:
    """Waits until the worker has taken a wish up; False where that takes too long."""
    never = threading.Event()
    for _ in range(int(INTENT_TIMEOUT / 0.1)):
        if any(isinstance(record.body, IntentHandled) for record in follower.poll()):
            return True
        never.wait(0.1)
    return False

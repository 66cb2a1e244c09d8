"""`retry` and `revert`: a run that did not go well, asked once more or led back."""

from collections.abc import Callable

import click

from vmss_tui.cli.asking import confirm, show_target
from vmss_tui.cli.completing import run_names
from vmss_tui.cli.exits import Exit
from vmss_tui.cli.following import folder_of, heard
from vmss_tui.cli.options import asked, global_options
from vmss_tui.cli.printing import say
from vmss_tui.runtime.cockpit import Cockpit
from vmss_tui.runtime.run_folder import RunFolder
from vmss_tui.upgrade.words import instances
from vmss_tui.wiring import follower_of, refuse_gone_demo, seat_of

_YES = click.option("--yes", "-y", is_flag=True, help="Agree beforehand.")


@click.command("retry")
@click.argument("run", shell_complete=run_names)
@_YES
@global_options
@click.pass_context
def retry_command(ctx: click.Context, run: str, yes: bool) -> Exit:
    """Ask a run's failed instances again, and go on.

    Within the same plan and limits; a failure counts anew.
    """
    folder, cockpit = _seated(ctx, run)
    again = cockpit.runs.again(folder.name)
    show_target(folder.charter.plan.scale_set, cockpit.context, say)
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
def revert_command(ctx: click.Context, run: str, yes: bool) -> Exit:
    """Put a run's previous model back, and upgrade what it had changed to it."""
    folder, cockpit = _seated(ctx, run)
    back = cockpit.runs.back(folder.name)
    show_target(folder.charter.plan.scale_set, cockpit.context, say)
    for line in back.lines:
        say(f"undone  {line}")
    say(f"put back  {instances(back.instance_ids)}")
    if back.untouched:
        say(f"left alone  {instances(back.untouched)}: never asked, they have the previous image")
    _confirmed(cockpit, folder, yes=yes)
    return _told(folder, lambda: cockpit.runs.revert(folder.name))


def _seated(ctx: click.Context, prefix: str) -> tuple[RunFolder, Cockpit]:
    folder = folder_of(ctx, prefix)
    options = asked(ctx)
    cockpit = seat_of(folder, options.settings(), options.where(), sign_in=True)
    if not cockpit.read_only:
        refuse_gone_demo(folder, over_too=True)
    return folder, cockpit


def _confirmed(cockpit: Cockpit, folder: RunFolder, *, yes: bool) -> None:
    scale_set = folder.charter.plan.scale_set
    confirm(cockpit.permission, scale_set, easy=False, yes=yes, run=folder.name)


def _told(folder: RunFolder, tell: Callable[[], None]) -> Exit:
    follower = follower_of(folder)
    follower.poll()
    tell()
    if heard(follower):
        say(f"{folder.name} is {follower.run.phase} now: vmss-tui attach {folder.name}")
    else:
        say(f"{folder.name} is told so; its worker has not heard yet.")
    return Exit.DONE

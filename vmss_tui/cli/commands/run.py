"""`run`: plan, ask, start a worker, and watch it."""

from typing import Any

import click

from vmss_tui.cli import options_run as choices
from vmss_tui.cli.commands.attach import watch
from vmss_tui.cli.commands.scale_sets import planned, seat_for
from vmss_tui.cli.options import global_options, take_over_option
from vmss_tui.cli.output import out, out_json, say
from vmss_tui.cli.prompts import confirm, show_plan
from vmss_tui.errors import ExitCode
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.runs import logind as lingering
from vmss_tui.upgrade.plan.selection import NoPlan, Selection, chosen


@click.command("run")
@click.argument("scale_set")
@choices.what
@choices.how
@choices.model
@click.option("--yes", "-y", is_flag=True, help="Agree beforehand to everything that is asked.")
@click.option("--wait/--detach", default=True, help="Watch the run to its end (the default).")
@click.option("--json", "as_json", is_flag=True, help="An event per line.")
@take_over_option
@global_options
@click.pass_context
def run_command(
    ctx: click.Context,
    scale_set: str,
    selection: Selection,
    limits: dict[str, Any],
    edit: Edit,
    yes: bool,
    wait: bool,
    as_json: bool,
    take_over: str,
) -> ExitCode:
    """Edit the model if asked, then upgrade in batches.

    The run lives in a process of its own and goes on without this command.
    """
    seat = seat_for(ctx)
    cockpit = seat.cockpit
    target = seat.scale_set(scale_set)
    if words := cockpit.permission.refusal_reason(target, take_over):
        raise RunRefused(words)
    snapshot = cockpit.readings.observe(target)
    try:
        plan = planned(cockpit, snapshot, selection, limits, edit)
    except NoPlan as error:
        if edit or not _all_current(snapshot, selection):
            raise
        say(str(error))
        return ExitCode.DONE
    show_plan(plan, cockpit.context, say)
    easy = len(plan.batches) == 1 and plan.edit is None and not plan.cautions
    if warning := lingering.warning():
        say(f"caution  {warning}")
    confirm(cockpit.permission, target, easy=easy, yes=yes, run=take_over)
    name = cockpit.runs.start(plan, assumed_yes=yes, take_over=take_over)
    if not as_json:
        out(name)
    if wait:
        return watch(cockpit.runs.follow(name), as_json=as_json)
    if as_json:
        out_json({"run": name})
    say(f"Started. See it with: vmss-tui attach {name}")
    return ExitCode.DONE


def _all_current(snapshot: Snapshot, selection: Selection) -> bool:
    """Nothing to do, and rightly so. Incomplete readings and `latest` are never that."""
    image = snapshot.scale_set.image
    if not snapshot.complete or not snapshot.instances:
        return False
    if image is not None and image.follows_latest:
        return False
    return all(instance.latest_model_applied is True for instance in chosen(snapshot, selection))

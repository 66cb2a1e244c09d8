"""`run`: plan, ask, start a worker, and watch it."""

from typing import Any

import click

from vmss_tui.cli import options_run as choices
from vmss_tui.cli.commands.attach import watch_run
from vmss_tui.cli.commands.scale_sets import make_plan, seat_for
from vmss_tui.cli.options import global_options, take_over_option
from vmss_tui.cli.output import print_line, print_json, print_message
from vmss_tui.cli.prompts import confirm, print_plan
from vmss_tui.errors import ExitCode
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.runs import logind as lingering
from vmss_tui.upgrade.plan.selection import NoPlan, Selection, chosen


@click.command("run")
@click.argument("scale_set")
@choices.instance_options
@choices.limit_options
@choices.model_options
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
    cockpit = seat.services
    target = seat.scale_set_id(scale_set)
    if words := cockpit.permission.refusal_reason(target, take_over):
        raise RunRefused(words)
    snapshot = cockpit.queries.observe(target)
    try:
        plan = make_plan(cockpit, snapshot, selection, limits, edit)
    except NoPlan as error:
        if edit or not _all_current(snapshot, selection):
            raise
        print_message(str(error))
        return ExitCode.DONE
    print_plan(plan, cockpit.context, print_message)
    easy = len(plan.batches) == 1 and plan.edit is None and not plan.cautions
    if warning := lingering.warning():
        print_message(f"caution  {warning}")
    confirm(cockpit.permission, target, easy=easy, yes=yes, run=take_over)
    name = cockpit.run_control.start(plan, assumed_yes=yes, take_over=take_over)
    if not as_json:
        print_line(name)
    if wait:
        return watch_run(cockpit.run_control.follow(name), as_json=as_json)
    if as_json:
        print_json({"run": name})
    print_message(f"Started. See it with: vmss-tui attach {name}")
    return ExitCode.DONE


def _all_current(snapshot: Snapshot, selection: Selection) -> bool:
    """Nothing to do, and rightly so. Incomplete readings and `latest` are never that."""
    image = snapshot.scale_set.image
    if not snapshot.complete or not snapshot.instances:
        return False
    if image is not None and image.follows_latest:
        return False
    return all(instance.latest_model_applied is True for instance in chosen(snapshot, selection))

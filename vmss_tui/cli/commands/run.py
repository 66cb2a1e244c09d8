"""`plan` and `run`: show what an upgrade run would do, or start one; `worker` carries one out."""

from pathlib import Path
from typing import Any

import click
import msgspec

from vmss_tui.cli.checks.before_run import (
    check_plan,
    preflight_json,
    require_passed,
)
from vmss_tui.cli.commands.attach import watch_run
from vmss_tui.cli.error_report import CommandError
from vmss_tui.cli.json_output.runs import plan_json
from vmss_tui.cli.observation import observe
from vmss_tui.cli.offers import anyway_option, read_offers, with_anyway_hint
from vmss_tui.cli.options import (
    GlobalOptions,
    exit_zero_option,
    global_options,
    pass_options,
    take_over_option,
)
from vmss_tui.cli.options_run import instance_options, limit_options, model_options, name_options
from vmss_tui.cli.output import encode_json, own_command, print_json, print_line, print_message
from vmss_tui.cli.prompts import confirm, print_plan
from vmss_tui.errors import ExitCode
from vmss_tui.fleet.flexible import is_current
from vmss_tui.fleet.model_edit.edit import Edit, InvalidEdit
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.runs import logind
from vmss_tui.runtime.session import Services
from vmss_tui.runtime.storage.state_folder import export_private
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.plan.policy import PolicyError, with_fields
from vmss_tui.upgrade.plan.selection import PlanError, Selection, select_instances
from vmss_tui.upgrade.report.preflight_rows import with_findings


@click.command("plan")
@click.argument("scale_set")
@instance_options
@limit_options
@model_options
@anyway_option
@click.option(
    "--out",
    "out_file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE",
    help="Also write the plan to this file, as JSON.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@global_options
@pass_options
def plan_command(
    options: GlobalOptions,
    scale_set: str,
    selection: Selection,
    limits: dict[str, Any],
    edit: Edit,
    anyway: bool,
    out_file: Path | None,
    as_json: bool,
) -> ExitCode:
    """Show the plan of an upgrade run; change nothing."""
    connection = options.connect()
    snapshot = observe(connection.services, connection.parse_scale_set(scale_set))
    services = connection.services
    plan = make_plan(services, snapshot, selection, limits, edit, anyway=anyway)
    preflight = check_plan(services, snapshot.scale_set, plan)
    document = plan_json(plan) | {"preflight": preflight_json(preflight)}
    if out_file is not None:
        export_private(out_file, msgspec.json.format(encode_json(document), indent=2) + b"\n")
    if as_json:
        print_json(document)
    else:
        print_plan(plan, services.context, print_line, preflight)
    return ExitCode.DONE


@click.command("run")
@click.argument("scale_set")
@instance_options
@limit_options
@model_options
@anyway_option
@click.option("--yes", "-y", is_flag=True, help="Skip all confirmations.")
@click.option("--wait/--detach", default=True, help="Watch the run until it ends (default: wait).")
@click.option("--json", "as_json", is_flag=True, help="One JSON event a line.")
@exit_zero_option
@take_over_option
@global_options
@pass_options
def run_command(
    options: GlobalOptions,
    scale_set: str,
    selection: Selection,
    limits: dict[str, Any],
    edit: Edit,
    anyway: bool,
    yes: bool,
    wait: bool,
    as_json: bool,
    exit_zero_on_failures: bool,
    take_over: str,
) -> ExitCode:
    """Upgrade instances in batches, optionally after a model edit.

    The run has its own process and continues without this command.
    """
    connection = options.connect()
    services = connection.services
    scale_set_id = connection.parse_scale_set(scale_set)
    if reason := services.permission.refusal_reason(scale_set_id, take_over):
        raise RunRefused(reason)
    snapshot = observe(services, scale_set_id)
    try:
        plan = make_plan(services, snapshot, selection, limits, edit, anyway=anyway)
    except PlanError as error:
        if edit or not _all_current(snapshot, selection):
            raise
        print_message(str(error))
        return ExitCode.DONE
    preflight = check_plan(services, snapshot.scale_set, plan)
    print_plan(plan, services.context, print_message, preflight)
    require_passed(preflight, anyway=anyway)
    plan = with_findings(plan, preflight)
    easy = not plan.needs_typed_name and not plan.cautions
    if warning := logind.logout_warning():
        print_message(f"caution  {warning}")
    confirm(services.permission, scale_set_id, easy=easy, yes=yes, run=take_over)
    name = services.run_control.start(plan, assumed_yes=yes, take_over=take_over)
    if not as_json:
        print_line(name)
    if wait:
        follower = services.run_control.follow(name)
        return watch_run(follower, as_json=as_json, exit_zero_on_failures=exit_zero_on_failures)
    if as_json:
        print_json({"run": name})
    print_message("Started. Watch it with: ", own_command("attach", name))
    return ExitCode.DONE


@click.command("worker", hidden=True)
@click.argument("run")
@click.option("--lock-descriptor", type=int, help="The inherited lock of the scale set.")
@global_options
@pass_options
def worker_command(options: GlobalOptions, run: str, lock_descriptor: int | None) -> ExitCode:
    """Carry out a run in this process."""
    from vmss_tui.wiring import run_worker

    if options.read_only:
        raise RunRefused("this session is read-only: it carries out no run")
    run_worker(run, options.load_settings(), options.target(), lock_descriptor)
    return ExitCode.DONE


def make_plan(
    services: Services,
    snapshot: Snapshot,
    selection: Selection,
    limits: dict[str, Any],
    edit: Edit,
    *,
    anyway: bool = False,
) -> Plan:
    """The plan for these options; `limits` replace fields of the policy in the settings."""
    if not edit:
        services.images.latest_version(snapshot.scale_set)  # the plan warns of older ones
    elif not anyway:
        read_offers(services, snapshot.scale_set, edit)
    policy = services.default_policy
    try:
        policy = with_fields(policy, limits)
        return services.planner.plan(snapshot, selection, policy, edit or None, anyway=anyway)
    except InvalidEdit as error:
        raise with_anyway_hint(error) from error
    except PolicyError as error:
        raise CommandError(name_options(str(error), policy), ExitCode.USAGE) from error


def _all_current(snapshot: Snapshot, selection: Selection) -> bool:
    """Whether all selected instances are certainly up to date.

    False for an incomplete snapshot, and for a model that says `latest`, which may have moved.
    """
    image = snapshot.scale_set.image
    if not snapshot.complete or not snapshot.instances:
        return False
    if image is not None and image.follows_latest:
        return False
    return all(
        is_current(instance, snapshot.scale_set)
        for instance in select_instances(snapshot, selection)
    )

"""`list`, `status` and `plan`: they look, and change nothing."""

import contextlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click
import msgspec

from vmss_tui.cli import options_run as choices
from vmss_tui.cli.exit_codes import CommandError
from vmss_tui.cli.json_output import runs as shapes
from vmss_tui.cli.options import asked, global_options
from vmss_tui.cli.output import encode_json, print_line, print_json, show_progress, print_message, print_table
from vmss_tui.cli.prompts import print_plan
from vmss_tui.errors import ExitCode
from vmss_tui.fleet.domains import Panel, Row, build_grid
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.fleet.scale_set import ScaleSet, State
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import GatewayError
from vmss_tui.runtime.session import Services
from vmss_tui.runtime.storage.state_folder import export_private
from vmss_tui.upgrade.plan.latest_image import behind_latest
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.plan.policy import BadPolicy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.report.sentences import counted
from vmss_tui.wiring import Connection, open_connection

PARALLEL_READS = 8
"""Scale sets that `list` reads at the same time."""


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="A JSON document.")
@global_options
@click.pass_context
def list_command(ctx: click.Context, as_json: bool) -> ExitCode:
    """List scale sets with their stale counts and live runs."""
    cockpit = seat_for(ctx).services
    found = cockpit.queries.list_scale_sets()
    stale = _stale_counts(cockpit, found)
    runs = [cockpit.run_control.live(each.id) for each in found]
    if as_json:
        lines = zip(found, stale, runs, strict=True)
        print_json([shapes.list_entry_json(each, count, run) for each, count, run in lines])
        return ExitCode.DONE
    print_table(
        ("SCALE SET", "REGION", "CAPACITY", "STALE", "POLICY", "IMAGE VERSION", "LIVE RUN"),
        (
            (
                each.id.short,
                each.location,
                each.capacity,
                "?" if count is None else count,
                each.policy_mode,
                each.image.running_version if each.image else "",
                run or "",
            )
            for each, count, run in zip(found, stale, runs, strict=True)
        ),
        numbers={"CAPACITY", "STALE"},
    )
    return ExitCode.DONE


@click.command("status")
@click.argument("scale_set")
@click.option("--json", "as_json", is_flag=True, help="With every instance.")
@global_options
@click.pass_context
def status_command(ctx: click.Context, scale_set: str, as_json: bool) -> ExitCode:
    """Read one scale set once: model, domains, states."""
    seat = seat_for(ctx)
    snapshot = seat.services.queries.observe(seat.scale_set_id(scale_set))
    if as_json:
        run = seat.services.run_control.live(snapshot.scale_set.id)
        print_json(shapes.status_json(snapshot, run, latest_version(seat.services, snapshot)))
    else:
        _print_status(snapshot, seat.services)
    if snapshot.complete:
        return ExitCode.DONE
    print_message(f"The reading is incomplete: {'; '.join(snapshot.damage)}")
    return ExitCode.ERROR


@click.command("plan")
@click.argument("scale_set")
@choices.instance_options
@choices.limit_options
@choices.model_options
@click.option(
    "--out",
    "out_file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE",
    help="Also write it there, as JSON.",
)
@click.option("--json", "as_json", is_flag=True, help="A JSON document.")
@global_options
@click.pass_context
def plan_command(
    ctx: click.Context,
    scale_set: str,
    selection: Selection,
    limits: dict[str, Any],
    edit: Edit,
    out_file: Path | None,
    as_json: bool,
) -> ExitCode:
    """Show what a run would do, and change nothing."""
    seat = seat_for(ctx)
    snapshot = seat.services.queries.observe(seat.scale_set_id(scale_set))
    plan = make_plan(seat.services, snapshot, selection, limits, edit)
    shape = shapes.plan_json(plan)
    if out_file is not None:
        export_private(out_file, msgspec.json.format(encode_json(shape), indent=2) + b"\n")
    if as_json:
        print_json(shape)
    else:
        print_plan(plan, seat.services.context, print_line)
    return ExitCode.DONE


def seat_for(ctx: click.Context) -> Connection:
    """The seat that the global options ask for."""
    options = asked(ctx)
    return open_connection(options.load_settings(), options.target(), tell=print_message)


def make_plan(
    cockpit: Services, snapshot: Snapshot, selection: Selection, limits: dict[str, Any], edit: Edit
) -> Plan:
    """The plan for these options over the settings' own policy."""
    if not edit:
        latest_version(cockpit, snapshot)
    policy = msgspec.structs.replace(cockpit.default_policy, **limits)
    try:
        return cockpit.planner.plan(snapshot, selection, policy, edit or None)
    except BadPolicy as error:
        raise CommandError(choices.name_options(str(error), policy), ExitCode.USAGE) from error


def latest_version(cockpit: Services, snapshot: Snapshot) -> str:
    """What `latest` means now, where the model says that; empty where nobody can tell."""
    image = snapshot.scale_set.image
    if image is not None and image.follows_latest:
        with contextlib.suppress(GatewayError):  # the instances say something about it, too
            return cockpit.images.read_versions(snapshot.scale_set).newest
    return ""


def _stale_counts(cockpit: Services, scale_sets: Sequence[ScaleSet]) -> list[int | None]:
    """Stale instances of each set; None where its instances could not be read."""

    def count(scale_set: ScaleSet) -> int | None:
        try:
            snapshot = cockpit.queries.observe(scale_set.id)
        except GatewayError:
            return None
        return snapshot.outdated if snapshot.complete else None

    counts: list[int | None] = []
    with ThreadPoolExecutor(PARALLEL_READS) as pool:
        for found in pool.map(count, scale_sets):
            counts.append(found)
            show_progress(f"read {len(counts)} of {len(scale_sets)} scale sets")
    show_progress("")
    return counts


def _print_status(snapshot: Snapshot, cockpit: Services) -> None:
    scale_set = snapshot.scale_set
    print_line(
        f"{scale_set.id.short}  {scale_set.location}  {scale_set.orchestration}  "
        f"{scale_set.policy_mode}  {counted(len(snapshot.instances), 'instance', 'instances')}  "
        f"read {snapshot.taken_at:%H:%M:%S} UTC"
    )
    image = scale_set.image.title if scale_set.image else "no image"
    size = scale_set.vm_size or "no size"
    print_line(f"model  {image}  {size}  {snapshot.current} of {len(snapshot.instances)} current")
    late = behind_latest(snapshot, latest_version(cockpit, snapshot))
    if late is not None and late.behind:
        print_line(f"latest  {late.words}")
    if scale_set.owner:
        print_line(f"owner  {scale_set.owner}")
    if run := cockpit.run_control.live(scale_set.id):
        print_line(f"run  {run}")
    print_line()
    for panel in build_grid(snapshot.instances).panels:
        _print_panel(panel)
    counts = [f"{state} {snapshot.counts[state]}" for state in State if snapshot.counts[state]]
    print_line(" · ".join(counts) or "no instances")


def _print_panel(panel: Panel) -> None:
    if panel.heading:
        print_line(panel.heading)
    width = max(len(row.key.label) for row in panel.rows)
    for row in panel.rows:
        print_line(f"{row.key.label:<{width}}  {_row_words(row)}")
    print_line()


def _row_words(row: Row) -> str:
    total = len(row.instances)
    states = ", ".join(f"{row.counts[state]} {state}" for state in State if row.counts[state])
    problems = f"  {counted(row.problems, 'problem', 'problems')}" if row.problems else ""
    return f"{row.current:>4}/{total:<4} current   {states}{problems}"

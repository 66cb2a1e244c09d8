"""`rolling` and `repairs`: what Azure does with a scale set by itself, looked at and asked for."""

from datetime import datetime

import click

from vmss_tui.cli.commands.scale_sets import seat_for
from vmss_tui.cli.json_output import maintenance as shapes
from vmss_tui.cli.options import global_options
from vmss_tui.cli.output import print_line, print_json, print_message, print_table
from vmss_tui.cli.prompts import confirm, print_target
from vmss_tui.errors import ExitCode
from vmss_tui.fleet.azure_maintenance import RollingCode, RollingUpgrade
from vmss_tui.fleet.model_edit.upgrade_settings import current_settings
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.operations.maintenance import Act, Prospect
from vmss_tui.runtime.operations.maintenance import Begun
from vmss_tui.runtime.session import Services

_YES = click.option("--yes", "-y", is_flag=True, help="Agree beforehand.")
_JSON = click.option("--json", "as_json", is_flag=True, help="A JSON document.")
_CODES = {
    RollingCode.COMPLETED: ExitCode.DONE,
    RollingCode.CANCELLED: ExitCode.ABORTED,
    RollingCode.FAULTED: ExitCode.HALTED,
}


@click.command("rolling")
@click.argument("scale_set")
@click.argument("what", type=click.Choice(["start", "cancel", "status", "history"]))
@click.option("--extensions", is_flag=True, help="start: of extensions, and not of the OS.")
@click.option("--wait", is_flag=True, help="Watch it to its end.")
@_YES
@_JSON
@global_options
@click.pass_context
def rolling_command(
    ctx: click.Context,
    scale_set: str,
    what: str,
    extensions: bool,
    wait: bool,
    yes: bool,
    as_json: bool,
) -> ExitCode:
    """Azure's own rolling upgrade: start it, cancel it, how it goes, what there was.

    Azure chooses batches, order and limits; for those of your own see `vmss-tui run`.
    """
    if extensions and what != "start":
        raise click.UsageError(f"--extensions belongs to start, not to {what}")
    if wait and what == "history":
        raise click.UsageError("--wait belongs to start, cancel and status")
    seat = seat_for(ctx)
    target, cockpit = seat.scale_set_id(scale_set), seat.services
    match what:
        case "status":
            return _status(cockpit, target, wait=wait, as_json=as_json)
        case "history":
            return _history(cockpit, target, as_json=as_json)
        case "cancel":
            act = Act.CANCEL
        case _:
            act = Act.START_EXTENSIONS if extensions else Act.START_OS
    begun = _ask(cockpit, target, act, yes=yes, as_json=as_json)
    return _wait(cockpit, target, begun, as_json=as_json) if wait else ExitCode.DONE


@click.command("repairs")
@click.argument("scale_set")
@click.argument("what", type=click.Choice(["show", "suspend", "resume"]))
@_YES
@_JSON
@global_options
@click.pass_context
def repairs_command(
    ctx: click.Context, scale_set: str, what: str, yes: bool, as_json: bool
) -> ExitCode:
    """Automatic repairs: what is set and whether they run; suspend and resume them.

    Switched on and off in the model: `vmss-tui model SCALE_SET --automatic-repairs on|off`.
    """
    seat = seat_for(ctx)
    target, cockpit = seat.scale_set_id(scale_set), seat.services
    if what != "show":
        act = Act.SUSPEND_REPAIRS if what == "suspend" else Act.RESUME_REPAIRS
        _ask(cockpit, target, act, yes=yes, as_json=as_json)
        return ExitCode.DONE
    found = cockpit.queries.read_model(target)
    service = cockpit.maintenance.repairs(found)
    if as_json:
        print_json(shapes.repairs_json(found, service))
        return ExitCode.DONE
    now = current_settings(found.raw)
    print_line(f"automatic repairs  {'on' if found.automatic_repairs else 'off'}")
    if found.automatic_repairs:
        print_line(f"service            {service.raw_state or 'Azure does not say whether it runs'}")
        print_line(f"action             {now['repair_action'] or 'Replace'}")
        print_line(f"grace period       {now['repairs_grace_period'] or '?'} minutes")
    return ExitCode.DONE


def print_preview(wanted: Prospect, cockpit: Services) -> None:
    """What would be asked, where and as whom, and what it would do."""
    print_target(wanted.scale_set, cockpit.context, print_message)
    print_message(f"{wanted.title}.")
    for sentence in wanted.sentences:
        print_message(sentence)
    for caution in wanted.cautions:
        print_message(f"caution  {caution}")
    print_message(wanted.az)


def _ask(cockpit: Services, target: ScaleSetId, act: Act, *, yes: bool, as_json: bool) -> Begun:
    wanted = cockpit.maintenance.prospect(target, act)
    print_preview(wanted, cockpit)
    confirm(cockpit.permission, target, easy=not wanted.typed, yes=yes)
    begun = cockpit.maintenance.begin(wanted)
    if as_json:
        print_json(shapes.started_action_json(begun))
    print_message(f"Done: {begun.words}.")
    return begun


def _wait(cockpit: Services, target: ScaleSetId, begun: Begun | None, *, as_json: bool) -> ExitCode:
    told: list[RollingUpgrade] = []

    def tell(latest: RollingUpgrade) -> None:
        if told and told[-1] == latest:
            return
        told.append(latest)
        if as_json:
            print_json(shapes.rolling_upgrade_json(target, latest))
        else:
            print_message(f"{latest.raw_code or latest.code}: {latest.counts_text}")

    try:
        latest = cockpit.maintenance.follow(target, tell, begun)
    except KeyboardInterrupt:
        print_message()
        print_message(f"Left: Azure goes on. See it with: vmss-tui rolling {target.short} status --wait")
        return ExitCode.LEFT
    if latest is None:
        print_message("There is no rolling upgrade of Azure's to wait for: none ever ran.")
        return ExitCode.DONE
    if latest.error_message:
        print_message(latest.error_message)
    return _code(latest, begun)


def _code(latest: RollingUpgrade, begun: Begun | None) -> ExitCode:
    """A cancelled one is what `cancel` wanted, and a run cut short for everybody else."""
    if begun is not None and begun.prospect.act is Act.CANCEL:
        return ExitCode.DONE
    return _CODES.get(latest.code, ExitCode.HALTED)


def _status(cockpit: Services, target: ScaleSetId, *, wait: bool, as_json: bool) -> ExitCode:
    if wait:
        return _wait(cockpit, target, None, as_json=as_json)
    latest = cockpit.maintenance.latest(target)
    if as_json:
        print_json(shapes.rolling_upgrade_json(target, latest))
        return ExitCode.DONE
    if latest is None:
        print_line(f"no rolling upgrade of Azure's ever ran on {target.short}")
        return ExitCode.DONE
    print_line(f"{latest.raw_code or latest.code}  {latest.counts_text}")
    print_line(f"started  {_moment(latest.started_at)}")
    if latest.last_action:
        print_line(f"last asked  {latest.last_action}, {_moment(latest.last_action_at)}")
    if latest.error_code or latest.error_message:
        print_line(f"error  {latest.error_code}: {latest.error_message}")
    return ExitCode.DONE


def _history(cockpit: Services, target: ScaleSetId, *, as_json: bool) -> ExitCode:
    found = cockpit.maintenance.history(target)
    if as_json:
        print_json([shapes.os_upgrade_json(each) for each in found])
        return ExitCode.DONE
    if not found:
        print_line(f"Azure remembers no OS upgrade of {target.short} (it keeps five, of two months)")
        return ExitCode.DONE
    print_table(
        ("STARTED", "ENDED", "BY", "STATUS", "TO", "INSTANCES"),
        (
            (
                _moment(each.upgrade.started_at),
                _moment(each.ended_at),
                each.started_by,
                each.upgrade.raw_code or each.upgrade.code,
                each.target.title if each.target else "",
                each.upgrade.counts_text + _rollback(each.rolled_back, each.not_rolled_back),
            )
            for each in found
        ),
    )
    return ExitCode.DONE


def _rollback(done: int | None, failed: int | None) -> str:
    words = f"; rolled back: {done or 0}, not rolled back: {failed or 0}"
    return words if done or failed else ""


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "–"

"""`rolling` and `repairs`: rolling upgrades and automatic repairs that Azure carries out."""

from datetime import datetime

import click

from vmss_tui.cli.json_output.maintenance import (
    os_upgrade_json,
    repairs_json,
    rolling_upgrade_json,
    started_action_json,
)
from vmss_tui.cli.options import GlobalOptions, global_options, pass_options
from vmss_tui.cli.output import (
    CommandLine,
    own_command,
    print_json,
    print_line,
    print_message,
    print_table,
)
from vmss_tui.cli.prompts import confirm, print_target
from vmss_tui.errors import ExitCode
from vmss_tui.fleet.azure_maintenance import RollingCode, RollingUpgrade
from vmss_tui.fleet.model_edit.upgrade_settings import current_settings
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.operations.maintenance import MaintenanceAction
from vmss_tui.operations.maintenance_preview import MaintenancePreview
from vmss_tui.runtime.operations.maintenance import MaintenanceOperation
from vmss_tui.runtime.session import Services

_YES = click.option("--yes", "-y", is_flag=True, help="Skip the confirmation.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_EXIT_CODES = {
    RollingCode.COMPLETED: ExitCode.DONE,
    RollingCode.CANCELLED: ExitCode.ABORTED,
    RollingCode.FAULTED: ExitCode.HALTED,
}


@click.command("rolling")
@click.argument("scale_set")
@click.argument("what", type=click.Choice(["start", "cancel", "status", "history"]))
@click.option("--extensions", is_flag=True, help="start: upgrade extensions instead of the OS.")
@click.option("--wait", is_flag=True, help="Watch until it ends.")
@_YES
@_JSON
@global_options
@pass_options
def rolling_command(
    options: GlobalOptions,
    scale_set: str,
    what: str,
    extensions: bool,
    wait: bool,
    yes: bool,
    as_json: bool,
) -> ExitCode:
    """Start, cancel or show Azure's own rolling upgrade.

    Azure chooses batches, order and limits; to choose them yourself see `vmss-tui run`.
    """
    if extensions and what != "start":
        raise click.UsageError(f"--extensions is for start, not for {what}")
    if wait and what == "history":
        raise click.UsageError("--wait is for start, cancel and status")
    connection = options.connect()
    scale_set_id, services = connection.parse_scale_set(scale_set), connection.services
    match what:
        case "status":
            return _print_status(services, scale_set_id, wait=wait, as_json=as_json)
        case "history":
            return _print_history(services, scale_set_id, as_json=as_json)
        case "cancel":
            act = MaintenanceAction.CANCEL
        case _:
            act = MaintenanceAction.START_EXTENSIONS if extensions else MaintenanceAction.START_OS
    started = _start(services, scale_set_id, act, yes=yes, as_json=as_json)
    return _wait(services, scale_set_id, started, as_json=as_json) if wait else ExitCode.DONE


@click.command("repairs")
@click.argument("scale_set")
@click.argument("what", type=click.Choice(["show", "suspend", "resume"]))
@_YES
@_JSON
@global_options
@pass_options
def repairs_command(
    options: GlobalOptions, scale_set: str, what: str, yes: bool, as_json: bool
) -> ExitCode:
    """Show, suspend or resume automatic repairs.

    To switch them on or off in the model: `vmss-tui model SCALE_SET --automatic-repairs on|off`.
    """
    connection = options.connect()
    scale_set_id, services = connection.parse_scale_set(scale_set), connection.services
    if what != "show":
        act = (
            MaintenanceAction.SUSPEND_REPAIRS
            if what == "suspend"
            else MaintenanceAction.RESUME_REPAIRS
        )
        _start(services, scale_set_id, act, yes=yes, as_json=as_json)
        return ExitCode.DONE
    model = services.queries.read_model(scale_set_id)
    service = services.maintenance.read_repairs(model)
    if as_json:
        print_json(repairs_json(model, service))
        return ExitCode.DONE
    settings = current_settings(model.raw)
    print_line(f"automatic repairs  {'on' if model.automatic_repairs else 'off'}")
    if model.automatic_repairs:
        print_line(f"service            {service.raw_state or 'state not reported by Azure'}")
        print_line(f"action             {settings['repair_action'] or 'Replace'}")
        print_line(f"grace period       {settings['repairs_grace_period'] or '?'} minutes")
    return ExitCode.DONE


def print_preview(preview: MaintenancePreview, services: Services) -> None:
    """Prints the scale set, the action, its consequences and the `az` command."""
    print_target(preview.scale_set, services.context, print_message)
    print_message(f"{preview.title}.")
    for sentence in preview.sentences:
        print_message(sentence)
    for caution in preview.cautions:
        print_message(f"caution  {caution}")
    print_message(CommandLine(preview.az))


def _start(
    services: Services,
    scale_set_id: ScaleSetId,
    act: MaintenanceAction,
    *,
    yes: bool,
    as_json: bool,
) -> MaintenanceOperation:
    preview = services.maintenance.preview(scale_set_id, act)
    print_preview(preview, services)
    confirm(services.permission, scale_set_id, easy=not preview.needs_typed_name, yes=yes)
    started = services.maintenance.begin(preview)
    if as_json:
        print_json(started_action_json(started))
    print_message(f"Done: {started.message}.")
    return started


def _wait(
    services: Services,
    scale_set_id: ScaleSetId,
    started: MaintenanceOperation | None,
    *,
    as_json: bool,
) -> ExitCode:
    previous: RollingUpgrade | None = None

    def print_change(latest: RollingUpgrade) -> None:
        nonlocal previous
        if latest == previous:
            return
        previous = latest
        if as_json:
            print_json(rolling_upgrade_json(scale_set_id, latest))
        else:
            print_message(f"{latest.raw_code or latest.code}: {latest.counts_text}")

    try:
        latest = services.maintenance.follow(scale_set_id, print_change, started)
    except KeyboardInterrupt:
        print_message()
        see_it = own_command("rolling", scale_set_id.short, "status", "--wait")
        print_message("Stopped watching; Azure continues. Watch it with: ", see_it)
        return ExitCode.LEFT
    if latest is None:
        print_message("Azure has no rolling upgrade to wait for: none was ever started.")
        return ExitCode.DONE
    if latest.error_message:
        print_message(latest.error_message)
    return _exit_code(latest, started)


def _exit_code(latest: RollingUpgrade, started: MaintenanceOperation | None) -> ExitCode:
    """A cancelled upgrade is a success for `cancel`, and aborted for every other command."""
    if started is not None and started.preview.action is MaintenanceAction.CANCEL:
        return ExitCode.DONE
    return _EXIT_CODES.get(latest.code, ExitCode.HALTED)


def _print_status(
    services: Services, scale_set_id: ScaleSetId, *, wait: bool, as_json: bool
) -> ExitCode:
    if wait:
        return _wait(services, scale_set_id, None, as_json=as_json)
    latest = services.maintenance.read_rolling_upgrade(scale_set_id)
    if as_json:
        print_json(rolling_upgrade_json(scale_set_id, latest))
        return ExitCode.DONE
    if latest is None:
        print_line(f"{scale_set_id.short} never had a rolling upgrade by Azure")
        return ExitCode.DONE
    print_line(f"{latest.raw_code or latest.code}  {latest.counts_text}")
    print_line(f"started  {_time_text(latest.started_at)}")
    if latest.last_action:
        print_line(f"last action  {latest.last_action}, {_time_text(latest.last_action_at)}")
    if latest.error_code or latest.error_message:
        print_line(f"error  {latest.error_code}: {latest.error_message}")
    return ExitCode.DONE


def _print_history(services: Services, scale_set_id: ScaleSetId, *, as_json: bool) -> ExitCode:
    history = services.maintenance.read_upgrade_history(scale_set_id)
    if as_json:
        print_json([os_upgrade_json(entry) for entry in history])
        return ExitCode.DONE
    if not history:
        print_line(
            f"no OS upgrade history of {scale_set_id.short} (Azure keeps the last five, for two "
            "months)"
        )
        return ExitCode.DONE
    print_table(
        ("STARTED", "ENDED", "BY", "STATUS", "TO", "INSTANCES"),
        (
            (
                _time_text(entry.upgrade.started_at),
                _time_text(entry.ended_at),
                entry.started_by,
                entry.upgrade.raw_code or entry.upgrade.code,
                entry.target.title if entry.target else "",
                entry.upgrade.counts_text
                + _rollback_text(entry.rolled_back, entry.not_rolled_back),
            )
            for entry in history
        ),
    )
    return ExitCode.DONE


def _rollback_text(done: int | None, failed: int | None) -> str:
    if not done and not failed:
        return ""
    return f"; rolled back: {done or 0}, not rolled back: {failed or 0}"


def _time_text(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "–"

"""`model`: prints the model, or edits it after showing the differences."""

import threading

import click

from vmss_tui.cli.error_report import CommandError
from vmss_tui.cli.json_output.fleet import change_json, model_json
from vmss_tui.cli.offers import anyway_option, check_offers
from vmss_tui.cli.options import GlobalOptions, global_options, pass_options
from vmss_tui.cli.options_run import all_model_options
from vmss_tui.cli.output import (
    CommandLine,
    print_json,
    print_line,
    print_message,
    show_progress,
)
from vmss_tui.cli.prompts import confirm, print_target
from vmss_tui.errors import ExitCode
from vmss_tui.fleet.model_edit.change import Change, change_from_edit
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.fleet.model_edit.upgrade_settings import SETTINGS, current_settings
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.gateway import OperationStatus
from vmss_tui.runtime.operations.model_edits import ModelEditResult
from vmss_tui.runtime.session import Services
from vmss_tui.upgrade.report.az_commands import change_command

_LET_AZURE_ACT = "--let-azure-act"
_NAME_WIDTH = max(len(setting.title) for setting in SETTINGS)


@click.command("model")
@click.argument("scale_set")
@all_model_options
@click.option("--undo", is_flag=True, help="Undo the last edit from this machine.")
@anyway_option
@click.option("--wait", is_flag=True, help="Wait until Azure has applied the edit, or failed to.")
@click.option("--yes", "-y", is_flag=True, help="Skip the confirmation.")
@click.option(
    _LET_AZURE_ACT,
    "let_azure_act",
    is_flag=True,
    help="Allow an edit after which Azure upgrades instances by itself (Automatic, Rolling).",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@global_options
@pass_options
def model_command(
    options: GlobalOptions,
    scale_set: str,
    edit: Edit,
    undo: bool,
    anyway: bool,
    wait: bool,
    yes: bool,
    let_azure_act: bool,
    as_json: bool,
) -> ExitCode:
    """Show the model, or edit it. On a Manual set instances change only when they are upgraded."""
    if undo and edit:
        raise click.UsageError("--undo cannot be combined with another edit.")
    connection = options.connect()
    services = connection.services
    model = services.queries.read_model(connection.parse_scale_set(scale_set))
    if not edit and not undo:
        if as_json:
            print_json(model_json(model))
        else:
            _print_model(model)
        return ExitCode.DONE
    change, undone_request = (
        _undo_last_edit(services, model) if undo else (change_from_edit(model, edit), "")
    )
    if change and edit and not anyway:
        check_offers(services, model, edit)
    if not change:
        print_message("No changes: the model has these values already.")
        if as_json:
            print_json(change_json(change, None))
        return ExitCode.DONE
    _print_change(services, model, change)
    _confirm(services, model, change, yes=yes, let_azure_act=let_azure_act)
    saved = services.model_writer.save(model, change, undone_request)
    if as_json:
        print_json(change_json(change, saved.message))
    else:
        print_message(f"Done: {saved.message}.")
    return _wait(services, saved) if wait else ExitCode.DONE


def _undo_last_edit(services: Services, model: ScaleSet) -> tuple[Change, str]:
    """The change that undoes the last edit, and the client request id of that edit."""
    undo = services.model_writer.find_undo(model)
    if undo is None:
        raise CommandError(
            f"no edit of {model.id.short} from this machine can be undone "
            "(edits of a run: vmss-tui revert RUN)",
            ExitCode.ERROR,
        )
    print_message(f"Undoes the edit of {undo.at[:19].replace('T', ' ')} UTC by {undo.by}.")
    if undo.remark:
        print_message(undo.remark)
    return undo.change, undo.request_id


def _print_change(services: Services, model: ScaleSet, change: Change) -> None:
    print_target(model.id, services.context, print_message)
    for line in change.lines:
        print_message(f"{line.path}: {line.old or '–'} → {line.new or '–'}")
    print_message(change.consequence)
    print_message(CommandLine(change_command(change)))


def _confirm(
    services: Services, model: ScaleSet, change: Change, *, yes: bool, let_azure_act: bool
) -> None:
    """`--yes` does not cover an edit after which Azure acts by itself; `--let-azure-act` does."""
    if yes and change.azure_acts and not let_azure_act:
        raise CommandError(
            f"Azure would change instances of {model.id.short} by itself, and --yes does not cover "
            f"that: type the scale set's name at a terminal, or add {_LET_AZURE_ACT}",
            ExitCode.REFUSED,
        )
    confirm(services.permission, model.id, easy=False, yes=yes)


def _wait(services: Services, saved: ModelEditResult) -> ExitCode:
    if saved.operation_url is None:
        return ExitCode.DONE
    show_progress("waiting for Azure …")
    try:
        result = services.model_writer.wait_for_operation(saved.operation_url, threading.Event())
    except KeyboardInterrupt:
        show_progress("")
        print_message("Stopped waiting; Azure continues.")
        return ExitCode.LEFT
    show_progress("")
    match result.status:
        case OperationStatus.SUCCEEDED:
            print_message("Azure has applied the edit.")
            return ExitCode.DONE
        case OperationStatus.UNKNOWN:
            raise CommandError(
                f"the result is unknown: {result.message}; check the scale set", ExitCode.HALTED
            )
    raise CommandError(
        f"The edit failed in Azure ({result.code or result.status}): {result.message}; "
        "the model has the new values, the instances may not",
        ExitCode.HALTED,
    )


def _print_model(model: ScaleSet) -> None:
    image = model.image.title if model.image else None
    for name, value in (
        ("Scale set", model.id.short),
        ("Resource ID", model.id.resource_id),
        ("Region", model.location),
        ("Edge Zone", model.edge_zone or None),
        ("Orchestration", model.orchestration),
        ("Capacity", model.capacity),
        ("VM size", model.size_text or None),
        ("Image", image),
        ("Purchase plan", model.purchase_plan or None),
        ("Zones", " ".join(model.zones) or None),
        ("Overprovision", model.overprovision),
        ("Admin user", model.admin_user),
        ("Name prefix", model.name_prefix),
        ("Health probe", model.health_source or "none"),
        ("Managed by", model.owner),
        ("ETag", model.etag),
    ):
        if value is not None:
            print_line(f"{name:<{_NAME_WIDTH}} {value}")
    settings = current_settings(model.raw)
    for setting in SETTINGS:
        if value_text := settings[setting.field]:
            print_line(f"{setting.title:<{_NAME_WIDTH}} {value_text}")

"""`model`: shows the model, or edits it with the difference shown first."""

import threading

import click

from vmss_tui.cli.commands.scale_sets import seat_for
from vmss_tui.cli.exit_codes import CommandError
from vmss_tui.cli.json_output import runs as shapes
from vmss_tui.cli.options import global_options
from vmss_tui.cli.options_run import all_model_options
from vmss_tui.cli.output import print_line, print_json, show_progress, print_message
from vmss_tui.cli.prompts import confirm, print_target
from vmss_tui.errors import ExitCode
from vmss_tui.fleet.model_edit.change import Change, change_from_edit
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.fleet.model_edit.upgrade_settings import SETTINGS, current_settings
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.gateway import OperationStatus
from vmss_tui.runtime.operations.model_edits import Saved
from vmss_tui.runtime.session import Services

_BY_AZURE = "--let-azure-act"


@click.command("model")
@click.argument("scale_set")
@all_model_options
@click.option("--undo", is_flag=True, help="Put back what the last edit from here changed.")
@click.option("--wait", is_flag=True, help="Until Azure has carried the edit out, or failed to.")
@click.option("--yes", "-y", is_flag=True, help="Agree beforehand.")
@click.option(
    _BY_AZURE,
    "let_azure_act",
    is_flag=True,
    help="Agree beforehand that Azure changes instances by itself (Automatic, Rolling).",
)
@click.option("--json", "as_json", is_flag=True, help="A JSON document.")
@global_options
@click.pass_context
def model_command(
    ctx: click.Context,
    scale_set: str,
    edit: Edit,
    undo: bool,
    wait: bool,
    yes: bool,
    let_azure_act: bool,
    as_json: bool,
) -> ExitCode:
    """Show the model, or edit it. On a Manual set instances change only when they are upgraded."""
    if undo and edit:
        raise click.UsageError("--undo takes the last edit back: give no other edit with it.")
    seat = seat_for(ctx)
    cockpit = seat.services
    found = cockpit.queries.read_model(seat.scale_set_id(scale_set))
    if not edit and not undo:
        if as_json:
            print_json(shapes.model_json(found))
        else:
            _print_model(found)
        return ExitCode.DONE
    wanted, undoes = _taken_back(cockpit, found) if undo else (change_from_edit(found, edit), "")
    if not wanted:
        print_message("Nothing would change: the model says that already.")
        if as_json:
            print_json(shapes.change_json(wanted, None))
        return ExitCode.DONE
    _show(cockpit, found, wanted)
    _agree(cockpit, found, wanted, yes=yes, let_azure_act=let_azure_act)
    saved = cockpit.model_writer.save(found, wanted, undoes)
    if as_json:
        print_json(shapes.change_json(wanted, saved.words))
    else:
        print_message(f"Done: {saved.words}.")
    return _waited(cockpit, saved) if wait else ExitCode.DONE


def _taken_back(cockpit: Services, found: ScaleSet) -> tuple[Change, str]:
    undo = cockpit.model_writer.undo(found)
    if undo is None:
        words = f"no edit of {found.id.short} was made from this machine that could be taken back"
        raise CommandError(f"{words} (edits of a run: vmss-tui revert RUN)", ExitCode.ERROR)
    print_message(f"Takes back the edit of {undo.at[:19].replace('T', ' ')} UTC by {undo.by}.")
    return undo.change, undo.request_id


def _show(cockpit: Services, found: ScaleSet, wanted: Change) -> None:
    print_target(found.id, cockpit.context, print_message)
    for line in wanted.lines:
        print_message(f"{line.path}: {line.old or '–'} → {line.new or '–'}")
    print_message(wanted.consequence)
    print_message(wanted.az)


def _agree(
    cockpit: Services, found: ScaleSet, wanted: Change, *, yes: bool, let_azure_act: bool
) -> None:
    """`--yes` stands for an edit that sets nothing off; the others have a flag of their own."""
    if yes and wanted.azure_acts and not let_azure_act:
        raise CommandError(
            f"Azure would change instances of {found.id.short} by itself, and --yes does not stand "
            f"for that: type the set's name at a terminal, or add {_BY_AZURE}",
            ExitCode.REFUSED,
        )
    confirm(cockpit.permission, found.id, easy=False, yes=yes)


def _waited(cockpit: Services, saved: Saved) -> ExitCode:
    if saved.operation is None:
        return ExitCode.DONE
    show_progress("waiting for Azure …")
    try:
        ended = cockpit.model_writer.outcome(saved.operation, threading.Event())
    except KeyboardInterrupt:
        show_progress("")
        print_message("Left: Azure goes on.")
        return ExitCode.LEFT
    show_progress("")
    match ended.status:
        case OperationStatus.SUCCEEDED:
            print_message("Azure has carried it out.")
            return ExitCode.DONE
        case OperationStatus.UNKNOWN:
            raise CommandError(
                f"nobody can say how it ended: {ended.message}; look at the set", ExitCode.HALTED
            )
    words = f"Azure could not carry it out ({ended.code or ended.status}): {ended.message}"
    raise CommandError(
        f"{words}; the model says what was wanted, the instances may not", ExitCode.HALTED
    )


def _print_model(found: ScaleSet) -> None:
    image = found.image.title if found.image else None
    for name, value in (
        ("scale set", found.id.short),
        ("id", found.id.resource_id),
        ("location", found.location),
        ("orchestration", found.orchestration),
        ("capacity", found.capacity),
        ("VM size", found.vm_size),
        ("image", image),
        ("zones", " ".join(found.zones) or None),
        ("overprovision", found.overprovision),
        ("admin user", found.admin_user),
        ("name prefix", found.name_prefix),
        ("health signal", "yes" if found.has_health_source else "none"),
        ("owner", found.owner),
        ("etag", found.etag),
    ):
        if value is not None:
            print_line(f"{name:<21} {value}")
    settings = current_settings(found.raw)
    for setting in SETTINGS:
        if words := settings[setting.field]:
            print_line(f"{setting.title:<21} {words}")

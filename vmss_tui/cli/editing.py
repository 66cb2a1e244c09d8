"""`model`: shows the model, or edits it with the difference shown first."""

import click

from vmss_tui.cli import choices, shapes
from vmss_tui.cli.asking import confirm, show_target
from vmss_tui.cli.exits import Exit
from vmss_tui.cli.options import global_options
from vmss_tui.cli.printing import out, out_json, say
from vmss_tui.cli.reading import seat_for
from vmss_tui.fleet.edit import Edit
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.runtime.permission import refuse_not_manual


@click.command("model")
@click.argument("scale_set")
@choices.whole_model
@click.option("--yes", "-y", is_flag=True, help="Agree beforehand.")
@click.option("--json", "as_json", is_flag=True, help="A JSON document.")
@global_options
@click.pass_context
def model_command(ctx: click.Context, scale_set: str, edit: Edit, yes: bool, as_json: bool) -> Exit:
    """Show the model, or edit it. Instances change only when they are upgraded."""
    seat = seat_for(ctx)
    cockpit = seat.cockpit
    found = cockpit.read_model(seat.scale_set(scale_set))
    if not edit:
        if as_json:
            out_json(shapes.scale_set(found))
        else:
            _print_model(found)
        return Exit.DONE
    wanted = cockpit.change(found, edit)
    if not wanted:
        say("Nothing would change: the model says that already.")
        if as_json:
            out_json(shapes.change(wanted, None))
        return Exit.DONE
    refuse_not_manual(found, wanted)
    show_target(found.id, cockpit.context, say)
    for line in wanted.lines:
        say(f"{line.path}: {line.old or '–'} → {line.new or '–'}")
    say(wanted.consequence)
    say(wanted.az)
    confirm(cockpit.permission, found.id, easy=False, yes=yes)
    saved = cockpit.save(found, wanted)
    if as_json:
        out_json(shapes.change(wanted, saved.words))
    else:
        say(f"Done: {saved.words}.")
    return Exit.DONE


def _print_model(found: ScaleSet) -> None:
    image = found.image.title if found.image else None
    for name, value in (
        ("scale set", found.id.short),
        ("id", found.id.resource_id),
        ("location", found.location),
        ("orchestration", found.orchestration),
        ("upgrade policy", found.policy_mode),
        ("capacity", found.capacity),
        ("VM size", found.vm_size),
        ("image", image),
        ("zones", " ".join(found.zones) or None),
        ("overprovision", found.overprovision),
        ("admin user", found.admin_user),
        ("name prefix", found.name_prefix),
        ("health signal", "yes" if found.has_health_source else "none"),
        ("automatic OS upgrade", "on" if found.automatic_os_upgrade else "off"),
        ("automatic repairs", "on" if found.automatic_repairs else "off"),
        ("owner", found.owner),
        ("etag", found.etag),
    ):
        if value is not None:
            out(f"{name:<21} {value}")

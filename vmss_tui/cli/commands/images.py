"""`images`: what can be chosen for a set's model, for eyes and for scripts."""

from datetime import UTC, datetime

import click

from vmss_tui.cli.commands.scale_sets import seat_for
from vmss_tui.cli.json_output import images as image_shapes
from vmss_tui.cli.options import global_options
from vmss_tui.cli.options_run import MODEL_OPTIONS, combined_options
from vmss_tui.cli.output import print_line, print_json, show_progress, print_message, print_table
from vmss_tui.errors import ExitCode
from vmss_tui.fleet.image import Image, ImageKind, family_title, same_family
from vmss_tui.fleet.image_offers import (
    CatalogueList,
    ImageVersions,
    OwnImage,
    count_running_versions,
)
from vmss_tui.fleet.model_edit.edit import Edit, InvalidEdit
from vmss_tui.fleet.model_edit.image import requested_image
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.runtime.session import Services

_LISTS = ("versions", "publishers", "offers", "skus", "own", "sizes")
_IMAGE = {name: MODEL_OPTIONS[name] for name in MODEL_OPTIONS if name not in ("image_uri", "vm_size")}


@click.command("images")
@click.argument("scale_set")
@combined_options("edit", _IMAGE, Edit, _IMAGE.values())
@click.option(
    "--list",
    "what",
    type=click.Choice(_LISTS),
    default="versions",
    help="What to list: `own` are managed images and those of the subscription's galleries.",
)
@click.option("--json", "as_json", is_flag=True, help="A JSON document.")
@global_options
@click.pass_context
def images_command(
    ctx: click.Context, scale_set: str, edit: Edit, what: str, as_json: bool
) -> ExitCode:
    """List the versions of the set's image, newest first, or of the image that options name."""
    seat = seat_for(ctx)
    cockpit, at = seat.services, seat.scale_set_id(scale_set)
    try:
        if what == "versions":
            _versions(cockpit, cockpit.queries.observe(at), edit, as_json)
        else:
            _names(cockpit, cockpit.queries.observe(at), edit, what, as_json)
    finally:
        show_progress("")
    return ExitCode.DONE


def _versions(cockpit: Services, snapshot: Snapshot, edit: Edit, as_json: bool) -> None:
    scale_set = snapshot.scale_set
    image = requested_image(scale_set.image, edit)
    found = cockpit.images.read_versions(scale_set, image, show_progress)
    mine = scale_set.image if same_family(scale_set.image, found.image) else None
    counts = count_running_versions(snapshot, found.image)
    if as_json:
        print_json(image_shapes.image_versions_json(scale_set, found, mine, counts))
        return
    show_progress("")
    _head(found, mine)
    if not found.versions:
        kind = found.image.kind if image else "set without an image"
        print_message(f"A {kind} has no versions: `--list own` lists the images of this subscription.")
        return
    now = datetime.now(UTC)
    print_table(
        ("VERSION", "PUBLISHED", "INSTANCES", "REMARKS"),
        (
            (
                each.name,
                f"{each.published_at:%Y-%m-%d}" if each.published_at else "",
                counts.get(each.name, ""),
                ", ".join(
                    (
                        *(["the model"] if mine and mine.version == each.name else []),
                        *(["latest"] if each.name == found.newest else []),
                        *each.remarks(found.region, now),
                    )
                ),
            )
            for each in found.versions
        ),
        numbers={"INSTANCES"},
    )


def _head(found: ImageVersions, mine: Image | None) -> None:
    kinds = " ".join(filter(None, (found.generation, found.architecture)))
    print_line(f"image  {family_title(found.image)}  {found.region}  {kinds}".rstrip())
    if mine is not None and found.versions:
        print_line(f"model  {found.describe_version(mine.version)}")
    print_line(f"read   {found.taken_at:%H:%M:%S} UTC")
    print_line()


def _names(cockpit: Services, snapshot: Snapshot, edit: Edit, what: str, as_json: bool) -> None:
    scale_set, catalogue = snapshot.scale_set, cockpit.images.catalogue
    listed: CatalogueList[str] | CatalogueList[OwnImage]
    match what:
        case "publishers":
            listed = catalogue.list_publishers(scale_set, show_progress)
        case "offers":
            listed = catalogue.list_offers(
                scale_set, _part(scale_set.image, edit, "publisher"), show_progress
            )
        case "skus":
            publisher, offer = (
                _part(scale_set.image, edit, part) for part in ("publisher", "offer")
            )
            listed = catalogue.list_skus(scale_set, publisher, offer, show_progress)
        case "own":
            listed = catalogue.list_own_images(scale_set, show_progress)
        case _:
            listed = catalogue.list_sizes(scale_set, show_progress)
    if as_json:
        print_json(image_shapes.catalogue_list_json(scale_set, what, listed))
        return
    show_progress("")
    for each in listed.items:
        print_line(each if isinstance(each, str) else _own(each, scale_set.location))
    for words in listed.damage:
        print_message(f"Not read: {words}")


def _part(image: Image | None, edit: Edit, part: str) -> str:
    named: str | None = getattr(edit, f"image_{part}")
    if named is None and image is not None and image.kind is ImageKind.PLATFORM:
        named = getattr(image, part)
    if not named:
        flag = f"--image-{part}"
        raise InvalidEdit(f"image_{part}", f"the model names no {part}: say which with {flag}")
    return named


def _own(found: OwnImage, region: str) -> str:
    kinds = " ".join(filter(None, (found.os, found.generation, found.architecture)))
    elsewhere = "" if found.fits(region) else f"  in {found.region} only"
    return f"{found.image.reference}  {kinds}{elsewhere}".rstrip()

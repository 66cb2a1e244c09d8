"""`images`: lists image versions, images and VM sizes that a model can use."""

from datetime import UTC, datetime

import click

from vmss_tui.cli.error_report import CommandError
from vmss_tui.cli.json_output.images import catalogue_list_json, image_versions_json
from vmss_tui.cli.observation import observe
from vmss_tui.cli.options import GlobalOptions, global_options, pass_options
from vmss_tui.cli.options_run import MODEL_OPTIONS, combined_options
from vmss_tui.cli.output import print_json, print_line, print_message, print_table, show_progress
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
from vmss_tui.gateway import NotFound
from vmss_tui.runtime.session import Services

_LISTS = ("versions", "publishers", "offers", "skus", "own", "sizes")
_OTHER_LISTS = (
    "`--list skus` lists the SKUs of its offer, `--list offers` those of its publisher, "
    "`--list publishers` all publishers"
)
_IMAGE_OPTIONS = {
    name: MODEL_OPTIONS[name] for name in MODEL_OPTIONS if name not in ("image_uri", "vm_size")
}


@click.command("images")
@click.argument("scale_set")
@combined_options("edit", _IMAGE_OPTIONS, Edit, _IMAGE_OPTIONS.values())
@click.option(
    "--list",
    "what",
    type=click.Choice(_LISTS),
    default="versions",
    help="What to list; `own`: managed images and gallery images of the subscription.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@global_options
@pass_options
def images_command(
    options: GlobalOptions, scale_set: str, edit: Edit, what: str, as_json: bool
) -> ExitCode:
    """List the versions of the scale set's image, newest first.

    With options: those of another image.
    """
    connection = options.connect()
    services = connection.services
    snapshot = observe(services, connection.parse_scale_set(scale_set))
    try:
        if what == "versions":
            _print_versions(services, snapshot, edit, as_json)
        else:
            _print_list(services, snapshot, edit, what, as_json)
    finally:
        show_progress("")
    return ExitCode.DONE


def _print_versions(services: Services, snapshot: Snapshot, edit: Edit, as_json: bool) -> None:
    scale_set = snapshot.scale_set
    image = requested_image(scale_set.image, edit)
    try:
        available = services.images.read_versions(scale_set, image, show_progress)
    except NotFound as error:
        show_progress("")
        raise _unknown_image_error(image, scale_set.location, error) from error
    model_image = scale_set.image if same_family(scale_set.image, available.image) else None
    counts = count_running_versions(snapshot, available.image)
    if as_json:
        print_json(image_versions_json(scale_set, available, model_image, counts))
        return
    show_progress("")
    _print_heading(available, model_image)
    if not available.versions:
        print_message(_no_versions_message(image, available.region))
        return
    now = datetime.now(UTC)
    print_table(
        ("VERSION", "PUBLISHED", "INSTANCES", "REMARKS"),
        (
            (
                version.name,
                f"{version.published_at:%Y-%m-%d}" if version.published_at else "",
                counts.get(version.name, ""),
                ", ".join(
                    (
                        *(
                            ["the model"]
                            if model_image and model_image.version == version.name
                            else []
                        ),
                        *(["latest"] if version.name == available.newest else []),
                        *version.remarks(available.region, now),
                    )
                ),
            )
            for version in available.versions
        ),
        numbers={"INSTANCES"},
    )


def _no_versions_message(image: Image | None, region: str) -> str:
    own = "`--list own` lists the images of this subscription"
    if image is None:
        return f"The scale set has no image: {own}."
    if image.kind in (ImageKind.MANAGED, ImageKind.VHD):
        return f"A {image.kind} has no versions: {own}."
    other = _OTHER_LISTS if image.kind is ImageKind.PLATFORM else own
    return f"{region} has no version of {family_title(image)}: {other}."


def _unknown_image_error(image: Image | None, region: str, error: NotFound) -> CommandError:
    """The error where the catalogue does not have the image at all; other lists lead on."""
    if image is None or image.kind is not ImageKind.PLATFORM:
        return CommandError(error.message, error.exit_code)
    return CommandError(
        f"{region} has no image {family_title(image)} ({error.message}): {_OTHER_LISTS}",
        error.exit_code,
    )


def _print_heading(available: ImageVersions, model_image: Image | None) -> None:
    kinds = " ".join(filter(None, (available.generation, available.architecture)))
    print_line(f"image  {family_title(available.image)}  {available.region}  {kinds}".rstrip())
    if model_image is not None and available.versions:
        print_line(f"model  {available.describe_version(model_image.version)}")
    print_line(f"read   {available.taken_at:%H:%M:%S} UTC")
    print_line()


def _print_list(
    services: Services, snapshot: Snapshot, edit: Edit, what: str, as_json: bool
) -> None:
    scale_set, catalogue = snapshot.scale_set, services.images.catalogue
    catalogue_list: CatalogueList[str] | CatalogueList[OwnImage]
    match what:
        case "publishers":
            catalogue_list = catalogue.list_publishers(scale_set, show_progress)
        case "offers":
            catalogue_list = catalogue.list_offers(
                scale_set, _image_part(scale_set.image, edit, "publisher"), show_progress
            )
        case "skus":
            publisher, offer = (
                _image_part(scale_set.image, edit, part) for part in ("publisher", "offer")
            )
            catalogue_list = catalogue.list_skus(scale_set, publisher, offer, show_progress)
        case "own":
            catalogue_list = catalogue.list_own_images(scale_set, show_progress)
        case _:
            catalogue_list = catalogue.list_sizes(scale_set, show_progress)
    if as_json:
        print_json(catalogue_list_json(scale_set, what, catalogue_list))
        return
    show_progress("")
    for item in catalogue_list.items:
        print_line(item if isinstance(item, str) else _describe_image(item, scale_set.location))
    for problem in catalogue_list.damage:
        print_message(f"Not read: {problem}")


def _image_part(image: Image | None, edit: Edit, part: str) -> str:
    """The publisher, offer or SKU to list for: from the options, else from the model's image."""
    value: str | None = getattr(edit, f"image_{part}")
    if value is None and image is not None and image.kind is ImageKind.PLATFORM:
        value = getattr(image, part)
    if not value:
        flag = f"--image-{part}"
        raise InvalidEdit(f"image_{part}", f"the model has no {part}: name one with {flag}")
    return value


def _describe_image(image: OwnImage, region: str) -> str:
    kinds = " ".join(filter(None, (image.os, image.generation, image.architecture)))
    elsewhere = "" if image.fits(region) else f"  in {image.region} only"
    return f"{image.image.reference}  {kinds}{elsewhere}".rstrip()

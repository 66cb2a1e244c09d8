"""Texts of confirmations: an edit of the model, a retry, a revert. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from textual.content import Content

from vmss_tui.fleet.image import version_key
from vmss_tui.fleet.model_edit.change import Change
from vmss_tui.fleet.model_edit.diff import DiffLine
from vmss_tui.fleet.phrases import pluralize, shorten_list
from vmss_tui.fleet.scale_set import Instance
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import AzureContext
from vmss_tui.text import cell
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.drawing.hanging_text import COMMAND_STYLE
from vmss_tui.upgrade.engine.revert import NEWEST_STAYS, RetryPreview, RevertPreview
from vmss_tui.upgrade.report.az_commands import change_command

_LABEL = 14
_MAX_COMMAND_LENGTH = 1200


def describe_change(
    change: Change,
    scale_set: ScaleSetId,
    context: AzureContext,
    subscription: str,
    appearance: Appearance,
) -> Content:
    """An edit of the model: the difference, its consequence, the equivalent `az` command."""
    return Content("\n").join(
        [
            *describe_diff(change.lines, appearance),
            Content(""),
            Content.styled(
                change.consequence, "bold $tone-unhealthy" if change.azure_acts else "bold $accent"
            ),
            Content(""),
            command_content(change_command(change)),
            Content(""),
            *target_lines(scale_set, context, subscription),
        ]
    )


def describe_retry(
    retry: RetryPreview,
    already_upgraded: tuple[str, ...],
    scale_set: ScaleSetId,
    context: AzureContext,
    subscription: str,
) -> Content:
    """The failed instances to upgrade again; the already upgraded ones only get more time."""
    requested_ids = tuple(i for i in retry.instance_ids if i not in already_upgraded)
    lines = [labelled_line("upgrade again", counted_ids(requested_ids))] if requested_ids else []
    if already_upgraded:
        lines.append(labelled_line("observe again", counted_ids(already_upgraded)))
        lines.append(
            labelled_line("", "latest model applied already: no request, only a new timeout")
        )
    if retry.waiting:
        lines.append(labelled_line("then", f"the run continues with {retry.waiting} remaining"))
    return Content("\n").join(
        [*lines, Content(""), *target_lines(scale_set, context, subscription)]
    )


def short_path(path: str) -> str:
    """The path of a property of the model, or a line that begins with one, without the parts that
    nearly all have."""
    return path.removeprefix("properties.").removeprefix("virtualMachineProfile.")


def describe_revert(
    revert: RevertPreview,
    instances: Mapping[str, Instance],
    scale_set: ScaleSetId,
    context: AzureContext,
    subscription: str,
) -> Content:
    """What would be restored from the previous model, and what stays unchanged. `instances` are
    those of the newest reading, by id."""
    lines = [
        Content.styled("The model edit is rolled back:", "bold $accent"),
        *(Content(f"  {cell(short_path(line), 200)}") for line in revert.diff_lines),
        Content(""),
        labelled_line(
            "roll back", counted_ids(revert.instance_ids) if revert.instance_ids else "no instance"
        ),
    ]
    if revert.image_version:
        pinned = (
            f"{cell(revert.image_version, 60)}, which they ran before: `latest` would be the newest"
        )
        lines.append(labelled_line("image", pinned))
    for change in revert.version_changes:
        lines.append(labelled_line("version", cell(str(change), 300)))
    if revert.leaves_newest_image:
        lines.append(labelled_line("image", NEWEST_STAYS))
    if revert.untouched:
        lines.append(labelled_line("not changed", counted_ids(revert.untouched)))
        lines.append(labelled_line("", _versions_text(revert.untouched, instances)))
    return Content("\n").join(
        [*lines, Content(""), *target_lines(scale_set, context, subscription)]
    )


def _versions_text(ids: Iterable[str], instances: Mapping[str, Instance]) -> str:
    """How many of these run each image version: `80 run 1.0.1, 18 run 1.0.2`; newest first."""
    images = (instances[i].image if i in instances else None for i in ids)
    counts = Counter(image.running_version if image else "" for image in images)
    versions = sorted(counts, key=version_key, reverse=True)
    return ", ".join(
        f"{counts[version]} run {cell(version, 40) or 'an unknown version'}" for version in versions
    )


OUTDATED_READING = "the data is old and may have changed since"


def with_cautions(body: Content, *cautions: str) -> Content:
    """The body of a question, preceded by the cautions that are not empty."""
    lines = [
        labelled_line("caution", cell(text, 300)).stylize("bold $tone-unhealthy")
        for text in cautions
        if text
    ]
    return Content("\n").join([*lines, Content(""), body]) if lines else body


def describe_diff(lines: Iterable[DiffLine], appearance: Appearance) -> Iterator[Content]:
    """Two lines for each difference: the path, then old → new."""
    for line in lines:
        path = short_path(line.path)
        yield Content.styled(cell(path, 120), "$quiet")
        yield Content.assemble(
            "  ",
            (cell(line.old if line.old is not None else "(absent)", 160), "$tone-outdated"),
            f" {appearance.sign('to')} ",
            (cell(line.new if line.new is not None else "(absent)", 160), "bold $tone-good"),
        )


def target_lines(
    scale_set: ScaleSetId, context: AzureContext, subscription: str
) -> Iterator[Content]:
    """Scale set, subscription, identity and endpoint of a write; the id in ASCII, so that
    look-alike characters are visible."""
    yield labelled_line("scale set", ascii(scale_set.resource_id)[1:-1])
    yield labelled_line("subscription", cell(subscription, 80))
    identity = [cell(context.principal, 60) or "(principal not known)"]
    identity += [f"tenant {cell(context.tenant_id, 40)}"] if context.tenant_id else []
    yield labelled_line("as", ", ".join(identity))
    demo = " (demo: a simulator, not Azure)" if context.demo else ""
    yield labelled_line("at", f"{cell(context.endpoint, 80)}{demo}")


def command_content(command: str) -> Content:
    """A command line for a confirmation; it is whole, or not shown at all."""
    return Content.styled(short_command(command), COMMAND_STYLE)


def short_command(command: str) -> str:
    """The command line, or a note that it is too long for a dialog: its beginning could be taken
    for the whole."""
    if len(command) <= _MAX_COMMAND_LENGTH:
        return command
    return f"(the command has {len(command)} characters: too long to be shown here)"


def labelled_line(label: str, text: str) -> Content:
    """A line of the form `Label   text`; the label begins with a capital."""
    label = label[:1].upper() + label[1:]
    return Content.assemble((label.ljust(max(_LABEL, len(label) + 2)), "$quiet"), text)


def counted_ids(ids: tuple[str, ...]) -> str:
    """`3 instances: 1 2 5`."""
    return f"{pluralize(len(ids), 'instance', 'instances')}: {list_ids(ids, 8)}"


def list_ids(ids: tuple[str, ...], maximum: int) -> str:
    """The first `maximum` ids, separated by blanks."""
    return cell(shorten_list(ids, maximum), 100)

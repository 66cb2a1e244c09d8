"""Renders an operation for the screen: its confirmation, and the line with its progress."""

from collections.abc import Iterable, Iterator

from textual.content import Content

from vmss_tui.fleet.phrases import pluralize, shorten_list
from vmss_tui.gateway import AzureContext
from vmss_tui.operations.describe import operation_text, present_operation
from vmss_tui.operations.plan import OperationPlan
from vmss_tui.operations.progress import Outcome, Progress, outcome_counts_text
from vmss_tui.text import cell
from vmss_tui.ui.drawing.charts import BarPart, bar
from vmss_tui.ui.drawing.glyphs import Appearance, Tone
from vmss_tui.ui.text.common import command_content, labelled_line, list_ids, target_lines
from vmss_tui.ui.text.operation_effects import availability_bar, loss_lines, undo_lines
from vmss_tui.upgrade.report.rows import InstanceRow, TextRow

_SHOWN_IDS = 40
_SHOWN_LINES = 3


def describe_operation(
    plan: OperationPlan, context: AzureContext, subscription: str, appearance: Appearance
) -> Content:
    """The operation with its instances, effects, `az` commands and target."""
    presentation = present_operation(plan)
    lines = [
        _instances(presentation.instances),
        *_left_out(presentation.left_out),
        *loss_lines(plan),
        *_effects(presentation.effects, plan, appearance),
        *undo_lines(plan),
        Content(""),
        *_commands(presentation.commands),
        Content(""),
        *target_lines(plan.scale_set, context, subscription),
    ]
    return Content("\n").join(lines)


def describe_progress(progress: Progress, appearance: Appearance, width: int) -> Content:
    """The sign, name and bar of an operation and its counts, on one line of `width` cells."""
    failed = progress.ids(Outcome.FAILED, Outcome.UNSETTLED)
    sign, tone = "half", "moving"
    if failed:
        sign, tone = "problem", "failed"
    elif progress.is_over:
        sign, tone = "check", "good"
    style = f"bold $tone-{tone}"
    title = f" {appearance.sign(sign)} {operation_text(progress.plan)} "
    left = Content.assemble((title, style), " ")
    counts = outcome_counts_text(progress)
    right = Content.styled(cell(counts, max(10, width - left.cell_length - 2)), "")
    bar_width = min(40, width - left.cell_length - right.cell_length - 2)
    if bar_width < 8:
        return Content.assemble(left, right)
    return Content.assemble(left, _bar(progress, appearance, bar_width), "  ", right)


def _bar(progress: Progress, appearance: Appearance, width: int) -> Content:
    """Instances that are done, in progress, failed and waiting, in that order."""
    outcomes = (
        (Tone.GOOD, (Outcome.DONE, Outcome.GONE)),
        (Tone.MOVING, (Outcome.IN_PROGRESS,)),
        (Tone.FAILED, (Outcome.FAILED, Outcome.UNSETTLED)),
        (None, (Outcome.WAITING,)),
    )
    parts = [BarPart(len(progress.ids(*outcome)), tone) for tone, outcome in outcomes]
    return bar(parts, width, appearance.glyphs)


def _instances(row: InstanceRow) -> Content:
    label, _, _ = row.label.partition(" from ")
    ids = shorten_list(row.instance_ids, _SHOWN_IDS, rest=" … and {more} more")
    count = pluralize(len(row.instance_ids), "instance", "instances")
    return labelled_line(label, f"{count}: {cell(ids, 600)}")


def _left_out(rows: Iterable[InstanceRow]) -> Iterator[Content]:
    for row in rows:
        ids = list_ids(row.instance_ids, 8)
        yield labelled_line(row.label, f"{len(row.instance_ids)} {row.text}: {ids}")


def _effects(
    rows: Iterable[TextRow], plan: OperationPlan, appearance: Appearance
) -> Iterator[Content]:
    for row in rows:
        if row.is_caution:
            text = f"{row.label.capitalize():<14}{cell(row.text, 300)}"
            yield Content.styled(text, "bold $tone-unhealthy")
        else:
            yield labelled_line(row.label, row.text)
        if row.label == "available" and plan.serving:
            yield availability_bar(plan.serving_during, plan.serving, appearance)


def _commands(commands: tuple[str, ...]) -> Iterator[Content]:
    for command in commands[:_SHOWN_LINES]:
        yield command_content(command)
    if (more := len(commands) - _SHOWN_LINES) > 0:
        yield Content.styled(f"… and {more} more lines, one for each instance", "$quiet")

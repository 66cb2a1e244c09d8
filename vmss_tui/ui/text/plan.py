"""Renders a plan for the screen: in full for its confirmation, shorter while it is set up."""

from collections.abc import Iterable, Iterator

from textual.content import Content

from vmss_tui.fleet.phrases import pluralize
from vmss_tui.gateway import AzureContext
from vmss_tui.text import cell
from vmss_tui.ui.text.common import (
    counted_ids,
    labelled_line,
    list_ids,
    short_command,
    target_lines,
)
from vmss_tui.upgrade.plan.plan import Batch, Plan
from vmss_tui.upgrade.report.estimate import BatchPace
from vmss_tui.upgrade.report.plan_presentation import PlanPresentation, present_plan
from vmss_tui.upgrade.report.rows import AnyRow, InstanceRow, TextRow

_SHOWN_BATCHES = 40


def describe_plan(
    plan: Plan, context: AzureContext, subscription: str, pace: BatchPace | None = None
) -> Content:
    """The plan with its batches, limits and target. `pace` is that of earlier batches."""
    presentation = present_plan(plan, pace)
    lines = [
        labelled_line("upgrade", presentation.size),
        *_target_image(presentation),
        *_cautions(presentation.cautions),
        *_model_edit(presentation),
        Content(""),
        *_batches(presentation.batches),
        *_left_out(presentation.left_out),
        Content(""),
        labelled_line("availability", presentation.availability),
        labelled_line("estimated", cell(presentation.duration, 120)),
        *_limits(presentation.limits),
        Content(""),
        *target_lines(plan.scale_set, context, subscription),
    ]
    return Content("\n").join(lines)


def describe_plan_briefly(plan: Plan, pace: BatchPace | None) -> Content:
    """The plan without its batches and limits, which are shown beside it."""
    presentation = present_plan(plan, pace)
    size = f"{presentation.size}, largest batch {presentation.largest_batch}"
    lines = [
        labelled_line("upgrade", size),
        *_target_image(presentation),
        labelled_line("availability", presentation.availability),
        labelled_line("estimated", cell(presentation.duration, 120)),
        *_left_out(presentation.left_out),
        *_cautions(presentation.cautions),
        *_model_edit(presentation),
    ]
    return Content("\n").join(lines)


def _target_image(presentation: PlanPresentation) -> Iterator[Content]:
    if presentation.target_image:
        yield labelled_line("target image", cell(presentation.target_image, 160))


def _batches(batches: tuple[Batch, ...]) -> Iterator[Content]:
    width = len(str(len(batches)))
    row_width = max((len(batch.row) for batch in batches), default=0)
    for number, batch in enumerate(batches[:_SHOWN_BATCHES], 1):
        yield Content.assemble(
            (f"  {number:>{width}}  ", "$quiet"),
            (f"{cell(batch.row, 60):<{min(row_width, 60)}}", "bold"),
            f"  {len(batch.instance_ids):>4}  ",
            (list_ids(batch.instance_ids, 12), "$quiet"),
        )
    if (more := len(batches) - _SHOWN_BATCHES) > 0:
        yield Content.styled(f"  … and {pluralize(more, 'more batch', 'more batches')}", "$quiet")


def _left_out(rows: Iterable[InstanceRow]) -> Iterator[Content]:
    for row in rows:
        reason = row.text.replace("include with --include-stopped", "R: Include stopped")
        yield Content.assemble(
            (f"  {row.label}  ", "$quiet"),
            f"{len(row.instance_ids)} {reason}  ",
            (list_ids(row.instance_ids, 8), "$quiet"),
        )


def _model_edit(presentation: PlanPresentation) -> Iterator[Content]:
    if presentation.model_edit is None:
        return
    yield Content("")
    yield Content.styled("Model edit before the first batch:", "bold $accent")
    for line in presentation.model_edit:
        yield Content.assemble("  ", (cell(line.removeprefix("properties."), 200), ""))


def _limits(rows: Iterable[AnyRow]) -> Iterator[Content]:
    for row in rows:
        if isinstance(row, InstanceRow):
            yield labelled_line(row.label, counted_ids(row.instance_ids))
        else:
            command = f"{short_command(row.command)} " if row.command else ""
            yield labelled_line(row.label, f"{command}{cell(row.text, 300)}")


def _cautions(rows: Iterable[TextRow]) -> Iterator[Content]:
    for row in rows:
        yield labelled_line(row.label, cell(row.text, 300)).stylize("bold $tone-unhealthy")

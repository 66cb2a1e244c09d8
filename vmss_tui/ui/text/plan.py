"""Renders a plan for its confirmation on the screen."""

from collections.abc import Iterable, Iterator

from textual.content import Content

from vmss_tui.fleet.phrases import pluralize
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.fleet.state_groups import StateGroup, count_groups
from vmss_tui.gateway import AzureContext
from vmss_tui.text import cell
from vmss_tui.ui.drawing.charts import BarPart, bar, share_columns
from vmss_tui.ui.drawing.glyphs import Appearance, Tone
from vmss_tui.ui.drawing.themes import TONES
from vmss_tui.ui.text.common import (
    command_content,
    counted_ids,
    labelled_line,
    list_ids,
    short_command,
    short_path,
    target_lines,
)
from vmss_tui.upgrade.plan.plan import Batch, Plan
from vmss_tui.upgrade.report.az_commands import model_update_command, update_instances_command
from vmss_tui.upgrade.report.estimate import BatchPace
from vmss_tui.upgrade.report.plan_presentation import PlanPresentation, present_plan
from vmss_tui.upgrade.report.rows import AnyRow, InstanceRow, TextRow

_SHOWN_BATCHES = 40
_BAR = 52


def describe_plan(
    plan: Plan,
    snapshot: Snapshot,
    context: AzureContext,
    subscription: str,
    appearance: Appearance,
    pace: BatchPace | None = None,
    checks: Iterable[TextRow] = (),
) -> Content:
    """The plan with its batches, limits, target and commands; `snapshot` is what it was made of,
    `pace` that of earlier batches, and `checks` what was checked before."""
    problems = [row for row in checks if row.is_caution]
    others = [row for row in checks if not row.is_caution]
    presentation = present_plan(plan, pace)
    at_once, available, limit = availability(plan)
    several = len(plan.batches) > 1
    lines = [
        *([labelled_line("Instances", presentation.size)] if several else _only_batch(plan)),
        *_target_image(plan, appearance),
        *_method(plan),
        *_cautions(problems),
        *_cautions(presentation.cautions),
        *_model_edit(presentation),
        *([Content(""), *_batches(presentation.batches)] if several else []),
        *_left_out(presentation.left_out),
        Content(""),
        Content.assemble(labelled_line("Available", at_once), (available, "bold"), f" ({limit})"),
        *_availability_bar(plan, snapshot, appearance),
        Content(""),
        *_limits(presentation.limits),
        *_roll_back(plan),
        labelled_line("Estimated", cell(presentation.duration, 120)),
        *(labelled_line(row.label, cell(row.text, 300)) for row in others),
        Content(""),
        *target_lines(plan.scale_set, context, subscription),
        Content(""),
        *_commands(plan),
    ]
    return Content("\n").join(lines)


def availability(plan: Plan) -> tuple[str, str, str]:
    """`10 at a time: `, `at least 90 of 100` while nothing else becomes unavailable, and apart from
    both the limit: `stops if more than 20 are unavailable`."""
    unhealthy, stopped = frozenset(plan.unhealthy_at_start), frozenset(plan.stopped)
    upgraded = [frozenset(batch.instance_ids) for batch in plan.batches]
    running = plan.running_at_start
    least = max(0, running - max((len((ids - stopped) | unhealthy) for ids in upgraded), default=0))
    largest = max(map(len, upgraded), default=0)
    at_once = f"{largest} at a time" if len(upgraded) > 1 else f"{largest} at once"
    limit = f"stops if more than {plan.unavailable_budget} are unavailable"
    return f"{at_once}: ", f"at least {least} of {running}", limit


def _target_image(plan: Plan, appearance: Appearance) -> Iterator[Content]:
    """The version that the instances run, where it is one, and the image that they get."""
    target = cell(plan.target_image or "", 160)
    if not target:
        return
    image, _, version = target.rpartition(" ")
    running = sorted(set(plan.image_versions.values()))
    old = f"{cell(running[0], 40)} {appearance.sign('to')} " if len(running) == 1 else ""
    yield Content.assemble(labelled_line("Image", old), (version, "bold"))
    if image:
        yield labelled_line("", image)


def _method(plan: Plan) -> Iterator[Content]:
    """What Azure does to each instance, and what is lost by it."""
    _, _, version = (plan.target_image or "").rpartition(" ")
    if not version[:1].isdigit() or not plan.image_versions:
        yield labelled_line("Method", "Azure applies the latest model to each VM")
        yield labelled_line("", "A changed image replaces its OS disk; data disks stay")
    elif any(running != version for running in plan.image_versions.values()):
        yield labelled_line("Method", "Azure replaces the OS disk and restarts each VM")
        lost = "OS and temporary disks are lost; data disks stay"
        yield Content.assemble(labelled_line("", ""), (lost, "$tone-unhealthy"))
    else:
        yield labelled_line("Method", "Azure applies the latest model to each VM")


def _roll_back(plan: Plan) -> Iterator[Content]:
    """That a run which does not edit the model cannot be rolled back."""
    if plan.edit is None or not plan.edit.undo:
        yield labelled_line("Roll back", "not possible: the run keeps no earlier model")


def _only_batch(plan: Plan) -> Iterator[Content]:
    """The instances on one line: the question leaves as much of the heat map free as it can."""
    for batch in plan.batches:
        yield _batch_line("Instances", cell(batch.row, 60), batch.instance_ids)


def _batch_line(label: str, name: str, ids: tuple[str, ...]) -> Content:
    return Content.assemble(
        labelled_line(label, ""), (name, "bold"), f"  {len(ids):>4}  ",
        (list_ids(ids, 12), "$quiet"),
    )  # fmt: skip


def _batches(batches: tuple[Batch, ...]) -> Iterator[Content]:
    row_width = min(60, max((len(batch.row) for batch in batches), default=0))
    for number, batch in enumerate(batches[:_SHOWN_BATCHES], 1):
        name = f"{cell(batch.row, 60):<{row_width}}"
        yield _batch_line(f"Batch {number}", name, batch.instance_ids)
    if (more := len(batches) - _SHOWN_BATCHES) > 0:
        text = f"… and {pluralize(more, 'more batch', 'more batches')}"
        yield Content.styled(labelled_line("", text).plain, "$quiet")


def _availability_bar(plan: Plan, snapshot: Snapshot, appearance: Appearance) -> Iterator[Content]:
    """All instances by their states, those of the largest batch as being upgraded; below them,
    how many these are."""
    largest = max(plan.batches, key=lambda batch: len(batch.instance_ids))
    upgraded = frozenset(largest.instance_ids)
    rest = count_groups(i.state for i in snapshot.instances if i.instance_id not in upgraded)
    good = rest.pop(StateGroup.LATEST_MODEL)
    parts = [BarPart(good, Tone.GOOD), BarPart(len(upgraded), Tone.MOVING)]
    parts += [BarPart(count, TONES[group]) for group, count in rest.items()]
    label = labelled_line("", "")
    yield Content.assemble(label, bar(parts, _BAR, appearance.glyphs))
    before = share_columns([part.amount for part in parts], _BAR)[0]
    text = f"these {len(upgraded)}" if len(plan.batches) == 1 else f"{len(upgraded)} at a time"
    sign = appearance.sign("rising")
    yield Content.assemble(label, " " * before, (f"{sign} {text}", "$tone-moving"))


def _commands(plan: Plan) -> Iterator[Content]:
    """The `az` commands with the same effect, of several batches the first."""
    if plan.edit is not None:
        yield command_content(model_update_command(plan.scale_set, plan.edit.body))
    yield command_content(update_instances_command(plan.scale_set, plan.batches[0].instance_ids))
    if (more := len(plan.batches) - 1) > 0:
        text = f"… and the same for {pluralize(more, 'more batch', 'more batches')}"
        yield Content.styled(text, "$quiet")


def _left_out(rows: Iterable[InstanceRow]) -> Iterator[Content]:
    for row in rows:
        reason = row.text.replace("include with --include-stopped", "R: Include stopped")
        yield Content.assemble(
            labelled_line(row.label, f"{len(row.instance_ids)} {reason}  "),
            (list_ids(row.instance_ids, 8), "$quiet"),
        )


def _model_edit(presentation: PlanPresentation) -> Iterator[Content]:
    if presentation.model_edit is None:
        return
    yield Content("")
    yield Content.styled("Model edit before the first batch:", "bold $accent")
    for line in presentation.model_edit:
        yield Content.assemble("  ", (cell(short_path(line), 200), ""))


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

"""What a plan says of itself: whole, to be confirmed, and shorter while it is set up. Pure."""

import shlex
from collections import defaultdict
from collections.abc import Iterator

from textual.content import Content

from vmss_tui.fleet.phrases import pluralize
from vmss_tui.gateway import AzureContext
from vmss_tui.text import cell, redact_arguments
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.text.common import counted_ids, labelled_line, list_ids, target_lines
from vmss_tui.upgrade.plan.plan import LeftOutReason, Plan
from vmss_tui.upgrade.report.estimate import BatchPace, describe_expected_duration
from vmss_tui.upgrade.report.sentences import duration_text

_SHOWN_BATCHES = 40


def plan_words(
    plan: Plan,
    context: AzureContext,
    subscription: str,
    look: Appearance,
    pace: BatchPace | None = None,
) -> Content:
    """A plan, complete enough to say yes to. `pace` is what earlier batches took."""
    policy = plan.policy
    lines = [
        labelled_line("upgrade", _size(plan)),
        *(_caution(words) for words in plan.cautions),
        *_edit(plan, look),
        Content(""),
        *_batches(plan),
        *_left_out(plan),
        Content(""),
        labelled_line("serving", f"{_serving(plan)}, {plan.unavailable_budget} down at most"),
        labelled_line("takes", cell(describe_expected_duration(plan, pace), 120)),
    ]
    if plan.unhealthy_at_start:
        lines.append(labelled_line("sick before", counted_ids(plan.unhealthy_at_start)))
    most = policy.max_new_failures
    halts = "the first failure" if most == 1 else f"{most} failures"
    lines.append(labelled_line("halts at", f"{halts}, or a spent budget, or a changed model"))
    for label, words in _waits(plan):
        lines.append(labelled_line(label, words))
    return Content("\n").join(
        [*lines, Content(""), *target_lines(plan.scale_set, context, subscription)]
    )


def plan_summary(plan: Plan, look: Appearance, pace: BatchPace | None) -> Content:
    """What a person watches while the policy is edited; the heatmap beside it has the batches."""
    return Content("\n").join(
        [
            labelled_line("upgrade", f"{_size(plan)}, the largest of {_largest(plan)}"),
            labelled_line("serving", _serving(plan)),
            labelled_line("takes", cell(describe_expected_duration(plan, pace), 120)),
            *_left_out(plan),
            *(_caution(words) for words in plan.cautions),
            *_edit(plan, look),
        ]
    )


def _size(plan: Plan) -> str:
    count, cut = len(plan.instance_ids), len(plan.batches)
    many = pluralize(count, "instance", "instances")
    return f"{many} in {pluralize(cut, 'batch', 'batches')}"


def _largest(plan: Plan) -> int:
    return max(len(batch.instance_ids) for batch in plan.batches)


def _serving(plan: Plan) -> str:
    """The capacity floor: what stays up whatever happens by our choice."""
    floor = max(0, plan.running_at_start - plan.unavailable_budget)
    return f"at least {floor} of {plan.running_at_start} running stay up"


def _batches(plan: Plan) -> Iterator[Content]:
    width = len(str(len(plan.batches)))
    row_width = max((len(batch.row) for batch in plan.batches), default=0)
    for number, batch in enumerate(plan.batches[:_SHOWN_BATCHES], 1):
        yield Content.assemble(
            (f"  {number:>{width}}  ", "$quiet"),
            (f"{cell(batch.row, 60):<{min(row_width, 60)}}", "bold"),
            f"  {len(batch.instance_ids):>4}  ",
            (list_ids(batch.instance_ids, 12), "$quiet"),
        )
    if (more := len(plan.batches) - _SHOWN_BATCHES) > 0:
        yield Content.styled(f"  … and {pluralize(more, 'more batch', 'more batches')}", "$quiet")


def _left_out(plan: Plan) -> Iterator[Content]:
    reasons: dict[LeftOutReason, list[str]] = defaultdict(list)
    for left in plan.left_out:
        reasons[left.reason].append(left.instance_id)
    for why, ids in reasons.items():
        words = why.replace("--include-stopped", "R, its field stopped too,")
        yield Content.assemble(
            ("  left out  ", "$quiet"), f"{len(ids)} {words}  ", (list_ids(tuple(ids), 8), "$quiet")
        )


def _edit(plan: Plan, look: Appearance) -> Iterator[Content]:
    if plan.edit is None:
        return
    yield Content("")
    yield Content.styled("First the model is edited:", "bold $accent")
    for line in plan.edit.lines:
        yield Content.assemble("  ", (cell(line.removeprefix("properties."), 200), ""))


def _waits(plan: Plan) -> Iterator[tuple[str, str]]:
    policy = plan.policy
    yield "healthy for", f"{duration_text(policy.min_healthy_time)} before a batch counts as done"
    if policy.pause_time_between_batches:
        yield "pause", f"{duration_text(policy.pause_time_between_batches)} between batches"
    if policy.canary:
        yield "canary", f"{policy.canary} in a first batch of their own"
    if policy.gate:
        asked = f"{shlex.join(redact_arguments(policy.gate))} before each batch and after the last"
        yield "gate", cell(f"{asked}, {duration_text(policy.gate_timeout)} at most", 300)
    if policy.checkpoints:
        yield "holds at", ", ".join(f"{percent}%" for percent in policy.checkpoints)


def _caution(words: str) -> Content:
    return labelled_line("caution", cell(words, 300)).stylize("bold $tone-unhealthy")

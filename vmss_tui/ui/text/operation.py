"""What the confirmation of an operation says, and the line that follows it. Pure."""

from collections import defaultdict
from collections.abc import Iterator

from textual.content import Content

from vmss_tui.gateway import AzureContext
from vmss_tui.operations.describe import describe_effects, operation_text
from vmss_tui.operations.plan import OperationPlan
from vmss_tui.operations.progress import Outcome, Progress, outcome_counts_text
from vmss_tui.text import cell
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.text.common import labelled_line, list_ids, target_lines
from vmss_tui.upgrade.report import az_commands as az

_SHOWN_IDS = 40
_SHOWN_LINES = 3


def operation_words(plan: OperationPlan, context: AzureContext, subscription: str) -> Content:
    """Who, what is left out, what it means, the command that does the same, where and as whom."""
    verb, _, _ = operation_text(plan).partition(" from ")
    lines = [
        labelled_line(verb, f"{len(plan.instance_ids)}: {_ids(plan.instance_ids)}"),
        *_left_out(plan),
        *(_meaning(label, words) for label, words in describe_effects(plan)),
        Content(""),
        *_az(plan),
        Content(""),
        *target_lines(plan.scale_set, context, subscription),
    ]
    return Content("\n").join(lines)


def headline(progress: Progress, look: Appearance, width: int) -> Content:
    """How far it is: a bar and the counts; what went wrong stands out."""
    plan = progress.plan
    bad = progress.ids(Outcome.FAILED, Outcome.UNSETTLED)
    style = "$tone-failed" if bad else "$tone-good" if progress.is_over else "$tone-moving"
    left = Content.assemble((f" {operation_text(plan)} ", f"bold {style}"), " ")
    words = outcome_counts_text(progress)
    if not progress.answered:
        words = f"{words} · Azure's answer was lost: looking, not sending again"
    right = Content.styled(cell(words, max(10, width - left.cell_length - 2)), "")
    room = min(40, width - left.cell_length - right.cell_length - 2)
    bar = _bar(progress, look, room) if room >= 8 else Content("")
    return Content.assemble(left, bar, "  " if room >= 8 else "", right)


def _bar(progress: Progress, look: Appearance, width: int) -> Content:
    total = max(1, len(progress.members))
    done = width * len(progress.ids(Outcome.DONE, Outcome.GONE)) // total
    bad = -(-width * len(progress.ids(Outcome.FAILED, Outcome.UNSETTLED)) // total)
    moving = -(-width * len(progress.ids(Outcome.IN_PROGRESS)) // total)
    bad = min(bad, width - done)
    moving = min(moving, width - done - bad)
    return Content.assemble(
        (look.sign("full") * done, "$tone-good"),
        (look.sign("problem") * bad, "$tone-unhealthy"),
        (look.sign("moving") * moving, "$tone-moving"),
        (look.sign("empty") * (width - done - bad - moving), "$quiet"),
    )


def _left_out(plan: OperationPlan) -> Iterator[Content]:
    reasons: dict[str, list[str]] = defaultdict(list)
    for each in plan.omitted:
        reasons[str(each.reason)].append(each.instance_id)
    for why, ids in reasons.items():
        yield labelled_line("left out", f"{len(ids)} {why}: {list_ids(tuple(ids), 8)}")


def _meaning(label: str, words: str) -> Content:
    if label == "caution":
        return Content.styled(f"{label:<14}{cell(words, 300)}", "bold $tone-unhealthy")
    return labelled_line(label, words)


def _az(plan: OperationPlan) -> Iterator[Content]:
    lines = az.operation_commands(
        plan.scale_set, plan.kind, plan.protection_scope, plan.instance_ids
    )
    for line in lines[:_SHOWN_LINES]:
        yield Content.styled(cell(line, 600), "$quiet")
    if (more := len(lines) - _SHOWN_LINES) > 0:
        yield Content.styled(f"… and {more} lines more, one for each instance", "$quiet")


def _ids(ids: tuple[str, ...]) -> str:
    more = f" … and {len(ids) - _SHOWN_IDS} more" if len(ids) > _SHOWN_IDS else ""
    return cell(" ".join(ids[:_SHOWN_IDS]) + more, 600)

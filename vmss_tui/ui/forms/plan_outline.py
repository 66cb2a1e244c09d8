"""What a plan would do, in a narrow panel beside the form that makes it. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from textual.content import Content

from vmss_tui.fleet.model_edit.upgrade_settings import value_at
from vmss_tui.fleet.phrases import pluralize
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.text import cell
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.drawing.hanging_text import hang_lines
from vmss_tui.ui.instances.plan_overlay import batch_style
from vmss_tui.ui.text.plan import availability
from vmss_tui.upgrade.plan.plan import LeftOutReason, Plan
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.report.estimate import BatchPace
from vmss_tui.upgrade.report.preflight_rows import PENDING_ROWS
from vmss_tui.upgrade.report.rows import TextRow
from vmss_tui.upgrade.report.sentences import duration_text
from vmss_tui.upgrade.report.verdict_text import bake_text, verdict_rule, verdict_title

_LABEL = 10
_VERSION_PATH = "properties.virtualMachineProfile.storageProfile.imageReference.version"
_MAX_BAR = 20
_WIDE = 48
"""Columns from which the rows have their explanations."""
_HEAD_BATCHES = 3
_TAIL_BATCHES = 1
"""Batches shown at the beginning and at the end of a plan that has too many."""
_CHECK_LABELS = {
    "refused": "Refused",
    "caution": "Caution",
    "not checked": "Unchecked",
    "checks": "Checks",
    "checked": "Checked",
}
_LEFT_OUT = {
    LeftOutReason.CURRENT: "on latest model",
    LeftOutReason.PROTECTED: "protected from scale set actions",
    LeftOutReason.NOT_RUNNING: "not running",
    LeftOutReason.UNDETERMINED: "model not reported",
    LeftOutReason.ATTACHED: "attached VMs",
    LeftOutReason.SKIP_UPGRADE: "reporting SkipUpgrade",
    LeftOutReason.BUSY: "busy with another operation",
}


def approval_points(plan: Plan) -> dict[int, tuple[int, int]]:
    """Number of the batch after which the run waits for approval -> the checkpoint, and the
    percentage of the plan that is upgraded by then. Checkpoints that fall together are one."""
    total = len(plan.instance_ids)
    points: dict[int, tuple[int, int]] = {}
    left = list(plan.policy.checkpoints)
    done = 0
    for number, batch in enumerate(plan.batches[:-1], 1):
        done += len(batch.instance_ids)
        while left and done * 100 >= left[0] * total:
            points[number] = (left.pop(0), round(done * 100 / total))
    return points


def skipped_text(plan: Plan) -> str:
    """`2 on latest model, 1 not running`; empty where every instance is planned."""
    counts = Counter(instance.reason for instance in plan.left_out)
    return ", ".join(f"{number} {_LEFT_OUT[reason]}" for reason, number in counts.items())


def plan_outline(
    plan: Plan,
    pace: BatchPace | None,
    scale_set: ScaleSet,
    appearance: Appearance,
    now: datetime,
    size: tuple[int, int],
    checks: Sequence[TextRow] = (),
) -> Content:
    """Batches with their approvals, availability, time, image, limits and what was checked, for
    columns x lines."""
    width, height = size
    problems = [row for row in checks if row.is_caution]
    facts_rows = _facts(plan, pace, scale_set, appearance, now, width)
    rows = Content("\n").join([*_problem_rows(problems), *facts_rows, *_check_rows(checks)])
    facts = hang_lines(rows, max(1, width), _LABEL)
    lines = facts.plain.count("\n") + 1
    batches = list(_batches(plan, appearance, width, max(0, height - lines)))
    return Content("\n").join([*batches, facts])


def _batches(plan: Plan, appearance: Appearance, width: int, height: int) -> Iterator[Content]:
    points = approval_points(plan)
    count = len(plan.batches)
    largest = max((len(batch.instance_ids) for batch in plan.batches), default=1)
    row_width = min(16, max((len(batch.row) for batch in plan.batches), default=0))
    number_width = len(str(count))
    fits = count + len(points) <= max(height, _HEAD_BATCHES + _TAIL_BATCHES + 1)
    bar_room = min(_MAX_BAR, width - number_width - row_width - 16)
    for number, batch in enumerate(plan.batches, 1):
        is_shown = fits or number <= _HEAD_BATCHES or number > count - _TAIL_BATCHES
        if is_shown:
            size = len(batch.instance_ids)
            is_canary = number == 1 and plan.policy.canary > 0
            label = f"canary {size}" if is_canary else f"{size}"
            bar = appearance.sign("full") * max(1, size * bar_room // largest)
            shade = batch_style(number, count).shade
            yield Content.assemble(
                (f" {number:>{number_width}} ", f"bold $shade-ink-{shade} on $shade-{shade}"),
                (f" {label:<10}", "bold"),
                (f"{cell(batch.row, row_width):<{row_width}} ", "$quiet"),
                (bar if bar_room > 2 else "", f"$shade-{shade}"),
            )
        elif number == _HEAD_BATCHES + 1:
            hidden = count - _HEAD_BATCHES - _TAIL_BATCHES
            more = f"  … {pluralize(hidden, 'more batch', 'more batches')}"
            yield Content.styled(more, "$quiet")
        if number in points:
            yield _approval(*points[number], number, is_shown=is_shown)


def _approval(percent: int, really: int, number: int, *, is_shown: bool) -> Content:
    place = "" if is_shown else f" after batch {number}"
    exact = "" if really == percent else f", really {really} %"
    return Content.styled(f" ‖ approval at {percent} %{place}{exact}", "bold $tone-moving")


def _facts(
    plan: Plan,
    pace: BatchPace | None,
    scale_set: ScaleSet,
    appearance: Appearance,
    now: datetime,
    width: int,
) -> Iterator[Content]:
    yield _row("Image", *_images(plan, scale_set, appearance, width - _LABEL))
    is_wide = width >= _WIDE
    at_once, available, limit = availability(plan)
    available = f"{at_once}{available}" if is_wide else available
    yield _row("Available", available, f" ({limit})" if is_wide else "")
    least, remark = _estimate(plan, pace, appearance, now)
    yield _row("Estimated", least, remark if is_wide or pace is not None else "")
    failures = pluralize(plan.policy.max_new_failures, "failure", "failures")
    model = "or a model changed by others"
    if not is_wide:
        model = f"a changed model or {plan.unavailable_budget + 1} unavailable"
    yield _row("Stops at", "", f"{failures}, {model}")
    yield from _plan_checks(plan.policy)
    if skipped := skipped_text(plan):
        yield _row("Skipped", "", skipped)
    for caution in plan.cautions:
        yield Content.styled(f"{'Caution':<{_LABEL}}{cell(caution, 300)}", "bold $tone-unhealthy")


def _plan_checks(policy: Policy) -> Iterator[Content]:
    """The verdict, the bake time and the quarantine, where the plan has them."""
    if policy.verdict is not None:
        title, rule = verdict_title(policy.verdict), verdict_rule(policy.verdict)
        yield _row("Verdict", cell(title, 200), f", {rule}")
    if policy.bake:
        yield _row("Bake time", "", bake_text(policy))
    if policy.quarantine:
        yield _row("Failed", "", "quarantined: protected from scale-set actions")


def _problem_rows(problems: Sequence[TextRow]) -> Iterator[Content]:
    for row in problems:
        text = f"{_CHECK_LABELS[row.label]:<{_LABEL}}{cell(row.text, 300)}"
        yield Content.styled(text, "bold $tone-unhealthy")


def _check_rows(checks: Sequence[TextRow]) -> Iterator[Content]:
    """What could not be checked yet, or at all; else that there is no problem."""
    for row in checks:
        if row in PENDING_ROWS or row.label == "not checked":
            yield _row(_CHECK_LABELS[row.label], "", cell(row.text, 300))
        elif len(checks) == 1:
            yield _row(_CHECK_LABELS[row.label], "", "no problem")


def _row(label: str, strong: str, rest: str = "") -> Content:
    return Content.assemble((f"{label:<{_LABEL}}", "$quiet"), (strong, "bold"), rest)


def _estimate(
    plan: Plan, pace: BatchPace | None, appearance: Appearance, now: datetime
) -> tuple[str, str]:
    count, policy = len(plan.batches), plan.policy
    pauses = policy.pause_time_between_batches * (count - 1) + policy.bake
    if pace is None:
        least = duration_text(policy.min_healthy_time * count + pauses)
        return f"at least {least}", " (refined after batch 1)"
    seconds = pace.seconds * count + pauses
    approvals = ", and the time of approvals" if approval_points(plan) else ""
    end = appearance.clock(now + timedelta(seconds=seconds))[:5]
    return duration_text(seconds), f", ends about {end}{approvals}"


def _images(plan: Plan, scale_set: ScaleSet, appearance: Appearance, width: int) -> tuple[str, str]:
    """The exact versions that planned instances run, and the version that they get."""
    running = sorted(set(plan.image_versions.values()))
    old = cell(running[0], 40) if len(running) == 1 else f"{len(running)} versions"
    edited = value_at(plan.edit.body, _VERSION_PATH) if plan.edit else None
    image = scale_set.image
    new = str(edited or "") or (image.version or image.title if image else "")
    new = cell(new, 60)
    if not new or not running:
        return new, "" if new else "as in the model"
    if len(old) + len(new) + 4 > width:
        old, new = _shorten(old), _shorten(new)
    change = f"{old} {appearance.sign('to')} {new}"
    return "", change if len(change) <= width else change.replace(" ", "")


def _shorten(version: str) -> str:
    """The last part of a version number, after `…`."""
    head, dot, tail = version.rpartition(".")
    return f"…{tail}" if head and dot else version

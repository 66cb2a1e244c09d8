"""The content of a plan's confirmation, which the screen and the command line render. Pure."""

from collections.abc import Iterator

from msgspec import Struct

from vmss_tui.fleet.phrases import Term, pluralize
from vmss_tui.shell import quote_words
from vmss_tui.text import redact_arguments
from vmss_tui.upgrade.plan.checkpoints import describe_checkpoints
from vmss_tui.upgrade.plan.plan import Batch, Plan
from vmss_tui.upgrade.report.estimate import BatchPace, describe_expected_duration
from vmss_tui.upgrade.report.rows import AnyRow, InstanceRow, TextRow, left_out_rows
from vmss_tui.upgrade.report.sentences import duration_text, plan_size_text
from vmss_tui.upgrade.report.verdict_text import (
    bake_text,
    quarantine_text,
    verdict_rule,
    verdict_title,
)


class PlanPresentation(Struct, frozen=True):
    """Everything that the operator confirms, apart from the connection to Azure."""

    size: str
    """`80 instances in 5 batches`."""
    model_edit: tuple[str, ...] | None
    """The differences, `path: old -> new`; None where the model is not edited."""
    target_image: str
    """The image that the instances get; empty where it is not known."""
    batches: tuple[Batch, ...]
    left_out: tuple[InstanceRow, ...]
    availability: str
    """`at least 80 of 100 available (max 20 unavailable)`."""
    duration: str
    """`about 18 min: …`."""
    limits: tuple[AnyRow, ...]
    """A row for each limit, for a screen."""
    limit_lines: tuple[TextRow, ...]
    """The same limits in few lines, for the command line."""
    cautions: tuple[TextRow, ...]


def present_plan(plan: Plan, pace: BatchPace | None = None) -> PlanPresentation:
    """The presentation of a plan; `pace` is the measured duration of earlier batches."""
    return PlanPresentation(
        size=plan_size_text(plan),
        model_edit=plan.edit.lines if plan.edit else None,
        target_image=plan.target_image or "",
        batches=plan.batches,
        left_out=left_out_rows(plan.left_out),
        availability=availability_text(plan),
        duration=describe_expected_duration(plan, pace),
        limits=tuple(_limits(plan)),
        limit_lines=tuple(_limit_lines(plan)),
        cautions=tuple(TextRow("caution", caution, is_caution=True) for caution in plan.cautions),
    )


def availability_text(plan: Plan) -> str:
    """`at least 80 of 100 available (max 20 unavailable)`."""
    minimum = max(0, plan.running_at_start - plan.unavailable_budget)
    available = f"at least {minimum} of {plan.running_at_start} available"
    return f"{available} (max {plan.unavailable_budget} unavailable)"


def _limits(plan: Plan) -> Iterator[AnyRow]:
    policy = plan.policy
    if plan.unhealthy_at_start:
        yield InstanceRow(Term.ALREADY_UNHEALTHY, plan.unhealthy_at_start)
    yield TextRow("watched", _watch_text(plan))
    failures = policy.max_new_failures
    halts = pluralize(failures, "failure", "failures")
    yield TextRow("stops after", f"{halts}, unavailability limit reached, or model changed")
    if policy.pause_time_between_batches:
        pause = duration_text(policy.pause_time_between_batches)
        yield TextRow("pause", f"{pause} between batches")
    if policy.canary:
        yield TextRow(
            "canary", f"{pluralize(policy.canary, 'instance', 'instances')} in the first batch"
        )
    if policy.gate:
        yield _gate_row(plan, duration_text(policy.gate_timeout))
    yield from _check_rows(plan)
    if checkpoints := describe_checkpoints(plan):
        yield TextRow("approval", checkpoints)
    yield from (TextRow("note", note) for note in plan.notes)


def _watch_text(plan: Plan) -> str:
    """`until healthy for 10 s; failed after 10 min`."""
    goal = "healthy" if plan.has_health_source else "running"
    healthy_time = duration_text(plan.policy.min_healthy_time)
    deadline = duration_text(plan.policy.healthy_deadline)
    return f"until {goal} for {healthy_time}; failed after {deadline}"


def _limit_lines(plan: Plan) -> Iterator[TextRow]:
    policy = plan.policy
    yield TextRow(
        "limits",
        f"{availability_text(plan)}, {len(plan.unhealthy_at_start)} already unhealthy; "
        f"stop after {pluralize(policy.max_new_failures, 'failure', 'failures')}; "
        f"{policy.pause_time_between_batches:g} s between batches; "
        f"min healthy time {policy.min_healthy_time:g} s",
    )
    if policy.gate:
        yield _gate_row(plan, f"{policy.gate_timeout:g} s")
    yield from _check_rows(plan)
    if checkpoints := describe_checkpoints(plan):
        yield TextRow("approval", checkpoints)
    yield from (TextRow("note", note) for note in plan.notes)


def _check_rows(plan: Plan) -> Iterator[TextRow]:
    """The verdict, the bake time and the quarantine."""
    policy, verdict = plan.policy, plan.policy.verdict
    if verdict is not None:
        yield TextRow("verdict", f" {verdict_rule(verdict)}", command=verdict_title(verdict))
    if policy.bake:
        yield TextRow("bake time", bake_text(policy))
    if policy.quarantine:
        yield TextRow("quarantine", quarantine_text(policy))


def _gate_row(plan: Plan, timeout: str) -> TextRow:
    command = quote_words(redact_arguments(plan.policy.gate))
    when = f" before each batch and after the last, timeout {timeout}"
    return TextRow("gate", when, command=command)

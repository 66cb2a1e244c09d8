"""The tree of a campaign plan as facts and short texts: stage, members, batches, left out. Pure."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from vmss_tui.campaign.expected_time import ExpectedTime, stage_time, total_time
from vmss_tui.campaign.left_out import LeftOutKind
from vmss_tui.campaign.plan import CampaignPlan, LeftOutMember, MemberPlan, StagePlan
from vmss_tui.fleet.phrases import pluralize
from vmss_tui.shell import quote_words
from vmss_tui.text import redact, redact_arguments
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.verdict import OnFailure, Verdict
from vmss_tui.upgrade.report.rows import TextRow
from vmss_tui.upgrade.report.sentences import duration_text


class NamedScaleSets(Struct, frozen=True):
    """A text that holds for several scale sets."""

    text: str
    names: tuple[str, ...]
    """`resource-group/name`, in order."""


def size_text(members: Sequence[MemberPlan]) -> str:
    """`12 scale sets, 84 instances`."""
    instances = sum(member.instance_count for member in members)
    sets = pluralize(len(members), "scale set", "scale sets")
    return f"{sets}, {instances:,} {'instance' if instances == 1 else 'instances'}"


def stage_conditions(stage: StagePlan) -> tuple[str, ...]:
    """What the stage waits for, and its limits: `after approval`, `2 at a time` …"""
    return (
        *(["after approval"] if stage.approve else []),
        *([f"not before {stage.start_at:%Y-%m-%d %H:%M} UTC"] if stage.start_at else []),
        f"{stage.concurrency} at a time",
        f"{stage.max_failed_members} may fail" if stage.max_failed_members else "none may fail",
        *([f"bake {duration_text(stage.bake)}"] if stage.bake else []),
    )


def plan_conditions(plan: CampaignPlan) -> tuple[TextRow, ...]:
    """The limits of the runs, the rules between them, the verdict, and what a failure does."""
    rules = plan.rules
    policy = next((member.plan.policy for member in plan.members), None)
    failure = (
        "roll back what the campaign has changed"
        if plan.on_failure is OnFailure.REVERT
        else "halt (nothing new starts)"
    )
    return (
        *(limit_rows(policy) if policy else ()),
        *([TextRow("rule", "one region at a time")] if rules.one_region_at_a_time else []),
        *(
            [TextRow("rule", "never both regions of a pair at a time")]
            if rules.paired_regions_apart
            else []
        ),
        *([TextRow("verdict", verdict_text(plan.verdict))] if plan.verdict else []),
        TextRow("on failure", failure),
    )


def limit_rows(policy: Policy) -> tuple[TextRow, ...]:
    """The limits that every run of the campaign has."""
    limits = (
        f"batches of {policy.max_batch_instance_percent} at most",
        f"max {policy.max_unhealthy_instance_percent} unavailable",
        f"stop after {pluralize(policy.max_new_failures, 'failure', 'failures')}",
        f"min healthy time {duration_text(policy.min_healthy_time)}",
        *([f"bake {duration_text(policy.bake)}"] if policy.bake else []),
    )
    command = quote_words(redact_arguments(policy.gate))
    return (
        TextRow("each run", ", ".join(limits)),
        *([TextRow("gate", " before each batch", command=command)] if policy.gate else []),
        *([TextRow("run verdict", verdict_text(policy.verdict))] if policy.verdict else []),
    )


def verdict_text(verdict: Verdict) -> str:
    """`https://host/health every 60 s, fails after 2 failures of the last 5 samples`."""
    named = verdict.url or (str(verdict.metric) if verdict.metric else "")
    check = redact(named) or quote_words(redact_arguments(verdict.command))
    return f"{check} every {duration_text(verdict.every)}, fails after {verdict.window_text}"


def batches_text(member: MemberPlan) -> str:
    """`5 (max 20)`: the number of batches, and the size of the largest one."""
    sizes = [len(batch.instance_ids) for batch in member.plan.batches]
    return f"{len(sizes)} (max {max(sizes, default=0)})"


def available_text(member: MemberPlan) -> str:
    """`8 of 10`: so many instances stay available during the run."""
    plan = member.plan
    return f"{max(0, plan.running_at_start - plan.unavailable_budget)} of {plan.running_at_start}"


def member_time(member: MemberPlan) -> ExpectedTime:
    """The expected time of a member's run."""
    return ExpectedTime(member.expected_seconds or 0.0, member.is_measured)


def expected_stage_time(stage: StagePlan) -> ExpectedTime:
    """The expected time of a stage with its bake, without waits for a person or a start time."""
    times = [member_time(member) for member in stage.members]
    return stage_time(times, stage.concurrency, stage.bake if times else 0.0)


def expected_plan_time(plan: CampaignPlan) -> ExpectedTime:
    """The expected time of all stages."""
    return total_time([expected_stage_time(stage) for stage in plan.stages])


def time_text(time: ExpectedTime) -> str:
    """`about 18 min`, or `at least 40 s` where not every run could be measured."""
    return f"{'about' if time.is_measured else 'at least'} {duration_text(time.seconds)}"


def caution_groups(plan: CampaignPlan) -> list[NamedScaleSets]:
    """The cautions of the members' runs, each with the scale sets that it is about."""
    return _grouped(
        (caution, member.scale_set.short)
        for member in plan.members
        for caution in member.plan.cautions
    )


def left_out_groups(plan: CampaignPlan) -> list[NamedScaleSets]:
    """The scale sets that are left out by reason, in the order of `LeftOutKind`."""
    kinds = [*LeftOutKind]

    def order(member: LeftOutMember) -> int:
        return kinds.index(LeftOutKind(member.kind)) if member.kind in kinds else len(kinds)

    in_order = sorted(plan.left_out, key=order)
    return _grouped((member.reason, member.scale_set.short) for member in in_order)


def _grouped(pairs: Iterable[tuple[str, str]]) -> list[NamedScaleSets]:
    names: dict[str, list[str]] = {}
    for text, name in pairs:
        names.setdefault(text, []).append(name)
    return [NamedScaleSets(text, tuple(grouped)) for text, grouped in names.items()]

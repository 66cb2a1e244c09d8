"""Prints a campaign plan: its stages, their scale sets with batches, and who is left out."""

from collections.abc import Callable

from vmss_tui.campaign.plan import CampaignPlan, StagePlan
from vmss_tui.campaign.plan_tree import (
    NamedScaleSets,
    available_text,
    batches_text,
    caution_groups,
    expected_plan_time,
    expected_stage_time,
    left_out_groups,
    member_time,
    plan_conditions,
    size_text,
    stage_conditions,
    time_text,
)
from vmss_tui.cli.colour import Coloured, TextColour
from vmss_tui.cli.output import print_table
from vmss_tui.cli.prompts import print_connection
from vmss_tui.fleet.phrases import pluralize, shorten_list
from vmss_tui.gateway import AzureContext

MAX_LISTED_NAMES = 12
"""Scale sets in a line of cautions or of left-out ones; the rest are counted."""
_HEADINGS = ("SCALE SET", "REGION", "INSTANCES", "AVAILABLE", "TIME", "BATCHES")


def print_campaign_plan(
    plan: CampaignPlan, context: AzureContext, line: Callable[..., None]
) -> None:
    """Passes lines to `line`, and prints a table for each stage."""
    line(f"campaign  {plan.name}")
    print_connection(context, line)
    for change in plan.change or ("none: every scale set is upgraded to its own model",):
        line(f"change  {change}")
    for condition in plan_conditions(plan):
        line(condition)
    members = [*plan.members]
    left_out = f", {len(plan.left_out)} left out" if plan.left_out else ""
    stages = pluralize(len(plan.stages), "stage", "stages")
    line(f"{size_text(members)} in {stages}{left_out}")
    line(f"expected time  {time_text(expected_plan_time(plan))}{_waits_text(plan)}")
    for number, stage in enumerate(plan.stages, 1):
        line()
        _print_stage(number, stage, line)
    if plan.left_out:
        line()
        line(
            Coloured(
                f"left out  {pluralize(len(plan.left_out), 'scale set', 'scale sets')}",
                TextColour.STRONG,
            )
        )
        for group in left_out_groups(plan):
            line(f"  {_named_text(group)}")
    cautions = caution_groups(plan)
    if plan.cautions or cautions:
        line()
    for caution in plan.cautions:
        line(Coloured(f"caution  {caution}", TextColour.UNHEALTHY))
    for group in cautions:
        line(Coloured(f"caution  {_named_text(group)}", TextColour.UNHEALTHY))


def _print_stage(number: int, stage: StagePlan, line: Callable[..., None]) -> None:
    line(
        Coloured(f"stage {number}  {stage.name}", TextColour.STRONG),
        f"  {size_text(stage.members)}",
    )
    line(f"  {', '.join(stage_conditions(stage))}")
    if not stage.members:
        return
    line(f"  {time_text(expected_stage_time(stage))}")
    print_table(
        _HEADINGS,
        (
            (
                member.scale_set.short,
                member.region,
                member.instance_count,
                available_text(member),
                time_text(member_time(member)),
                batches_text(member),
            )
            for member in stage.members
        ),
        numbers={"INSTANCES"},
    )


def _waits_text(plan: CampaignPlan) -> str:
    """What the expected time leaves out."""
    waits = [
        *(["approvals"] if any(stage.approve for stage in plan.stages) else []),
        *(["start times"] if any(stage.start_at for stage in plan.stages) else []),
    ]
    return f", plus the wait for {' and '.join(waits)}" if waits else ""


def _named_text(group: NamedScaleSets) -> str:
    names = shorten_list(group.names, MAX_LISTED_NAMES, separator=", ", rest=" and {more} more")
    return f"{len(group.names)}  {group.text.rstrip('.')}: {names}"

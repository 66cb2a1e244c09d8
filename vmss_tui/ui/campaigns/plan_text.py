"""The plan of a campaign as text, for the form and the confirmation. Pure."""

from collections.abc import Iterator

from textual.content import Content

from vmss_tui.campaign.plan import CampaignPlan, MemberPlan
from vmss_tui.campaign.plan_tree import (
    NamedScaleSets,
    available_text,
    batches_text,
    caution_groups,
    expected_plan_time,
    left_out_groups,
    member_time,
    plan_conditions,
    size_text,
    stage_conditions,
    time_text,
)
from vmss_tui.fleet.phrases import pluralize, shorten_list
from vmss_tui.gateway import AzureContext
from vmss_tui.text import cell
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.text.common import labelled_line

_SHOWN_MEMBERS = 60
_SHOWN_NAMES = 12
_MEMBER_HEADINGS = ("Scale set", "Instances", "Batches", "Available", "Estimated", "Region")


def describe_campaign_plan(
    plan: CampaignPlan,
    context: AzureContext,
    appearance: Appearance,
    protection: str = "",
    *,
    width: int,
) -> list[Content]:
    """Size, limits, cautions, the members, and skipped scale sets with their reasons; `protection`
    is why a member is protected, `width` the columns that there are for a row of members."""
    return [
        *_head(plan),
        *(_caution(NamedScaleSets(text, ())) for text in filter(None, (protection,))),
        *(_caution(NamedScaleSets(text, ())) for text in plan.cautions if plan.member_count),
        *map(_caution, caution_groups(plan)),
        *_members(plan, width),
        *_skipped(plan),
        Content(""),
        labelled_line("Azure", cell(_where(context), 200)),
        labelled_line("Planned at", f"{appearance.clock(plan.made_at)} (nothing has been sent)"),
    ]


def _head(plan: CampaignPlan) -> Iterator[Content]:
    if plan.member_count:
        yield labelled_line("Upgrade", size_text([*plan.members]))
        yield labelled_line("Estimated", time_text(expected_plan_time(plan)))
    if plan.left_out:
        yield labelled_line("Skipped", f"{_count_text(len(plan.left_out))}, listed below")
    for text in plan.change or ("none: each scale set is upgraded to its own model",):
        yield labelled_line("Change", cell(text, 200))
    for stage in plan.stages:
        yield labelled_line("Limits", ", ".join(stage_conditions(stage)))
    for row in plan_conditions(plan):
        yield labelled_line(row.label.capitalize(), cell(f"{row.command}{row.text}", 300))
    if not plan.change:
        yield labelled_line("Roll back", "not possible: there is no earlier model")


def _caution(group: NamedScaleSets) -> Content:
    names = f" {_names(group)}" if group.names else ""
    text = Content.styled(cell(group.text, 400), "bold $tone-unhealthy")
    return Content.assemble(labelled_line("Caution", ""), text, (cell(names, 400), "$quiet"))


def _skipped(plan: CampaignPlan) -> Iterator[Content]:
    if not plan.left_out:
        return
    yield Content("")
    yield Content.styled(f"Skipped: {_count_text(len(plan.left_out))}", "bold")
    for group in left_out_groups(plan):
        yield Content.assemble(
            (f"  {len(group.names):>3}  ", "bold"),
            (cell(group.text, 300), "$tone-unhealthy"),
            (f" ({cell(_names(group), 400)})", "$quiet"),
        )


def _members(plan: CampaignPlan, width: int) -> Iterator[Content]:
    members = list(plan.members)
    if not members:
        return
    shown = members[:_SHOWN_MEMBERS]
    rows = [_MEMBER_HEADINGS, *map(_member_cells, shown)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    if sum(widths) + 2 * len(widths) > width:  # the regions are a line above instead
        rows, widths = [row[:-1] for row in rows], widths[:-1]
        regions = sorted({cell(member.region, 40) for member in members})
        yield labelled_line("Regions", shorten_list(regions, _SHOWN_NAMES, separator=", "))
    yield Content("")
    headings = rows[0]
    for row in rows:
        name, count, *others = (
            f"{text:>{width}}" if number == 1 else f"{text:<{width}}"
            for number, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        line = "  ".join(["", count, *others]).rstrip()
        is_heading = row is headings
        yield Content.assemble(
            (name, "bold $quiet" if is_heading else "bold"),
            (line, "bold $quiet" if is_heading else ""),
        )
    if (more := len(members) - _SHOWN_MEMBERS) > 0:
        yield Content.styled(f"and {_count_text(more)} more", "$quiet")


def _member_cells(member: MemberPlan) -> tuple[str, ...]:
    return (
        cell(member.scale_set.short, 200),
        f"{member.instance_count:,}",
        batches_text(member),
        available_text(member),
        time_text(member_time(member)),
        cell(member.region, 40),
    )


def _count_text(count: int) -> str:
    return pluralize(count, "scale set", "scale sets")


def _names(group: NamedScaleSets) -> str:
    return shorten_list(group.names, _SHOWN_NAMES, separator=", ", rest=" and {more} more")


def _where(context: AzureContext) -> str:
    cloud = "simulator (demo)" if context.demo else context.cloud
    return f"{cloud} as {context.principal}" if context.principal else cloud

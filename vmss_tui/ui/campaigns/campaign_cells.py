"""The rows of a campaign's screen: a line for each stage, and one for each of its members. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from vmss_tui.campaign.events import MemberState
from vmss_tui.campaign.expected_time import ExpectedTime
from vmss_tui.campaign.plan_tree import member_time
from vmss_tui.campaign.state import (
    FAILED_STATES,
    SETTLED_STATES,
    CampaignPhase,
)
from vmss_tui.fleet.phrases import pluralize
from vmss_tui.fleet.state_groups import StateGroup
from vmss_tui.text import cell
from vmss_tui.ui.campaigns.campaign_status import CampaignStatus, MemberStatus
from vmss_tui.ui.drawing.glyphs import Appearance, Glyphs
from vmss_tui.ui.lists.list_columns import Cell, ListColumn, ListOrder
from vmss_tui.ui.lists.state_bar import state_bar
from vmss_tui.ui.lists.word_filter import matches_words
from vmss_tui.upgrade.report.sentences import duration_text

STAGE_PREFIX = "stage:"
"""Begins the key of a stage's line, which ends with the index of the stage."""
COLUMNS = (
    ListColumn("name", "Scale set", 14, 34, growth=2, keeps_end=True),
    ListColumn("region", "Region", 8, 18, drop_order=5, growth=3),
    ListColumn("state", "State", 15, 24, growth=1),
    ListColumn("bar", "Instances", 9, 24, growth=6),
    ListColumn("upgraded", "Upgraded", 8, 13, right=True),
    ListColumn("failed", "Failed", 6, 7, drop_order=3, right=True),
    ListColumn("left", "Time left", 9, 12, drop_order=1, right=True),
    ListColumn("reason", "Reason", 10, 80, drop_order=2, growth=4),
)
_SIGNS = {
    MemberState.WAITING: "dot",
    MemberState.STARTING: "live",
    MemberState.RUNNING: "live",
    MemberState.PAUSED: "paused",
    MemberState.UPGRADED: "complete",
    MemberState.FAILED: "problem",
    MemberState.ABORTED: "problem",
    MemberState.SKIPPED: "dot",
    MemberState.REVERTING: "back",
    MemberState.REVERTED: "back",
    MemberState.NOT_REVERTED: "problem",
}
_STYLES = {
    MemberState.STARTING: "bold tone-moving",
    MemberState.RUNNING: "bold tone-moving",
    MemberState.REVERTING: "bold tone-moving",
    MemberState.PAUSED: "bold tone-moving",
    MemberState.UPGRADED: "tone-good",
    MemberState.FAILED: "bold tone-failed",
    MemberState.ABORTED: "bold tone-failed",
    MemberState.NOT_REVERTED: "bold tone-failed",
}


class CampaignLook(NamedTuple):
    """How cells are drawn."""

    appearance: Appearance
    has_colours: bool


def member_cell(member: MemberStatus, column: str, width: int, look: CampaignLook) -> Cell:
    """A cell of a member's line."""
    match column:
        case "name":
            return ((f"  {cell(member.plan.scale_set.name, 80)}", "bold"),)
        case "region":
            return ((cell(member.plan.region, 30), "quiet"),)
        case "state":
            return (_state_piece(member, look),)
        case "bar":
            return state_bar(member.groups, width, look.appearance, has_colours=look.has_colours)
        case "upgraded":
            return ((f"{member.upgraded:,}/{member.plan.instance_count:,}", ""),)
        case "failed":
            return ((f"{member.failed:,}" if member.failed else "", "bold tone-failed"),)
        case "left":
            return ((_member_time_text(member, look.appearance), _time_style(member)),)
    return ((cell(member.reason, 200), "quiet"),)


def _state_piece(member: MemberStatus, look: CampaignLook) -> tuple[str, str]:
    state = member.member.state
    if member.worker_problem:
        text = f"{look.appearance.sign('unhealthy')} {member.worker_problem}"
        return text, "bold tone-unhealthy"
    if member.member.retry_due:
        return f"{look.appearance.sign('dot')} waits for retry", "tone-moving"
    text = f"{look.appearance.sign(_SIGNS[state])} {member.state_label}"
    return text, _STYLES.get(state, "quiet")


def _time_style(member: MemberStatus) -> str:
    return "" if member.seconds_left is not None else "quiet"


def _member_time_text(member: MemberStatus, appearance: Appearance) -> str:
    """`4 min` of a live run; what the run of a waiting member will take."""
    if member.seconds_left is not None and member.member.is_live:
        return duration_text(member.seconds_left) if member.seconds_left else "< 5 s"
    if member.member.state is MemberState.WAITING:
        return short_time(member_time(member.plan), appearance)
    return ""


def short_time(time: ExpectedTime, appearance: Appearance) -> str:
    """`18 min`, or `≥ 18 min` where not every run could be measured."""
    sign = ">=" if appearance.glyphs is Glyphs.ASCII else "≥"
    return ("" if time.is_measured else f"{sign} ") + duration_text(time.seconds)


def stage_cell(
    status: CampaignStatus, index: int, column: str, width: int, look: CampaignLook
) -> Cell:
    """A cell of a stage's line."""
    members = stage_members(status, index)
    match column:
        case "name":
            return ((cell(status.campaign.stage_plan(index).name, 60), "bold focus"),)
        case "state":
            return ((stage_state(status, index), "focus"),)
    return _sum_cell(members, column, width, look)


def total_cell(status: CampaignStatus, column: str, width: int, look: CampaignLook) -> Cell:
    """A cell of the line of totals."""
    members = list(status.members.values())
    if column == "name":
        return ((pluralize(len(members), "scale set", "scale sets"), "bold"),)
    if column == "region":
        regions = len({member.plan.region for member in members})
        return ((pluralize(regions, "region", "regions"), "quiet"),)
    if column == "state":
        done = status.campaign.count(SETTLED_STATES)
        return ((f"{done:,} done", "quiet"),)
    return _sum_cell(members, column, width, look)


def _sum_cell(members: Sequence[MemberStatus], column: str, width: int, look: CampaignLook) -> Cell:
    match column:
        case "bar":
            groups = sum_groups(members)
            return state_bar(groups, width, look.appearance, has_colours=look.has_colours)
        case "upgraded":
            total = sum(member.plan.instance_count for member in members)
            if not members:
                return ()
            return ((f"{sum(m.upgraded for m in members):,}/{total:,}", "bold"),)
        case "failed":
            failed = sum(member.failed for member in members)
            return ((f"{failed:,}" if failed else "", "bold tone-failed"),)
        case "reason":
            failed = sum(member.member.state in FAILED_STATES for member in members)
            return ((f"{failed:,} failed" if failed else "", "tone-failed"),)
    return ()


def sum_groups(members: Iterable[MemberStatus]) -> dict[StateGroup, int]:
    """The instances of several members by groups of states."""
    counts: Counter[StateGroup] = Counter()
    for member in members:
        counts.update(member.groups)
    return {group: counts[group] for group in StateGroup}


def stage_members(status: CampaignStatus, index: int) -> list[MemberStatus]:
    """The members of a stage, in their order."""
    return [member for member in status.members.values() if member.member.stage == index]


def stage_state(status: CampaignStatus, index: int) -> str:
    """`waiting`, `needs approval`, `2 of 5 done`, `bake: 12 min left`, `complete` …"""
    campaign = status.campaign
    stage, plan = campaign.stages[index], campaign.stage_plan(index)
    if not plan.members:
        return "no scale set"
    if stage.passed_at is not None:
        return "complete"
    if stage.finished_at is not None and campaign.phase is CampaignPhase.UPGRADING:
        left = stage.finished_at + plan.bake - status.t
        return f"bake: {duration_text(left)} left" if left > 0 else "verdict pending"
    if campaign.waits_for_approval and campaign.current_stage == index:
        return "needs approval"
    if stage.opened_at is None:
        if plan.start_at is not None:
            return f"from {plan.start_at:%d %b %H:%M} UTC"
        return "waiting"
    members = campaign.of_stage(index)
    settled = sum(member.state in SETTLED_STATES for member in members)
    return f"{settled} of {len(members)} done"


def row_keys(status: CampaignStatus, filter_text: str, order: ListOrder) -> list[str]:
    """The keys of the lines: each stage, then those of its members that match the filter, in the
    order in which they start unless a column is chosen. Stages without a match are left out."""
    keys = []
    for index in range(len(status.campaign.stages)):
        members = [m for m in stage_members(status, index) if matches(filter_text, m)]
        if order.column in _SORT_KEYS:
            members.sort(key=_SORT_KEYS[order.column], reverse=order.descending)
        if members or not filter_text:
            keys += [f"{STAGE_PREFIX}{index}", *(member.plan.key for member in members)]
    return keys


def matches(filter_text: str, member: MemberStatus) -> bool:
    """Whether the member matches every word: `live`, `problem`, or a part of its texts; `!`
    negates a word."""
    state, scale_set = member.state_label, member.plan.scale_set
    texts = (scale_set.short, member.plan.region, state, member.reason)
    keywords = {"live": member.member.is_live, "problem": is_problem(member)}
    return matches_words(filter_text, texts, keywords)


def is_problem(member: MemberStatus) -> bool:
    """Whether something is wrong with it: failed, or its run has no worker that responds."""
    state = member.member.state
    has_failed = state in FAILED_STATES or state is MemberState.NOT_REVERTED
    return has_failed or bool(member.failed or member.worker_problem)


def text_widths(status: CampaignStatus | None) -> dict[str, int]:
    """The width of each column's longest text, of all rows whether they are shown or not."""
    members = list(status.members.values()) if status else []
    return {
        "name": max((len(member.plan.scale_set.name) + 2 for member in members), default=14),
        "region": max((len(member.plan.region) for member in members), default=8),
        "state": 20,
        "bar": 24,
        "upgraded": 13,
        "failed": 6,
        "left": 10,
        "reason": max((len(member.reason) for member in members), default=0),
    }


_SORT_KEYS: dict[str, Callable[[MemberStatus], Any]] = {
    "name": lambda member: member.plan.scale_set.name.lower(),
    "region": lambda member: member.plan.region,
    "state": lambda member: (not member.member.is_live, member.state_label),
    "bar": lambda member: member.upgraded / max(1, member.plan.instance_count),
    "upgraded": lambda member: member.upgraded,
    "failed": lambda member: member.failed,
    "left": lambda member: member.seconds_left or 0.0,
    "reason": lambda member: member.reason.lower(),
}

"""Chooses the members whose runs start, or go on after a retry. Pure."""

from collections.abc import Mapping

from vmss_tui.campaign import events as ce
from vmss_tui.campaign.engine.request import may_request, request_run, request_start
from vmss_tui.campaign.events.member import MemberState, RequestKind
from vmss_tui.campaign.member_view import MemberView
from vmss_tui.campaign.plan import CampaignPlan, MemberPlan
from vmss_tui.campaign.state import Campaign, CampaignMember, CampaignMoment


def next_start(
    campaign: Campaign, views: Mapping[str, MemberView], now: CampaignMoment
) -> tuple[ce.MemberRequested, ...]:
    """The start that the concurrency of the current stage and the rules of regions allow next.

    One at a time: its outcome may halt the campaign before the next one."""
    plan, index = campaign.plan, campaign.current_stage
    if plan is None or index is None or campaign.stages[index].opened_at is None:
        return ()
    waiting = [m for m in campaign.of_stage(index) if m.state is MemberState.WAITING]
    if not waiting or len(campaign.live) >= campaign.stage_plan(index).concurrency:
        return ()
    by_key = {member.key: member for member in plan.members}
    live = [by_key[member.key] for member in campaign.live]
    region = _region_in_progress(campaign, waiting, by_key, index)
    for member in waiting:
        candidate = by_key[member.key]
        if not may_request(member, now.t) or not _regions_allow(plan, candidate, live, region):
            continue
        request = start_request(campaign, member, candidate, views)
        if request is not None:
            return (request,)
    return ()


def start_request(
    campaign: Campaign,
    member: CampaignMember,
    plan: MemberPlan,
    views: Mapping[str, MemberView],
) -> ce.MemberRequested | None:
    """The request that starts a waiting member. A retry goes on with the run where that is
    possible, else there is another attempt; None while its last run cannot be read."""
    if member.attempt == 0:
        return request_start(campaign, member, plan.scale_set)
    view = views.get(member.key)
    if view is None or view.run != member.run:
        return None
    if view.can_retry:
        return request_run(campaign, member, RequestKind.RETRY)
    if view.can_resume:
        return request_run(campaign, member, RequestKind.RESUME)
    return request_start(campaign, member, plan.scale_set)


def _region_in_progress(
    campaign: Campaign,
    waiting: list[CampaignMember],
    by_key: Mapping[str, MemberPlan],
    index: int,
) -> str:
    """The region in which a member of the stage started last, while others of it still wait."""
    begun = [m for m in campaign.of_stage(index) if m.started_at is not None]
    if not begun:
        return ""
    last = max(begun, key=lambda member: member.started_at or 0.0)
    region = by_key[last.key].region
    return region if any(by_key[member.key].region == region for member in waiting) else ""


def _regions_allow(
    plan: CampaignPlan, candidate: MemberPlan, live: list[MemberPlan], in_progress: str
) -> bool:
    rules = plan.rules
    if rules.paired_regions_apart and any(_are_paired(candidate, other) for other in live):
        return False
    if not rules.one_region_at_a_time:
        return True
    if in_progress and not live and candidate.region != in_progress:
        return False
    return all(other.region == candidate.region for other in live)


def _are_paired(one: MemberPlan, other: MemberPlan) -> bool:
    return one.paired_region == other.region or other.paired_region == one.region

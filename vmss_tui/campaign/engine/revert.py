"""Rolls back what a campaign has changed. Pure.

Members with a live run are rolled back at once: they take no further place of the concurrency, and
the image is known to be bad. Those that are done follow in reverse order of the stages, within a
stage in reverse order of their starts, each stage within its concurrency; a stage begins once every
later one is rolled back. Members whose run has changed nothing are done already.
"""

from collections.abc import Mapping

from vmss_tui.campaign import events as ce
from vmss_tui.campaign.engine.member_changes import awaits
from vmss_tui.campaign.engine.request import may_request, request_run
from vmss_tui.campaign.engine.stage_progress import completed
from vmss_tui.campaign.events.member import MemberState, RequestKind
from vmss_tui.campaign.member_view import MemberView
from vmss_tui.campaign.state import Campaign, CampaignMember, CampaignMoment

NOTHING_CHANGED = "its run had changed nothing"


def advance_revert(
    campaign: Campaign, views: Mapping[str, MemberView], now: CampaignMoment
) -> tuple[ce.AnyCampaignEvent, ...]:
    """The next rollbacks, or the end of the campaign."""
    due = [m for m in campaign.members.values() if m.revert_due and not m.revert_sent]
    if not due and not campaign.live:
        still = any(m.revert_due or m.pending for m in campaign.members.values())
        return () if still else (completed(campaign),)
    events = [
        event
        for member in due
        if member.state in (MemberState.RUNNING, MemberState.PAUSED)
        and may_request(member, now.t)
        and (event := _revert_live(campaign, member, views.get(member.key)))
    ]
    return tuple(events) or _revert_done(campaign, views, now)


def _revert_live(
    campaign: Campaign, member: CampaignMember, view: MemberView | None
) -> ce.AnyCampaignEvent | None:
    """A live run that has nothing to roll back, or cannot, is aborted."""
    if view is None or view.run != member.run or awaits(member, view):
        return None
    if view.reverting:  # paused in a rollback of its own
        is_paused = member.state is MemberState.PAUSED
        return request_run(campaign, member, RequestKind.RESUME) if is_paused else None
    if not view.revert_refusal:
        return request_run(campaign, member, RequestKind.REVERT)
    return None if member.abort_sent else request_run(campaign, member, RequestKind.ABORT)


def _revert_done(
    campaign: Campaign, views: Mapping[str, MemberView], now: CampaignMoment
) -> tuple[ce.AnyCampaignEvent, ...]:
    """The next member, one at a time: its outcome may halt the campaign before the next one."""
    for index in range(len(campaign.stages) - 1, -1, -1):
        members = campaign.of_stage(index)
        due = [m for m in members if m.revert_due and not m.revert_sent and not m.is_live]
        due.sort(key=lambda member: -(member.started_at or 0.0))
        is_full = len(campaign.live) >= campaign.stage_plan(index).concurrency
        for member in due:
            view = views.get(member.key)
            if view is None or view.run != member.run or not may_request(member, now.t):
                continue
            event = _revert_ended(campaign, member, view)
            if not (is_full and isinstance(event, ce.MemberRequested)):
                return (event,)
        if any(m.revert_due or m.is_live for m in members):
            return ()
    return ()


def _revert_ended(
    campaign: Campaign, member: CampaignMember, view: MemberView
) -> ce.AnyCampaignEvent:
    if view.reverting and member.retry_due and (view.can_retry or view.can_resume):
        kind = RequestKind.RETRY if view.can_retry else RequestKind.RESUME
        return request_run(campaign, member, kind)
    if not view.has_changes:
        return _changed(member, MemberState.REVERTED, NOTHING_CHANGED)
    if view.revert_refusal:
        return _changed(member, MemberState.NOT_REVERTED, view.revert_refusal)
    return request_run(campaign, member, RequestKind.REVERT)


def _changed(member: CampaignMember, state: MemberState, message: str) -> ce.MemberChanged:
    return ce.MemberChanged(
        member=member.key,
        state=state,
        message=message,
        upgraded=member.upgraded,
        failed=member.failed,
        rolled_back=member.rolled_back,
    )

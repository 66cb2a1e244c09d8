"""Carries pauses, resumes and aborts of the campaign to the runs of its live members. Pure."""

from collections.abc import Mapping

from vmss_tui.campaign import events as ce
from vmss_tui.campaign.engine.halt import FOREIGN, WAKE_LIMIT
from vmss_tui.campaign.engine.member_changes import lacks_worker
from vmss_tui.campaign.engine.request import may_request, request_run
from vmss_tui.campaign.events.member import MemberState, RequestKind
from vmss_tui.campaign.member_view import MemberView
from vmss_tui.campaign.state import Campaign, CampaignMember, CampaignMoment, CampaignPhase

WAKE_WAIT = 30.0
"""Campaign seconds after a request in which a run may be without a worker: it is being started."""

_RESUMED_REASONS = ("asked", FOREIGN)
"""Reasons of a run's pause that a resume of the campaign ends; a checkpoint needs its own approval
in the run."""


def reach_members(
    campaign: Campaign, views: Mapping[str, MemberView], now: CampaignMoment
) -> tuple[ce.MemberRequested, ...]:
    """The requests to live members that the phase of the campaign requires."""
    requests = []
    for member in campaign.live:
        if member.state is MemberState.STARTING or not may_request(member, now.t):
            continue
        kind = _request_kind(campaign, member, views.get(member.key), now)
        if kind is not None:
            requests.append(request_run(campaign, member, kind))
    return tuple(requests)


def _request_kind(
    campaign: Campaign, member: CampaignMember, view: MemberView | None, now: CampaignMoment
) -> RequestKind | None:
    """A halt lets rollbacks go on: they restore what was there, and each has limits of its own."""
    phase, is_paused = campaign.phase, member.state is MemberState.PAUSED
    if phase is CampaignPhase.ABORTED and not member.abort_sent:
        return RequestKind.ABORT
    if phase is CampaignPhase.PAUSED or (
        phase is CampaignPhase.HALTED and member.state is not MemberState.REVERTING
    ):
        return None if is_paused or member.is_held else RequestKind.PAUSE
    if is_paused:
        resumes = phase.is_active and member.resume_due and member.reason in _RESUMED_REASONS
        return RequestKind.RESUME if resumes else None
    if phase is CampaignPhase.HALTED or view is None or not lacks_worker(member, view):
        return None
    is_due = now.t >= member.requested_at + WAKE_WAIT and member.wakes < WAKE_LIMIT
    return RequestKind.WAKE if is_due else None

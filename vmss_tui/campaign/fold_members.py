"""Applies requests, their outcomes and changes of state to single members. Part of `fold`."""

from collections.abc import Callable, Collection

from msgspec.structs import replace

from vmss_tui.campaign import events as ce
from vmss_tui.campaign.events.member import MemberState, RequestKind
from vmss_tui.campaign.member_view import is_by_campaign
from vmss_tui.campaign.state import (
    FAILED_STATES,
    SETTLED_STATES,
    Campaign,
    CampaignMember,
)

RETRYABLE_STATES = frozenset({*FAILED_STATES, MemberState.NOT_REVERTED})
"""States that a retry ends."""
_BACK_STATES = frozenset({MemberState.REVERTED, MemberState.NOT_REVERTED})
_FORWARD_STATES = frozenset({MemberState.RUNNING, MemberState.PAUSED, MemberState.UPGRADED})
_FOREIGN = "foreign"
LIVE_REFUSAL_WAIT = 60.0
"""Seconds after which the rollback of a live run is requested again although it was refused: the
run has the lock of its scale set, so what refuses it passes, or the run ends."""


def update_members(
    campaign: Campaign,
    change: Callable[[CampaignMember], CampaignMember],
    keys: Collection[str] | None = None,
) -> Campaign:
    """The campaign with changed members: those of `keys`, all without."""
    members = dict(campaign.members)
    for key in members if keys is None else keys:
        if key in members:
            members[key] = change(members[key])
    return replace(campaign, members=members)


def apply_request(member: CampaignMember, event: ce.MemberRequested, t: float) -> CampaignMember:
    """Its request is about to be carried out."""
    requested = replace(
        member,
        pending=event,
        state_before=member.state,
        requests=member.requests + 1,
        requested_at=t,
        retry_at=None,
        wakes=member.wakes + (event.kind is RequestKind.WAKE),
    )
    if event.kind is not RequestKind.START:
        return requested
    started_at = t if member.started_at is None else member.started_at
    return replace(requested, state=MemberState.STARTING, since=t, started_at=started_at)


def apply_outcome(
    member: CampaignMember,
    event: ce.RequestAccepted | ce.RequestAbsent | ce.RequestRefused,
    t: float,
) -> CampaignMember:
    """What became of its pending request; an outcome of another request changes nothing."""
    request = member.pending
    if request is None or request.id != event.id:
        return member
    done = replace(member, pending=None)
    match event:
        case ce.RequestAccepted(line=line):
            return _accept(done, request, line, t)
        case ce.RequestAbsent():
            return _before_request(done)
        case ce.RequestRefused(retry_after=float(wait)):
            return replace(_before_request(done), retry_at=t + wait)
    return _refuse(done, request, event, t)


def _before_request(member: CampaignMember) -> CampaignMember:
    """As if without the request: a start may be repeated, under the same run name."""
    if member.state is not MemberState.STARTING:
        return member
    touched = member.revert_due and member.attempt > 0
    return replace(member, state=member.state_before, revert_due=touched)


def _accept(
    member: CampaignMember, request: ce.MemberRequested, line: int, t: float
) -> CampaignMember:
    match request.kind:
        case RequestKind.START:
            return CampaignMember(
                key=member.key,
                stage=member.stage,
                state=MemberState.RUNNING,
                run=request.run,
                attempt=request.attempt,
                started_at=member.started_at,
                since=t,
                requests=member.requests,
                requested_at=t,
                revert_due=member.revert_due,
            )
        case RequestKind.PAUSE:
            return replace(member, is_held=True)
        case RequestKind.ABORT:
            return replace(member, abort_sent=True)
        case RequestKind.RETRY | RequestKind.RESUME if member.retry_due:
            state = MemberState.REVERTING if member.revert_due else MemberState.RUNNING
            return _restart(member, request.kind, line, t, state)
        case RequestKind.RESUME:
            return replace(
                member,
                reason="",
                message="",
                paused_by="",
                is_held=False,
                resume_due=False,
                awaited_line=line,
                awaited_kind=request.kind,
            )
        case RequestKind.REVERT:
            return _restart(member, request.kind, line, t, MemberState.REVERTING)
    return member


def _restart(
    member: CampaignMember, kind: RequestKind, line: int, t: float, state: MemberState
) -> CampaignMember:
    """Its run goes on, forward or back, once it has handled the intent in this line."""
    return replace(
        member,
        state=state,
        reason="",
        message="",
        paused_by="",
        since=t,
        awaited_line=line,
        awaited_kind=kind,
        revert_sent=state is MemberState.REVERTING,
        retry_due=False,
        is_held=False,
        resume_due=False,
        abort_sent=False,
    )


def _refuse(
    member: CampaignMember, request: ce.MemberRequested, event: ce.RequestRefused, t: float
) -> CampaignMember:
    """A final refusal. A pause, an abort or a resume that is refused comes too late: what became of
    the run shows by itself."""
    end = replace(member, reason=event.reason or "refused", message=event.message, since=t)
    match request.kind:
        case RequestKind.START:
            touched = member.revert_due and member.attempt > 0
            return replace(end, state=MemberState.FAILED, retry_due=False, revert_due=touched)
        case RequestKind.RETRY | RequestKind.RESUME if member.retry_due:
            state = MemberState.NOT_REVERTED if member.revert_due else MemberState.FAILED
            return replace(end, state=state, retry_due=False, revert_due=False)
        case RequestKind.REVERT if member.is_live:
            return replace(member, message=event.message, retry_at=t + LIVE_REFUSAL_WAIT)
        case RequestKind.REVERT:
            return replace(end, state=MemberState.NOT_REVERTED, revert_due=False)
        case RequestKind.PAUSE:
            return replace(member, is_held=True)
        case RequestKind.ABORT:
            return replace(member, abort_sent=True)
        case RequestKind.RESUME:
            return replace(member, is_held=False, resume_due=False)
    return member


def change_member(
    member: CampaignMember, event: ce.MemberChanged, campaign: Campaign
) -> CampaignMember:
    """Its run shows another state, or another reason for a pause. A run that an operator lets go on
    forward in a rollback of the campaign is rolled back, too.

    A run that was paused already when the campaign's pause came, by itself or by a person, is not
    held by the campaign, and is not resumed with it."""
    settled = event.state in SETTLED_STATES
    back = event.state in _BACK_STATES
    held = member.is_held and not settled and not _is_paused_otherwise(event, campaign.id)
    is_paused = event.state is MemberState.PAUSED
    forward = campaign.reverting and member.state in _BACK_STATES and event.state in _FORWARD_STATES
    return replace(
        member,
        state=event.state,
        reason=event.reason,
        message=event.message,
        paused_by=event.by,
        since=campaign.t,
        upgraded=event.upgraded,
        failed=event.failed,
        rolled_back=event.rolled_back,
        awaited_line=0 if settled else member.awaited_line,
        awaited_kind=None if settled else member.awaited_kind,
        is_held=held,
        resume_due=member.resume_due and is_paused and (held or event.reason == _FOREIGN),
        revert_due=(member.revert_due or forward) and not back,
        revert_sent=member.revert_sent and not forward,
        retry_due=False,
        failure_accepted=member.failure_accepted and event.state in RETRYABLE_STATES,
    )


def _is_paused_otherwise(event: ce.MemberChanged, campaign_id: str) -> bool:
    """Whether its run is paused, and not by the campaign. Older journals do not say by whom."""
    if event.state is not MemberState.PAUSED:
        return False
    by_other = bool(event.by) and not is_by_campaign(event.by, campaign_id)
    return event.reason != "asked" or by_other


def accept_failures(member: CampaignMember) -> CampaignMember:
    """Its failure does not halt the campaign again, and its run goes on where the campaign or other
    work had paused it."""
    paused = member.state is MemberState.PAUSED
    return replace(
        member,
        failure_accepted=member.state in RETRYABLE_STATES,
        resume_due=member.is_held or (paused and member.reason == _FOREIGN),
        wakes=0,
    )


def release_running(member: CampaignMember) -> CampaignMember:
    """At a pause or halt of the campaign: every run that is not paused is to be paused (again)."""
    return replace(member, is_held=member.is_held and member.state is MemberState.PAUSED)


def skip_member(member: CampaignMember, t: float) -> CampaignMember:
    """Waiting and failed members are taken out; others stay."""
    if member.state is not MemberState.WAITING and member.state not in FAILED_STATES:
        return member
    return replace(member, state=MemberState.SKIPPED, since=t, retry_due=False, retry_at=None)


def retry_member(member: CampaignMember, t: float) -> CampaignMember:
    """A failed member waits again, with the run that it has where that can go on."""
    if member.state not in RETRYABLE_STATES:
        return member
    back = member.state is MemberState.NOT_REVERTED
    return replace(
        member,
        state=MemberState.WAITING,
        since=t,
        reason="",
        message="",
        retry_due=True,
        retry_at=None,
        revert_due=back,
        revert_sent=False,
        wakes=0,
        failure_accepted=False,
    )


def mark_for_revert(member: CampaignMember) -> CampaignMember:
    """Members that a run may have changed are rolled back; the others stay as they are."""
    touched = member.was_started and member.state is not MemberState.REVERTED
    return replace(
        member,
        revert_due=touched,
        revert_sent=False,
        retry_due=False,
        retry_at=None,
        resume_due=False,
        wakes=0,
        failure_accepted=False,
    )

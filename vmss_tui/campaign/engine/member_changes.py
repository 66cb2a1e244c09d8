"""Derives the state of members from the views of their runs. Pure."""

from collections.abc import Mapping
from typing import NamedTuple

from vmss_tui.campaign import events as ce
from vmss_tui.campaign.events.member import MemberState, RequestKind
from vmss_tui.campaign.member_view import MemberView
from vmss_tui.campaign.state import FAILED_STATES, LIVE_STATES, Campaign, CampaignMember
from vmss_tui.upgrade.run.run import Phase

_NOT_ACCEPTED = "its run did not accept the rollback"
_STOPPED_STATES = frozenset({*FAILED_STATES, MemberState.NOT_REVERTED})
_OUTCOMES_KEPT = {
    MemberState.WAITING: _STOPPED_STATES,
    MemberState.SKIPPED: _STOPPED_STATES,
    MemberState.FAILED: FAILED_STATES,
    MemberState.ABORTED: FAILED_STATES,
    MemberState.NOT_REVERTED: frozenset({*FAILED_STATES, MemberState.UPGRADED}),
    MemberState.REVERTED: frozenset({*_STOPPED_STATES, MemberState.UPGRADED}),
}
"""Outcomes of the run that do not change a member in this state: an operator retries or skips it
although its run failed, another attempt or its rollback was refused, or it had changed nothing."""


class _Outcome(NamedTuple):
    state: MemberState
    reason: str = ""
    message: str = ""
    by: str = ""


def member_changes(
    campaign: Campaign, views: Mapping[str, MemberView]
) -> tuple[ce.MemberChanged, ...]:
    """An event for each member whose run shows another state than is recorded."""
    changes = []
    for member in campaign.members.values():
        view = views.get(member.key)
        if view is None or not member.run or view.run != member.run or awaits(member, view):
            continue
        if member.state is MemberState.STARTING:
            continue  # another attempt: the view is of the run before
        outcome = _outcome(campaign, member, view)
        if outcome.state in _OUTCOMES_KEPT.get(member.state, ()):
            continue
        is_paused = outcome.state is MemberState.PAUSED
        paused_again = is_paused and (outcome.reason, outcome.by) != (
            member.reason,
            member.paused_by,
        )
        if outcome.state is not member.state or paused_again:
            changes.append(_change(member.key, outcome, view))
    return tuple(changes)


def awaits(member: CampaignMember, view: MemberView) -> bool:
    """Whether the view is from before the last resume, retry or rollback of the member's run."""
    if view.intents_handled >= member.awaited_line:
        return False
    is_void = member.awaited_kind is RequestKind.RESUME and view.phase.is_over
    return not is_void


def lacks_worker(member: CampaignMember, view: MemberView) -> bool:
    """Whether a run that should go on has no worker."""
    if view.run != member.run or view.is_worker_live or member.state not in LIVE_STATES:
        return False
    active = view.phase in (Phase.ROLLING_FORWARD, Phase.ROLLING_BACK)
    return active or awaits(member, view)


def _change(key: str, outcome: _Outcome, view: MemberView) -> ce.MemberChanged:
    return ce.MemberChanged(
        member=key,
        state=outcome.state,
        reason=outcome.reason,
        message=outcome.message,
        by=outcome.by,
        upgraded=view.upgraded,
        failed=view.failed,
        rolled_back=view.rolled_back,
    )


def _outcome(campaign: Campaign, member: CampaignMember, view: MemberView) -> _Outcome:
    """What the view shows; a rollback on the run's own account is a failure."""
    match view.phase:
        case Phase.ROLLING_FORWARD:
            return _Outcome(MemberState.RUNNING)
        case Phase.ROLLING_BACK:
            return _Outcome(MemberState.REVERTING)
        case Phase.PAUSED:
            return _Outcome(MemberState.PAUSED, view.reason, view.message, view.paused_by)
        case Phase.ROLLED_BACK if campaign.reverting:
            return _Outcome(MemberState.REVERTED, "", view.message)
        case Phase.ROLLED_BACK:
            return _Outcome(MemberState.FAILED, "reverted", view.message)
    if member.revert_sent and not view.reverting:
        return _Outcome(MemberState.NOT_REVERTED, "refused", view.revert_refusal or _NOT_ACCEPTED)
    if view.phase is Phase.COMPLETED:
        return _Outcome(MemberState.UPGRADED)
    if view.phase is Phase.CANCELLED and not member.revert_sent:
        return _Outcome(MemberState.ABORTED, view.reason, view.message)
    stays = campaign.reverting and view.reverting
    state = MemberState.NOT_REVERTED if stays else MemberState.FAILED
    return _Outcome(state, view.reason or "failure", view.message)

"""The conditions that halt, pause or roll back a campaign. Pure.

Each halt has a reason, a message, the members that caused it and a safe next step.
"""

from collections.abc import Mapping

from vmss_tui.campaign import events as ce
from vmss_tui.campaign.engine.member_changes import lacks_worker
from vmss_tui.campaign.events.member import MemberState
from vmss_tui.campaign.member_view import MemberView
from vmss_tui.campaign.state import FAILED_STATES, Campaign, CampaignMember, CountedSample
from vmss_tui.fleet.phrases import pluralize, shorten_list
from vmss_tui.upgrade.plan.verdict import Inconclusive, OnFailure, SampleResult, Verdict, judge

WAKE_LIMIT = 3
"""Workers that are started for a run that keeps losing them, before the campaign halts."""

DRIFT, FOREIGN, SIGNED_OUT = "drift", "foreign", "not signed in"
_IMMEDIATE = {
    DRIFT: "check the model of the scale set; plan it again in another campaign and skip it here, "
    "or restore the model and retry",
    FOREIGN: "wait until the other work on the scale set is over, then resume; retry what failed",
    SIGNED_OUT: "sign in as before, then resume",
}
"""Reasons that halt a campaign whatever the limit of the stage is, with the safe next step: they
are about more than one image on one scale set."""

_SHOWN = 5


def check_halt(
    campaign: Campaign, views: Mapping[str, MemberView]
) -> ce.CampaignHalted | ce.CampaignPaused | ce.CampaignRevertStarted | None:
    """What stops the campaign now; None where nothing does."""
    return (
        _immediate_halt(campaign)
        or _sign_in_halt(campaign, views)
        or _worker_halt(campaign, views)
        or _failure_halt(campaign)
        or _verdict_halt(campaign)
    )


def names_text(keys: list[str]) -> str:
    """The names of the members with these keys: `web-1, web-2 and 3 more`."""
    names = [key.rsplit("/", 1)[-1] for key in keys]
    return shorten_list(names, _SHOWN, separator=", ", rest=" and {more} more")


def _immediate_halt(campaign: Campaign) -> ce.CampaignHalted | None:
    causes = [m for m in campaign.members.values() if _is_stopped(campaign, m)]
    if not causes:
        return None
    reason = causes[0].reason
    keys = [member.key for member in causes if member.reason == reason]
    return ce.CampaignHalted(
        reason=reason,
        message=f"{names_text(keys)}: {causes[0].message or reason}",
        members=tuple(keys),
        safe_next=_IMMEDIATE[reason],
    )


def _failed_states(campaign: Campaign) -> frozenset[MemberState]:
    """The states that count as failures: forward, or in a rollback."""
    return frozenset({MemberState.NOT_REVERTED}) if campaign.reverting else FAILED_STATES


def _is_stopped(campaign: Campaign, member: CampaignMember) -> bool:
    """Whether a reason of its own halts the campaign; a paused member that is rolled back next
    does not."""
    if member.reason not in _IMMEDIATE:
        return False
    if member.state is MemberState.PAUSED:
        is_next = member.revert_due and not member.revert_sent
        return not member.resume_due and not is_next
    return member.state in _failed_states(campaign) and not member.failure_accepted


def _sign_in_halt(campaign: Campaign, views: Mapping[str, MemberView]) -> ce.CampaignHalted | None:
    keys = [m.key for m in campaign.live if _is_signed_out(campaign, m, views.get(m.key))]
    if not keys:
        return None
    return ce.CampaignHalted(
        reason=SIGNED_OUT,
        message=f"{names_text(keys)}: no sign-in to Azure",
        members=tuple(keys),
        safe_next=_IMMEDIATE[SIGNED_OUT],
    )


def _is_signed_out(campaign: Campaign, member: CampaignMember, view: MemberView | None) -> bool:
    """Whether a run that should go on could not read since the campaign was last resumed. One that
    is paused sends nothing, and who paused it decides when it needs a sign-in."""
    if view is None or view.run != member.run or member.state is MemberState.PAUSED:
        return False
    return view.is_signed_out and view.signed_out_at > campaign.resumed_at


def _worker_halt(campaign: Campaign, views: Mapping[str, MemberView]) -> ce.CampaignHalted | None:
    for member in campaign.live:
        view = views.get(member.key)
        if view is None or member.wakes < WAKE_LIMIT or not lacks_worker(member, view):
            continue
        cause = view.worker_failure or "no cause is known"
        return ce.CampaignHalted(
            reason="worker",
            message=f"{names_text([member.key])}: its worker ended {member.wakes + 1} times "
            f"({cause})",
            members=(member.key,),
            safe_next="remove the cause, then resume",
        )
    return None


def _failure_halt(campaign: Campaign) -> ce.CampaignHalted | ce.CampaignRevertStarted | None:
    states = _failed_states(campaign)
    all_failed = [
        m for m in campaign.members.values() if m.state in states and not m.failure_accepted
    ]
    for index in dict.fromkeys(member.stage for member in all_failed):
        stage = campaign.stage_plan(index)
        failed = [member for member in all_failed if member.stage == index]
        if len(failed) <= stage.max_failed_members:
            continue
        keys = [member.key for member in failed]
        what = "could not be rolled back" if campaign.reverting else "failed"
        message = (
            f"{pluralize(len(failed), 'scale set', 'scale sets')} of stage {stage.name} {what} "
            f"({names_text(keys)})" + (f": {failed[-1].message}" if failed[-1].message else "")
        )
        reverts = campaign.plan is not None and campaign.plan.on_failure is OnFailure.REVERT
        if reverts and not campaign.reverting:
            return ce.CampaignRevertStarted(reason="failure", message=message)
        return ce.CampaignHalted(
            reason="failure",
            message=message,
            members=tuple(keys),
            safe_next="check them; retry them, skip them, resume to accept the failures, "
            "or roll back",
        )
    return None


def _verdict_halt(
    campaign: Campaign,
) -> ce.CampaignHalted | ce.CampaignPaused | ce.CampaignRevertStarted | None:
    plan = campaign.plan
    verdict, samples = plan.verdict if plan else None, stage_samples(campaign)
    if plan is None or verdict is None or not samples or campaign.reverting:
        return None
    judgement = judge([counted.sample.result for counted in samples], verdict)
    last = samples[-1].sample
    detail = f": {last.message}" if last.message else ""
    if judgement.failed:
        message = f"the verdict failed ({verdict.window_text}){detail}"
        if plan.reverts_on_failed_verdict:
            return ce.CampaignRevertStarted(reason="verdict", message=message)
        return ce.CampaignHalted(
            reason="verdict",
            message=message,
            safe_next="check what was upgraded; roll back, or resume: the samples are counted from "
            "then on",
        )
    if last.result is SampleResult.INCONCLUSIVE and _pauses(verdict):
        return ce.CampaignPaused(
            reason="inconclusive", message=f"the verdict is inconclusive{detail}"
        )
    return None


def _pauses(verdict: Verdict) -> bool:
    return verdict.inconclusive is Inconclusive.PAUSE


def stage_samples(campaign: Campaign) -> list[CountedSample]:
    """The samples that count for the current stage, oldest first."""
    return [counted for counted in campaign.samples if counted.stage == campaign.current_stage]

"""Computes the state of a campaign from its events.

A campaign has no other state than the fold of its events. `apply_record` accepts any event on any
campaign, so that every prefix of a journal gives a valid one, and a resumed campaign is the
interrupted one.
"""

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from vmss_tui.campaign import events as ce
from vmss_tui.campaign.fold_members import (
    accept_failures,
    apply_outcome,
    apply_request,
    change_member,
    mark_for_revert,
    release_running,
    retry_member,
    skip_member,
    update_members,
)
from vmss_tui.campaign.state import (
    SETTLED_STATES,
    Campaign,
    CampaignMember,
    CampaignPhase,
    CampaignStage,
    CountedSample,
)
from vmss_tui.upgrade.plan.verdict import MAX_SAMPLES


def fold_campaign(records: Iterable[ce.CampaignRecord]) -> Campaign:
    """The campaign after these records, beginning with the first."""
    campaign = Campaign()
    for record in records:
        campaign = apply_record(campaign, record)
    return campaign


def apply_record(campaign: Campaign, record: ce.CampaignRecord) -> Campaign:
    """The campaign after one more record. Never raises."""
    stamped = replace(campaign, seq=record.seq, t=max(campaign.t, record.t), changed_at=record.at)
    match record.body:
        case ce.CampaignConfirmed() as event:
            return _confirm(stamped, event)
        case ce.CampaignWorkerStarted():
            return replace(stamped, workers=campaign.workers + 1)
        case ce.CampaignIntentHandled(number=number):
            return replace(stamped, intents_handled=max(campaign.intents_handled, number))
        case (
            ce.CampaignPaused()
            | ce.CampaignResumed()
            | ce.CampaignHalted()
            | ce.CampaignAborted()
            | ce.CampaignRevertStarted()
            | ce.CampaignCompleted()
        ):
            return _apply_course(stamped, record.body)
        case (
            ce.ApprovalRequired()
            | ce.StageApproved()
            | ce.StageOpened()
            | ce.StageFinished()
            | ce.StagePassed()
            | ce.StageVerdictSampled()
        ):
            return _apply_stage(stamped, record.body)
        case _:
            return _reopen_stages(_apply_member(stamped, record.body))


def _confirm(campaign: Campaign, event: ce.CampaignConfirmed) -> Campaign:
    """A scale set that is planned twice counts once, in its first stage."""
    members: dict[str, CampaignMember] = {}
    for index, stage in enumerate(event.plan.stages):
        for member in stage.members:
            members.setdefault(member.key, CampaignMember(key=member.key, stage=index))
    return replace(
        campaign,
        id=event.id,
        plan=event.plan,
        by=event.by,
        members=members,
        stages=tuple(CampaignStage() for _ in event.plan.stages),
        started_at=campaign.changed_at,
    )


def _apply_course(campaign: Campaign, event: ce.AnyCampaignEvent) -> Campaign:
    match event:
        case ce.CampaignPaused(reason=reason, message=message):
            return _stop(
                update_members(campaign, release_running), CampaignPhase.PAUSED, reason, message
            )
        case ce.CampaignHalted(reason=reason, message=message):
            released = update_members(campaign, release_running)
            stopped = _stop(released, CampaignPhase.HALTED, reason, message)
            return replace(stopped, safe_next=event.safe_next, halted_members=event.members)
        case ce.CampaignAborted(by=by):
            return _stop(campaign, CampaignPhase.ABORTED, "aborted", f"aborted by {by}")
        case ce.CampaignResumed():
            return _go_on(update_members(campaign, accept_failures))
        case ce.CampaignRevertStarted():
            going = _go_on(update_members(campaign, mark_for_revert))
            return replace(going, reverting=True, phase=CampaignPhase.REVERTING)
        case ce.CampaignCompleted(reverted=reverted):
            failures = event.not_rolled_back if reverted else event.failed
            end = CampaignPhase.REVERTED if reverted else CampaignPhase.COMPLETED
            phase = CampaignPhase.COMPLETED_WITH_FAILURES if failures else end
            return _stop(campaign, phase, "reverted" * reverted, "")
    return campaign


def _stop(campaign: Campaign, phase: CampaignPhase, reason: str, message: str) -> Campaign:
    return replace(
        campaign, phase=phase, reason=reason, message=message, safe_next="", halted_members=()
    )


def _go_on(campaign: Campaign) -> Campaign:
    """Active again: the cause of the pause or halt is accepted, and samples count from now on."""
    active = _stop(campaign, campaign.active_phase, "", "")
    return replace(active, samples=(), resumed_at=campaign.changed_at)


def _apply_stage(campaign: Campaign, event: ce.AnyCampaignEvent) -> Campaign:
    match event:
        case ce.ApprovalRequired(stage=index):
            return _update_stage(campaign, index, lambda s: replace(s, approval_required=True))
        case ce.StageApproved(stage=index):
            return _update_stage(campaign, index, lambda s: replace(s, approved=True))
        case ce.StageOpened(stage=index):
            opened = _update_stage(campaign, index, lambda s: replace(s, opened_at=campaign.t))
            return replace(opened, samples=())
        case ce.StageFinished(stage=index):
            return _update_stage(campaign, index, lambda s: replace(s, finished_at=campaign.t))
        case ce.StagePassed(stage=index):
            return _update_stage(campaign, index, lambda s: replace(s, passed_at=campaign.t))
        case ce.StageVerdictSampled(stage=index, sample=sample):
            counted = CountedSample(campaign.t, index, sample)
            return replace(
                campaign,
                samples=(*campaign.samples, counted)[-MAX_SAMPLES:],
                sampled_at=counted.began_at,
                samples_taken=campaign.samples_taken + 1,
            )
    return campaign


def _update_stage(
    campaign: Campaign, index: int, change: Callable[[CampaignStage], CampaignStage]
) -> Campaign:
    stages = list(campaign.stages)
    if 0 <= index < len(stages):
        stages[index] = change(stages[index])
    return replace(campaign, stages=tuple(stages))


def _apply_member(campaign: Campaign, event: ce.AnyCampaignEvent) -> Campaign:
    t = campaign.t
    match event:
        case ce.MemberRequested(member=key):
            return update_members(campaign, lambda m: apply_request(m, event, t), (key,))
        case (
            ce.RequestAccepted(member=key)
            | ce.RequestAbsent(member=key)
            | ce.RequestRefused(member=key)
        ):
            return update_members(campaign, lambda m: apply_outcome(m, event, t), (key,))
        case ce.MemberChanged(member=key):
            return update_members(campaign, lambda m: change_member(m, event, campaign), (key,))
        case ce.MembersSkipped(members=keys):
            return update_members(campaign, lambda m: skip_member(m, t), keys)
        case ce.MembersRetried(members=keys):
            is_stopped = not campaign.phase.is_active and campaign.phase is not CampaignPhase.PAUSED
            base = _go_on(update_members(campaign, accept_failures)) if is_stopped else campaign
            return update_members(base, lambda m: retry_member(m, t), keys)
    return campaign


def _reopen_stages(campaign: Campaign) -> Campaign:
    """A stage with a member that is not settled (any more) is not finished: its bake and its
    verdict are repeated once it is. Nothing is reopened by a rollback."""
    if campaign.reverting:
        return campaign
    unsettled = {m.stage for m in campaign.members.values() if m.state not in SETTLED_STATES}
    stages = tuple(
        replace(stage, finished_at=None, passed_at=None)
        if index in unsettled and (stage.finished_at is not None or stage.passed_at is not None)
        else stage
        for index, stage in enumerate(campaign.stages)
    )
    return campaign if stages == campaign.stages else replace(campaign, stages=stages)

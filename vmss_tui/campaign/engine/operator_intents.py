"""Which event an operator's intent becomes. Pure."""

from vmss_tui.campaign import events as ce
from vmss_tui.campaign.events.member import MemberState
from vmss_tui.campaign.fold_members import RETRYABLE_STATES
from vmss_tui.campaign.state import FAILED_STATES, Campaign, CampaignPhase

_STOPPED = (CampaignPhase.PAUSED, CampaignPhase.HALTED)
_SKIPPABLE_STATES = frozenset({MemberState.WAITING, *FAILED_STATES})


def event_for_campaign_intent(
    campaign: Campaign, intent: ce.CampaignIntent
) -> ce.AnyCampaignEvent | None:
    """The event of an intent; None where it does not apply (any more)."""
    if unavailable_reason(campaign, intent):
        return None
    kind, by = intent.kind, intent.by
    match kind:
        case ce.CampaignIntentKind.PAUSE:
            return ce.CampaignPaused(reason="requested", message=f"paused by {by}", by=by)
        case ce.CampaignIntentKind.RESUME:
            return ce.CampaignResumed(by=by)
        case ce.CampaignIntentKind.APPROVE:
            index = _stage_to_approve(campaign, intent.stage)
            return None if index is None else ce.StageApproved(stage=index, by=by)
        case ce.CampaignIntentKind.ABORT:
            return ce.CampaignAborted(by=by)
        case ce.CampaignIntentKind.SKIP:
            return ce.MembersSkipped(members=skippable(campaign, intent.members), by=by)
        case ce.CampaignIntentKind.RETRY:
            return ce.MembersRetried(members=retryable(campaign, intent.members), by=by)
        case ce.CampaignIntentKind.REVERT:
            message = f"rollback requested by {by}"
            return ce.CampaignRevertStarted(by=by, reason="requested", message=message)
    return None


def unavailable_reason(campaign: Campaign, intent: ce.CampaignIntent) -> str:
    """Why an intent has no effect now, for a person; empty where it has one."""
    phase = campaign.phase
    if campaign.plan is None:
        return "the campaign has not started"
    match intent.kind:
        case ce.CampaignIntentKind.PAUSE if not phase.is_active:
            return f"the campaign is not in progress ({phase.label})"
        case ce.CampaignIntentKind.RESUME if phase not in _STOPPED:
            return f"the campaign is not paused or halted ({phase.label})"
        case ce.CampaignIntentKind.APPROVE:
            return _approval_refusal(campaign, intent.stage)
        case ce.CampaignIntentKind.ABORT if phase.is_over:
            return f"the campaign is over ({phase.label})"
        case ce.CampaignIntentKind.SKIP:
            return _skip_refusal(campaign, intent.members)
        case ce.CampaignIntentKind.RETRY:
            return _retry_refusal(campaign, intent.members)
        case ce.CampaignIntentKind.REVERT:
            return _revert_refusal(campaign)
        case ce.CampaignIntentKind.WITHDRAW | ce.CampaignIntentKind.UNRECOGNIZED:
            return "it requests nothing of the campaign"
    return ""


def skippable(campaign: Campaign, keys: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the members that can be skipped: waiting and failed ones without an open request."""
    members = (campaign.members[key] for key in keys if key in campaign.members)
    return tuple(m.key for m in members if m.state in _SKIPPABLE_STATES and m.pending is None)


def retryable(campaign: Campaign, keys: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Those of the members that can be retried, of all members without keys. A rollback is only
    retried where it failed."""
    back = frozenset({MemberState.NOT_REVERTED})
    states = back if campaign.reverting else RETRYABLE_STATES - back
    among = keys or tuple(campaign.members)
    members = (campaign.members[key] for key in among if key in campaign.members)
    return tuple(m.key for m in members if m.state in states and m.pending is None)


def _skip_refusal(campaign: Campaign, keys: tuple[str, ...]) -> str:
    if campaign.phase.is_over:
        return f"the campaign is over ({campaign.phase.label})"
    if campaign.reverting:
        return "the campaign rolls back"
    return "" if skippable(campaign, keys) else "only waiting and failed scale sets can be skipped"


def _retry_refusal(campaign: Campaign, keys: tuple[str, ...]) -> str:
    if campaign.phase in (CampaignPhase.ABORTED, CampaignPhase.REVERTED):
        return f"the campaign is over ({campaign.phase.label})"
    return "" if retryable(campaign, keys) else "none of these scale sets has failed"


def _revert_refusal(campaign: Campaign) -> str:
    if campaign.reverting and campaign.phase is not CampaignPhase.ABORTED:
        return "the campaign rolls back already, or is rolled back"
    started = [member.key for member in campaign.members.values() if member.was_started]
    if not started:
        return "no scale set was changed"
    members = campaign.plan.members if campaign.plan else ()
    edits = [member.plan.edit for member in members if member.key in started]
    if not any(edit is not None and edit.undo for edit in edits):
        return "it did not edit a model, so there is no previous one to roll back to"
    return ""


def _stage_to_approve(campaign: Campaign, name: str) -> int | None:
    """The index of the stage with this name, or of the one that waits."""
    current = campaign.current_stage
    if not name:
        waits = current is not None and campaign.stages[current].approval_required
        return current if waits else None
    stages = campaign.plan.stages if campaign.plan else ()
    return next((i for i, stage in enumerate(stages) if stage.name == name), None)


def _approval_refusal(campaign: Campaign, name: str) -> str:
    if campaign.phase.is_over or campaign.reverting:
        return f"the campaign is over or rolls back ({campaign.phase.label})"
    index = _stage_to_approve(campaign, name)
    if index is None:
        return f"there is no stage {name!r}" if name else "no stage waits for approval"
    stage, plan = campaign.stages[index], campaign.stage_plan(index)
    if not plan.approve:
        return f"stage {plan.name} needs no approval"
    return f"stage {plan.name} is approved already" if stage.approved else ""

"""Events of a campaign as sentences, for those who watch it on the command line."""

from vmss_tui.campaign import events as ce
from vmss_tui.campaign.events.member import MemberState
from vmss_tui.campaign.state import STATE_LABELS, Campaign
from vmss_tui.cli.colour import Coloured, TextColour
from vmss_tui.fleet.phrases import pluralize

_STATE_COLOURS = {
    MemberState.RUNNING: TextColour.MOVING,
    MemberState.REVERTING: TextColour.MOVING,
    MemberState.UPGRADED: TextColour.GOOD,
    MemberState.REVERTED: TextColour.GOOD,
    MemberState.PAUSED: TextColour.UNHEALTHY,
    MemberState.FAILED: TextColour.FAILED,
    MemberState.ABORTED: TextColour.FAILED,
    MemberState.NOT_REVERTED: TextColour.FAILED,
}


def describe_campaign_event(event: ce.AnyCampaignEvent, campaign: Campaign) -> Coloured | str:
    """One sentence; empty for an event that says nothing to a person. `campaign` is the campaign
    after it."""
    match event:
        case ce.MemberChanged() | ce.MemberRequested() | ce.RequestRefused():
            return _describe_member(event, campaign)
        case (
            ce.ApprovalRequired()
            | ce.StageApproved()
            | ce.StageOpened()
            | ce.StageFinished()
            | ce.StagePassed()
            | ce.StageVerdictSampled()
        ):
            return _describe_stage(event, campaign)
    return _describe_course(event)


def _describe_member(
    event: ce.MemberChanged | ce.MemberRequested | ce.RequestRefused, campaign: Campaign
) -> Coloured | str:
    name = member_name(campaign, event.member)
    match event:
        case ce.MemberRequested(kind=ce.RequestKind.WAKE, run=run):
            return f"{name}: a new worker for {run}"
        case ce.MemberRequested(kind=kind, run=run):
            return f"{name}: {kind} requested ({run})"
        case ce.RequestRefused(message=message):
            return Coloured(f"{name}: refused: {message}", TextColour.UNHEALTHY)
        case ce.MemberChanged(state=state, message=message):
            text = f"{name}: {STATE_LABELS[state]}" + (f": {message}" if message else "")
            return Coloured(text, _STATE_COLOURS.get(state))


def _describe_stage(event: ce.AnyCampaignEvent, campaign: Campaign) -> Coloured | str:
    match event:
        case ce.ApprovalRequired(stage=index):
            text = f"Stage {_stage(campaign, index)} waits for approval"
            return Coloured(text, TextColour.UNHEALTHY)
        case ce.StageApproved(stage=index, by=by):
            return f"Stage {_stage(campaign, index)} approved by {by}"
        case ce.StageOpened(stage=index):
            return f"Stage {_stage(campaign, index)} begins"
        case ce.StageFinished(stage=index, upgraded=upgraded, failed=failed):
            text = f"Stage {_stage(campaign, index)} finished: {upgraded} upgraded, {failed} failed"
            return Coloured(text, TextColour.FAILED if failed else TextColour.GOOD)
        case ce.StagePassed(stage=index):
            return Coloured(f"Stage {_stage(campaign, index)} passed", TextColour.GOOD)
        case ce.StageVerdictSampled(sample=sample):
            return f"Verdict: {sample.result}" + (f": {sample.message}" if sample.message else "")
    return ""


def _describe_course(event: ce.AnyCampaignEvent) -> Coloured | str:
    match event:
        case ce.CampaignConfirmed(plan=plan, by=by):
            return f"Confirmed by {by}: {scale_sets_text(plan.member_count)}"
        case ce.CampaignWorkerStarted(resumed=True):
            return "The campaign's worker started again"
        case ce.CampaignPaused(message=message):
            return Coloured(f"Paused: {message}", TextColour.UNHEALTHY)
        case ce.CampaignResumed(by=by):
            return f"Resumed by {by}"
        case ce.CampaignHalted(message=message):
            return Coloured(f"Halted: {message}", TextColour.FAILED)
        case ce.CampaignAborted(by=by):
            return Coloured(f"Aborted by {by}", TextColour.FAILED)
        case ce.CampaignRevertStarted(message=message):
            return Coloured(f"Rolling back: {message}", TextColour.MOVING)
        case ce.CampaignCompleted(reverted=True, rolled_back=back, not_rolled_back=failed):
            text = f"Rolled back: {scale_sets_text(back)}; {failed} not rolled back"
            return Coloured(text, TextColour.FAILED if failed else TextColour.GOOD)
        case ce.CampaignCompleted(upgraded=upgraded, failed=failed, skipped=skipped):
            text = f"Completed: {upgraded} upgraded, {failed} failed, {skipped} skipped"
            return Coloured(text, TextColour.FAILED if failed else TextColour.GOOD)
        case ce.MembersSkipped(members=keys, by=by):
            return f"{scale_sets_text(len(keys))} skipped by {by}"
        case ce.MembersRetried(members=keys, by=by):
            return f"{scale_sets_text(len(keys))} to be retried, requested by {by}"
    return ""


def scale_sets_text(count: int) -> str:
    """`1 scale set`, `3 scale sets`."""
    return pluralize(count, "scale set", "scale sets")


def member_name(campaign: Campaign, key: str) -> str:
    """`RESOURCE_GROUP/NAME` of a member; its key where the plan does not have it."""
    members = campaign.plan.members if campaign.plan else ()
    return next((m.scale_set.short for m in members if m.key == key), key)


def _stage(campaign: Campaign, index: int) -> str:
    return campaign.stage_plan(index).name

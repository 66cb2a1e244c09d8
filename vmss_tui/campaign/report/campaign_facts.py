"""Makes the report of a campaign from its journal. Pure."""

from collections.abc import Mapping, Sequence

from vmss_tui.campaign import events as ce
from vmss_tui.campaign.engine.halt import names_text
from vmss_tui.campaign.events.member import MemberState, RequestKind
from vmss_tui.campaign.fold import fold_campaign
from vmss_tui.campaign.member_view import MemberView
from vmss_tui.campaign.plan import CampaignPlan, MemberPlan
from vmss_tui.campaign.report.campaign_report import (
    CampaignReport,
    CampaignTurn,
    MemberResult,
    StageResult,
)
from vmss_tui.campaign.state import FAILED_STATES, SETTLED_STATES, Campaign, CampaignMember
from vmss_tui.upgrade.plan.verdict import SampleResult

_FAILED = frozenset({*FAILED_STATES, MemberState.NOT_REVERTED})


def build_campaign_report(
    records: Sequence[ce.CampaignRecord],
    views: Mapping[str, MemberView] | None = None,
    damage: str = "",
) -> CampaignReport | None:
    """The report of a campaign; None for a journal without a plan.

    `views` are those of the members' newest runs by key: with them the numbers of instances are of
    now, without them of each member's last change of state."""
    campaign = fold_campaign(records)
    plan = campaign.plan
    if plan is None:
        return None
    times = _Times(records)
    members = tuple(
        _member_result(campaign, member, stage.name, times, (views or {}).get(member.key))
        for stage in plan.stages
        for member in stage.members
    )
    untouched = [member for member in members if member.is_untouched]
    return CampaignReport(
        campaign=campaign.id,
        name=plan.name,
        source=plan.source,
        by=campaign.by,
        assumed_yes=times.assumed_yes,
        started_at=campaign.started_at,
        changed_at=campaign.changed_at,
        seconds=campaign.t - (records[0].t if records else 0.0),
        phase=campaign.phase,
        reason=campaign.reason,
        message=campaign.message,
        safe_next=campaign.safe_next,
        change=plan.change,
        stages=_stage_results(plan, members, times),
        members=members,
        left_out=plan.left_out,
        turns=tuple(turn for record in records if (turn := _turn(record, plan))),
        instances=plan.instance_count,
        upgraded_instances=sum(member.upgraded for member in members),
        failed_instances=sum(member.failed for member in members),
        rolled_back_instances=sum(member.rolled_back for member in members),
        untouched_members=len(untouched),
        untouched_instances=sum(member.planned for member in untouched),
        workers=campaign.workers,
        damage=damage,
    )


class _Times:
    """When things happened, from the records."""

    def __init__(self, records: Sequence[ce.CampaignRecord]) -> None:
        self.assumed_yes = False
        self.runs: dict[str, list[str]] = {}
        self.started_at: dict[str, str] = {}
        self.changed_at: dict[str, str] = {}
        self.stages: dict[tuple[str, int], str] = {}
        self.approved_by: dict[int, str] = {}
        self.samples: dict[int, list[SampleResult]] = {}
        starts: dict[str, ce.MemberRequested] = {}
        for record in records:
            self._note(record, starts)

    def _note(self, record: ce.CampaignRecord, starts: dict[str, ce.MemberRequested]) -> None:
        match record.body:
            case ce.CampaignConfirmed(assumed_yes=assumed_yes):
                self.assumed_yes = assumed_yes
            case ce.MemberRequested(kind=RequestKind.START, member=key) as request:
                starts[request.id] = request
                self.changed_at[key] = record.at
            case ce.RequestAccepted(id=request_id, member=key) if request_id in starts:
                request = starts.pop(request_id)
                self.started_at.setdefault(key, record.at)
                self.runs.setdefault(key, []).append(request.run)
            case ce.RequestRefused(member=key) | ce.MemberChanged(member=key):
                self.changed_at[key] = record.at
            case ce.MembersSkipped(members=keys):
                self.changed_at.update(dict.fromkeys(keys, record.at))
            case ce.StageApproved(stage=index, by=by):
                self.approved_by[index] = by
            case ce.StageOpened(stage=i) | ce.StageFinished(stage=i) | ce.StagePassed(stage=i):
                self.stages[type(record.body).__name__, i] = record.at
            case ce.StageVerdictSampled(stage=index, sample=sample):
                self.samples.setdefault(index, []).append(sample.result)

    def of_stage(self, kind: type[ce.CampaignEvent], index: int) -> str:
        """When the last event of this kind of a stage was recorded; empty where none was."""
        return self.stages.get((kind.__name__, index), "")


def _member_result(
    campaign: Campaign,
    planned: MemberPlan,
    stage: str,
    times: _Times,
    view: MemberView | None,
) -> MemberResult:
    key = planned.key
    member = campaign.members.get(key, CampaignMember(key=key, stage=0))
    counts: CampaignMember | MemberView = member
    if view is not None and view.run == member.run:
        counts = view
    is_settled = member.state in SETTLED_STATES
    seconds = None
    if is_settled and member.started_at is not None and member.since is not None:
        seconds = member.since - member.started_at
    runs = tuple(times.runs.get(key, ()))
    if member.pending is not None and member.pending.kind is RequestKind.START:
        runs += (member.pending.run,)  # it may exist
    return MemberResult(
        scale_set=planned.scale_set.resource_id,
        name=planned.scale_set.name,
        region=planned.region,
        stage=stage,
        state=member.state,
        reason=member.reason,
        message=member.message,
        runs=runs,
        started_at=times.started_at.get(key, ""),
        ended_at=times.changed_at.get(key, "") if is_settled else "",
        seconds=seconds if runs else None,
        planned=planned.instance_count,
        upgraded=counts.upgraded,
        failed=counts.failed,
        rolled_back=counts.rolled_back,
    )


def _stage_results(
    plan: CampaignPlan, members: Sequence[MemberResult], times: _Times
) -> tuple[StageResult, ...]:
    results = []
    for index, stage in enumerate(plan.stages):
        own = [member for member in members if member.stage == stage.name]
        samples = times.samples.get(index, [])
        results.append(
            StageResult(
                name=stage.name,
                members=len(own),
                upgraded=_count(own, {MemberState.UPGRADED}),
                failed=_count(own, _FAILED),
                skipped=_count(own, {MemberState.SKIPPED}),
                rolled_back=_count(own, {MemberState.REVERTED}),
                untouched=sum(member.is_untouched for member in own),
                instances=stage.instance_count,
                untouched_instances=sum(m.planned for m in own if m.is_untouched),
                opened_at=times.of_stage(ce.StageOpened, index),
                finished_at=times.of_stage(ce.StageFinished, index),
                passed_at=times.of_stage(ce.StagePassed, index),
                approved_by=times.approved_by.get(index, ""),
                bake=stage.bake,
                samples=len(samples),
                failed_samples=samples.count(SampleResult.FAILURE),
            )
        )
    return tuple(results)


def _count(
    members: Sequence[MemberResult], states: set[MemberState] | frozenset[MemberState]
) -> int:
    return sum(member.state in states for member in members)


def _turn(record: ce.CampaignRecord, plan: CampaignPlan) -> CampaignTurn | None:
    """The entry of an event that changed the course; None for others."""
    at = record.at
    match record.body:
        case ce.CampaignPaused(message=message, reason=reason):
            return CampaignTurn(at=at, kind="paused", message=message or reason)
        case ce.CampaignResumed(by=by):
            return CampaignTurn(at=at, kind="resumed", message=f"by {by}")
        case ce.CampaignHalted(message=message):
            return CampaignTurn(at=at, kind="halted", message=message)
        case ce.CampaignAborted(by=by):
            return CampaignTurn(at=at, kind="aborted", message=f"by {by}")
        case ce.CampaignRevertStarted(message=message):
            return CampaignTurn(at=at, kind="rollback", message=message)
        case ce.StageApproved(stage=index, by=by) if index < len(plan.stages):
            return CampaignTurn(
                at=at, kind="approved", message=f"{plan.stages[index].name} by {by}"
            )
        case ce.StageOpened(stage=index) if index < len(plan.stages):
            return CampaignTurn(at=at, kind="stage", message=f"{plan.stages[index].name} began")
        case ce.StagePassed(stage=index) if index < len(plan.stages):
            return CampaignTurn(at=at, kind="stage", message=f"{plan.stages[index].name} passed")
        case ce.MembersSkipped(members=keys, by=by):
            return CampaignTurn(at=at, kind="skipped", message=f"{names_text([*keys])} by {by}")
        case ce.MembersRetried(members=keys, by=by):
            return CampaignTurn(at=at, kind="retried", message=f"{names_text([*keys])} by {by}")
        case ce.StageVerdictSampled(sample=sample) if sample.result is not SampleResult.SUCCESS:
            return CampaignTurn(at=at, kind=f"verdict {sample.result}", message=sample.message)
    return None

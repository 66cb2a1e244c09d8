"""Plans a campaign: reads every selected scale set and freezes stages, members and their runs.

Sends reads only. The plan names every scale set and every instance that the campaign may change.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from vmss_tui.campaign.left_out import LeftOutKind
from vmss_tui.campaign.plan import CampaignPlan, LeftOutMember, MemberPlan, StagePlan
from vmss_tui.campaign.strategy import Strategy, StrategyStage
from vmss_tui.fleet.estate.row import EstateRow
from vmss_tui.fleet.estate.where import parse_where
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.fleet.phrases import pluralize
from vmss_tui.fleet.preflight.result import Preflight
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.runtime.campaigns.candidates import CandidateReader
from vmss_tui.runtime.campaigns.member_planner import (
    MemberDraft,
    MemberPlanner,
    left_out_member,
)
from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.preflight.checker import PreflightChecker, plan_subject
from vmss_tui.runtime.runs.gates import resolve_command
from vmss_tui.text import capitalize_sentence
from vmss_tui.upgrade.plan.selection import PlanError
from vmss_tui.upgrade.report.preflight_rows import reported_cautions

ReportCount = Callable[[int, int], None]


def _ignore_count(_done: int, _total: int) -> None:
    pass


def _never() -> bool:
    return False


class CampaignPlanner:
    """Plans campaigns for one session, and starts none. Blocks."""

    def __init__(
        self,
        candidates: CandidateReader,
        members: MemberPlanner,
        preflight: PreflightChecker,
        clock: Clock,
    ) -> None:
        self._candidates, self._members = candidates, members
        self._preflight, self._clock = preflight, clock

    def plan(
        self,
        strategy: Strategy,
        *,
        ids: Collection[ScaleSetId] | None = None,
        source: str = "",
        report_count: ReportCount = _ignore_count,
        is_cancelled: Callable[[], bool] = _never,
    ) -> CampaignPlan:
        """The plan of a strategy; it may have no member, where all are left out.

        With `ids` only those of the selected scale sets take part. `report_count` gets the numbers
        of scale sets that are read, and of all. Raises `PlanError` where no scale set matches, and
        a `GatewayError` where planning cannot go on.
        """
        where = parse_where(strategy.select.where)
        stages = [parse_where(stage.where) for stage in strategy.stages]
        listing = self._candidates.list_selected(where, stages, ids)

        def decide(row: EstateRow) -> MemberDraft | LeftOutMember | None:
            return self._members.decide(strategy, stages, row, self._candidates.read(row))

        decisions = self._candidates.in_parallel(decide, listing.rows, report_count, is_cancelled)
        drafts = [decision for decision in decisions if isinstance(decision, MemberDraft)]
        left_out = [decision for decision in decisions if isinstance(decision, LeftOutMember)]
        if not drafts and not left_out:
            damage = f" ({'; '.join(listing.damage)})" if listing.damage else ""
            raise PlanError(f"no scale set matches {strategy.select.where!a}{damage}")
        passed, refused, notes = self._check(strategy, drafts)
        verdict = strategy.verdict
        if verdict is not None and verdict.command:
            command = resolve_command(verdict.command, "verdict")
            verdict = msgspec.structs.replace(verdict, command=command)
        made_at = self._clock.wall()
        planned = tuple(
            _stage_plan(stage, [draft.member for draft in passed if draft.stage == number])
            for number, stage in enumerate(strategy.stages)
        )
        return CampaignPlan(
            name=strategy.name,
            stages=planned,
            left_out=(*left_out, *refused),
            rules=strategy.rules,
            verdict=verdict,
            on_failure=strategy.on_failure,
            change=change_lines(strategy.change),
            source=source,
            cautions=(*_cautions(planned, made_at), *map(_not_listed, listing.damage)),
            notes=(*(f"{capitalize_sentence(note)}." for note in listing.notes), *notes),
            made_at=made_at,
        )

    def _check(
        self, strategy: Strategy, drafts: Sequence[MemberDraft]
    ) -> tuple[list[MemberDraft], list[LeftOutMember], tuple[str, ...]]:
        """The drafts that pass the checks before the first write, with their cautions; those that
        are refused; and a note of what was checked."""
        subjects = [plan_subject(draft.scale_set, draft.member.plan) for draft in drafts]
        results = self._preflight.check_many(subjects) if subjects else {}
        passed: list[MemberDraft] = []
        refused: list[LeftOutMember] = []
        checks: dict[str, None] = {}
        for draft in drafts:
            result = results[draft.scale_set.id.key]
            checks |= dict.fromkeys(result.checks)
            if result.refusals:
                stage = strategy.stages[draft.stage].name
                reason = result.refusal_text
                refused.append(left_out_member(draft.row, LeftOutKind.PREFLIGHT, reason, stage))
            else:
                passed.append(_with_findings(draft, result))
        checked = pluralize(len(drafts), "scale set", "scale sets")
        note = (
            (f"Checked before the first write, for {checked}: {', '.join(checks)}.",)
            if checks
            else ()
        )
        return passed, refused, note


def _with_findings(draft: MemberDraft, result: Preflight) -> MemberDraft:
    """The draft with what the checks found as cautions of its plan."""
    texts = (
        *(finding.message for finding in reported_cautions(result)),
        *(f"not checked: {finding.check}: {finding.message}" for finding in result.unknown),
    )
    cautions = tuple(f"{capitalize_sentence(text)}." for text in texts)
    if not cautions:
        return draft
    plan = draft.member.plan
    plan = msgspec.structs.replace(plan, cautions=(*plan.cautions, *cautions))
    return replace(draft, member=msgspec.structs.replace(draft.member, plan=plan))


def change_lines(edit: Edit) -> tuple[str, ...]:
    """`image version 22.04.202601010`, a line for each value that is changed."""
    return tuple(
        f"{field.replace('_', ' ').replace('vm ', 'VM ').replace(' id', ' ID')} {value}"
        for field in edit.__struct_fields__
        if (value := getattr(edit, field)) is not None
    )


def _stage_plan(stage: StrategyStage, members: Iterable[MemberPlan]) -> StagePlan:
    return StagePlan(
        name=stage.name,
        members=tuple(members),
        concurrency=stage.concurrency,
        max_failed_members=stage.max_failed_members,
        bake=stage.bake,
        approve=stage.approve,
        start_at=stage.start_at,
    )


def _cautions(stages: Iterable[StagePlan], made_at: datetime) -> Iterable[str]:
    for stage in stages:
        if not stage.members:
            yield f"Stage {stage.name} has no scale set."
        if stage.start_at is not None and stage.start_at <= made_at:
            yield (
                f"The start time of stage {stage.name} is past ({stage.start_at:%Y-%m-%d %H:%M} "
                "UTC): the stage does not wait for it."
            )


def _not_listed(problem: str) -> str:
    return f"Not listed: {problem}."

"""Plans a campaign: reads every selected scale set and freezes stages, members and their runs.

Sends reads only. The plan names every scale set and every instance that the campaign may change.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from vmss_tui.campaign.expected_time import run_time
from vmss_tui.campaign.left_out import LeftOutKind
from vmss_tui.campaign.plan import CampaignPlan, LeftOutMember, MemberPlan, StagePlan
from vmss_tui.campaign.strategy import Strategy, StrategyStage
from vmss_tui.fleet.estate.row import EstateRow
from vmss_tui.fleet.estate.where import Where, parse_where
from vmss_tui.fleet.model_edit.edit import Edit, InvalidEdit
from vmss_tui.fleet.region_pairs import paired_region, region_name
from vmss_tui.fleet.scale_set import PolicyMode
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import NotFound
from vmss_tui.runtime.campaigns.candidates import Candidate, Candidates
from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.images import Images
from vmss_tui.runtime.offers import Offers
from vmss_tui.runtime.permission import Permission
from vmss_tui.runtime.runs.planner import Planner
from vmss_tui.upgrade.plan.selection import PlanError, Selection

ReportCount = Callable[[int, int], None]


def _ignore_count(_done: int, _total: int) -> None:
    pass


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class _Draft:
    """What planning decided about one scale set: a member of a stage, or left out."""

    stage: int
    member: MemberPlan


@dataclass(frozen=True, slots=True)
class _Refusal:
    kind: LeftOutKind
    reason: str


class CampaignPlanner:
    """Plans campaigns for one session, and starts none. Blocks."""

    def __init__(
        self,
        candidates: Candidates,
        planner: Planner,
        images: Images,
        offers: Offers,
        permission: Permission,
        clock: Clock,
    ) -> None:
        self._candidates, self._planner = candidates, planner
        self._images, self._offers = images, offers
        self._permission, self._clock = permission, clock

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
        listing = self._candidates.list_selected(where, ids)
        stages = [parse_where(stage.where) for stage in strategy.stages]

        def decide(row: EstateRow) -> _Draft | LeftOutMember | None:
            return self._decide(strategy, where, stages, row)

        decisions = self._candidates.in_parallel(decide, listing.rows, report_count, is_cancelled)
        drafts = [decision for decision in decisions if isinstance(decision, _Draft)]
        left_out = [decision for decision in decisions if isinstance(decision, LeftOutMember)]
        if not drafts and not left_out:
            damage = f" ({'; '.join(listing.damage)})" if listing.damage else ""
            raise PlanError(f"no scale set matches {strategy.select.where!a}{damage}")
        made_at = self._clock.wall()
        planned = tuple(
            _stage_plan(stage, [draft.member for draft in drafts if draft.stage == number])
            for number, stage in enumerate(strategy.stages)
        )
        return CampaignPlan(
            name=strategy.name,
            stages=planned,
            left_out=tuple(left_out),
            rules=strategy.rules,
            verdict=strategy.verdict,
            on_failure=strategy.on_failure,
            change=change_lines(strategy.change),
            source=source,
            cautions=(*_cautions(planned, made_at), *map(_not_listed, listing.damage)),
            made_at=made_at,
        )

    def _decide(
        self, strategy: Strategy, where: Where, stages: Sequence[Where], listed: EstateRow
    ) -> _Draft | LeftOutMember | None:
        """What becomes of one listed scale set; None where it does not match as it was read."""
        candidate = self._candidates.read(listed)
        row, snapshot = candidate.row, candidate.snapshot
        if snapshot is not None and not where.matches(row):
            if not where.matches(listed):
                return None
            return _left_out(row, _Refusal(LeftOutKind.CHANGED, "does not match any more"))
        stage = next((n for n, filter_ in enumerate(stages) if filter_.matches(row)), None)
        refusal = _reading_refusal(candidate)
        if refusal is None and stage is None:
            refusal = _Refusal(LeftOutKind.STAGE, "matches no stage")
        if refusal is None:
            refusal = self._set_refusal(row)
        if refusal is None and snapshot is not None and stage is not None:
            planned = self._plan_member(strategy, snapshot)
            if isinstance(planned, MemberPlan):
                return _Draft(stage, planned)
            refusal = planned
        assert refusal is not None
        name = strategy.stages[stage].name if stage is not None else ""
        return _left_out(row, refusal, name)

    def _set_refusal(self, row: EstateRow) -> _Refusal | None:
        """Why no run may be planned on a scale set that was read."""
        if row.owner:
            return _Refusal(LeftOutKind.OWNED, f"managed by {row.owner}")
        if row.policy_mode is not PolicyMode.MANUAL:
            return _Refusal(
                LeftOutKind.POLICY, f"upgrade policy {row.policy_mode}: Azure itself upgrades it"
            )
        if row.is_live:
            return _Refusal(LeftOutKind.LIVE, "a run is live on it")
        if self._permission.is_protected(row.id):
            return _Refusal(LeftOutKind.PROTECTED, "protected by the settings")
        return None

    def _plan_member(self, strategy: Strategy, snapshot: Snapshot) -> MemberPlan | _Refusal:
        scale_set, edit = snapshot.scale_set, strategy.change
        problem = ""
        try:
            if edit:
                problem = self._offers.read(scale_set, edit)
            else:
                self._images.latest_version(scale_set)
                self._offers.read_model_image(scale_set)
            plan = self._planner.plan(snapshot, Selection(), strategy.policy, edit or None)
        except InvalidEdit as error:
            return _Refusal(LeftOutKind.IMAGE, error.message)
        except PlanError as error:
            return _plan_refusal(snapshot, edit, error)
        except RunRefused as error:
            return _Refusal(LeftOutKind.POLICY, _without_name(error.message, scale_set.id))
        if problem:
            caution = f"Not checked: the catalogue cannot be read: {problem}"
            plan = msgspec.structs.replace(plan, cautions=(*plan.cautions, caution))
        expected = run_time(plan, self._planner.read_pace(scale_set.id))
        region = region_name(scale_set.location)
        return MemberPlan(
            plan=plan,
            region=region,
            paired_region=paired_region(region),
            expected_seconds=expected.seconds,
            is_measured=expected.is_measured,
        )


def change_lines(edit: Edit) -> tuple[str, ...]:
    """`image version 22.04.202601010`, a line for each value that is changed."""
    return tuple(
        f"{field.replace('_', ' ').replace('vm ', 'VM ').replace(' id', ' ID')} {value}"
        for field in edit.__slots__
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


def _reading_refusal(candidate: Candidate) -> _Refusal | None:
    error, snapshot = candidate.error, candidate.snapshot
    if isinstance(error, NotFound):
        return _Refusal(LeftOutKind.GONE, "does not exist any more")
    if error is not None:
        return _Refusal(LeftOutKind.UNREADABLE, f"cannot be read: {error.message}")
    if snapshot is not None and not snapshot.complete:
        return _Refusal(
            LeftOutKind.UNREADABLE, f"was not read completely: {'; '.join(snapshot.damage)}"
        )
    return None


def _plan_refusal(snapshot: Snapshot, edit: Edit, error: PlanError) -> _Refusal:
    """The reason of a scale set for which there is nothing to plan."""
    message = _without_name(error.message, snapshot.scale_set.id)
    if not snapshot.instances:
        return _Refusal(LeftOutKind.EMPTY, "has no instances")
    if snapshot.current == len(snapshot.instances):
        what = "has this change already" if edit else "latest model already"
        return _Refusal(LeftOutKind.CURRENT, f"{what}, on every instance")
    return _Refusal(LeftOutKind.EMPTY, message)


def _without_name(message: str, scale_set: ScaleSetId) -> str:
    """The message without the name of the scale set that it begins with."""
    return message.removeprefix(scale_set.short).removeprefix(":").strip()


def _left_out(row: EstateRow, refusal: _Refusal, stage: str = "") -> LeftOutMember:
    return LeftOutMember(
        subscription_id=row.id.subscription_id,
        resource_group=row.id.resource_group,
        name=row.id.name,
        reason=refusal.reason,
        kind=refusal.kind,
        region=region_name(row.region),
        stage=stage,
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

"""Decides about one selected scale set: member of a stage with the plan of its run, or left out.

Sends reads only: of the scale set, and of the catalogue of images and sizes.
"""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from vmss_tui.campaign.expected_time import run_time
from vmss_tui.campaign.left_out import LeftOutKind
from vmss_tui.campaign.plan import LeftOutMember, MemberPlan
from vmss_tui.campaign.strategy import Strategy
from vmss_tui.fleet.estate.region_pairs import paired_region, region_name
from vmss_tui.fleet.estate.row import EstateRow
from vmss_tui.fleet.estate.where import Where, parse_where
from vmss_tui.fleet.model_edit.edit import Edit, InvalidEdit
from vmss_tui.fleet.scale_set import PolicyMode, ScaleSet
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import NotFound
from vmss_tui.runtime.campaigns.candidates import Candidate
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.images import Images
from vmss_tui.runtime.offers import Offers
from vmss_tui.runtime.permission import Permission
from vmss_tui.runtime.runs.planner import Planner
from vmss_tui.upgrade.plan.selection import PlanError, Selection


class MemberDraft(Struct, frozen=True):
    """A scale set that becomes a member, if the checks before the first write allow it."""

    row: EstateRow
    stage: int
    """Index of its stage."""
    scale_set: ScaleSet
    """As it was read."""
    member: MemberPlan


class _Refusal(Struct, frozen=True):
    kind: LeftOutKind
    reason: str


class MemberPlanner:
    """Plans members of campaigns for one session. Blocks."""

    def __init__(
        self, planner: Planner, images: Images, offers: Offers, permission: Permission
    ) -> None:
        self._planner, self._images = planner, images
        self._offers, self._permission = offers, permission

    def decide(
        self,
        strategy: Strategy,
        stages: Sequence[Where],
        listed: EstateRow,
        candidate: Candidate,
    ) -> MemberDraft | LeftOutMember | None:
        """What becomes of one listed scale set; None where it does not match as it was read.

        `stages` are the filters of the stages, in order.
        """
        where = parse_where(strategy.select.where)
        row, snapshot = candidate.row, candidate.snapshot
        if snapshot is not None and not where.matches(row):
            if not where.matches(listed):
                return None
            return left_out_member(row, LeftOutKind.CHANGED, "does not match any more")
        stage = next((n for n, filter_ in enumerate(stages) if filter_.matches(row)), None)
        refusal = _reading_refusal(candidate)
        if refusal is None and stage is None:
            refusal = _Refusal(LeftOutKind.STAGE, "matches no stage")
        if refusal is None:
            refusal = self._set_refusal(row)
        if refusal is None and snapshot is not None and stage is not None:
            planned = self._plan_member(strategy, snapshot)
            if isinstance(planned, MemberPlan):
                return MemberDraft(row, stage, snapshot.scale_set, planned)
            refusal = planned
        assert refusal is not None
        name = strategy.stages[stage].name if stage is not None else ""
        return left_out_member(row, refusal.kind, refusal.reason, name)

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
                self._images.latest_version(scale_set)  # the plan warns of older ones
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


def left_out_member(
    row: EstateRow, kind: LeftOutKind, reason: str, stage: str = ""
) -> LeftOutMember:
    """The entry of a scale set that is left out; `stage` is the name of its stage, if any."""
    return LeftOutMember(
        subscription_id=row.id.subscription_id,
        resource_group=row.id.resource_group,
        name=row.id.name,
        reason=reason,
        kind=kind,
        region=region_name(row.region),
        stage=stage,
    )

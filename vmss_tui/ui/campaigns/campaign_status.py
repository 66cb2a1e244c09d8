"""A campaign at one moment, as its screen shows it. Pure."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct, field

from vmss_tui.campaign.engine.operator_intents import unavailable_reason
from vmss_tui.campaign.events import CampaignIntent, CampaignIntentKind, MemberState
from vmss_tui.campaign.expected_time import ExpectedTime, stage_time, total_time
from vmss_tui.campaign.member_view import MemberView
from vmss_tui.campaign.plan import MemberPlan
from vmss_tui.campaign.plan_tree import member_time
from vmss_tui.campaign.state import (
    SETTLED_STATES,
    STATE_LABELS,
    Campaign,
    CampaignMember,
    CampaignPhase,
)
from vmss_tui.fleet.state_groups import StateGroup
from vmss_tui.upgrade.run.run import ENDED_PHASES, OPEN_STAGES, Run, Stage

_FOLLOWED_STATES = frozenset(
    {MemberState.STARTING, MemberState.RUNNING, MemberState.PAUSED, MemberState.REVERTING}
)
"""States in which a run that has no worker, or a silent one, is a problem."""


class MemberStatus(Struct, frozen=True):
    """A member with what its run shows."""

    plan: MemberPlan
    member: CampaignMember
    view: MemberView | None = None
    """None before it has a run, and where the run was removed."""
    groups: Mapping[StateGroup, int] = field(default_factory=dict)
    """Number of its planned instances in each group of states."""
    seconds_left: float | None = None
    """Estimated run seconds until its run ends; None where it is not known."""
    silent_since: datetime | None = None
    """Since when the worker of its run has not responded; None while it does."""

    @property
    def _counts(self) -> MemberView | CampaignMember:
        """The numbers of its run; those of its last change of state where they are newer: the run
        of a settled member is read less often."""
        view = self.view
        is_older = self.member.state in SETTLED_STATES and (
            view is None or view.phase not in ENDED_PHASES
        )
        return self.member if view is None or is_older else view

    @property
    def upgraded(self) -> int:
        """Instances that are upgraded, and not rolled back."""
        return self._counts.upgraded

    @property
    def failed(self) -> int:
        """Instances that have failed."""
        return self._counts.failed

    @property
    def lacks_worker(self) -> bool:
        """Its run is not over, and no worker carries it out."""
        return (
            self.view is not None
            and self.member.state in (MemberState.RUNNING, MemberState.REVERTING)
            and not self.view.is_worker_live
            and not self.view.phase.is_over
        )

    @property
    def worker_problem(self) -> str:
        """What is wrong with the worker of its run: `no worker`, `no heartbeat`, `signed out`;
        empty where nothing is."""
        if self.lacks_worker:
            return "no worker"
        if self.silent_since is not None and self.member.state in _FOLLOWED_STATES:
            return "no heartbeat"
        if self.view is not None and self.view.is_signed_out and self.member.is_live:
            return "signed out"
        return ""

    @property
    def state_label(self) -> str:
        """What is wrong with the worker of its run, else the state for a person."""
        return self.worker_problem or STATE_LABELS[self.member.state]

    @property
    def reason(self) -> str:
        """Why it is in its state; empty where there is nothing to say."""
        view = self.view
        if self.lacks_worker and view is not None and view.worker_failure:
            return view.worker_failure
        if view is not None and self.member.is_live and view.message:
            return view.message
        return self.member.message


class CampaignStatus(Struct, frozen=True):
    """A campaign with its members."""

    name: str
    campaign: Campaign
    members: Mapping[str, MemberStatus]
    """By key, in the order of the stages."""
    is_live: bool
    """A worker carries it out."""
    t: float
    """The campaign's clock, rounded."""
    damage: str = ""
    """What is damaged in the journal; nothing after it is read."""
    worker_failure: str = ""
    """Why the last worker ended early; empty while there is one."""

    @property
    def lacks_worker(self) -> bool:
        """The campaign should advance, and no worker carries it out."""
        return not self.is_live and (self.campaign.phase.is_active or bool(self.campaign.live))

    @property
    def control(self) -> CampaignIntentKind | None:
        """Whether the campaign can be paused or resumed; None for one that has ended."""
        phase = self.campaign.phase
        if self.is_live and phase.is_active:
            return CampaignIntentKind.PAUSE
        if phase.is_over and (self.is_live or not self.campaign.live):
            return None
        return CampaignIntentKind.RESUME

    def obstacles(self, key: str, *, read_only: bool) -> dict[str, str]:
        """Why each intent has no effect now, empty where it has one. `key` is the member to skip;
        empty for none. Pausing and resuming is one entry, `PAUSE`."""
        kinds = (
            CampaignIntentKind.APPROVE,
            CampaignIntentKind.ABORT,
            CampaignIntentKind.RETRY,
            CampaignIntentKind.REVERT,
        )
        obstacles: dict[str, str] = {kind: self.obstacle(kind) for kind in kinds}
        obstacles[CampaignIntentKind.SKIP] = "choose a scale set first"
        if key:
            obstacles[CampaignIntentKind.SKIP] = self.obstacle(CampaignIntentKind.SKIP, key)
        control = self.control
        obstacles[CampaignIntentKind.PAUSE] = (
            f"the campaign is over ({self.campaign.phase.label})"
            if control is None
            else "this session is read-only: it may pause a campaign, not resume one"
            if read_only and control is CampaignIntentKind.RESUME
            else ""
        )
        return obstacles

    def obstacle(self, kind: CampaignIntentKind, *keys: str) -> str:
        """Why an intent has no effect now; empty where it has one."""
        intent = CampaignIntent(kind=kind, by="", members=keys)
        return self.damage or unavailable_reason(self.campaign, intent)


def instance_groups(
    plan: MemberPlan, member: CampaignMember, run: Run | None
) -> dict[StateGroup, int]:
    """The planned instances of a member by groups of states, as its run knows them; without the
    run, and where it was read before the member settled, by the numbers of that change."""
    is_newer = run is not None and (member.state not in SETTLED_STATES or run.ended)
    if run is not None and run.members and is_newer:
        counts = Counter(_group(run, target.stage) for target in run.targets)
        return {group: counts[group] for group in StateGroup if counts[group]}
    total = plan.instance_count
    groups = {
        StateGroup.LATEST_MODEL: min(member.upgraded, total),
        StateGroup.FAILED: member.failed,
    }
    groups[StateGroup.OUTDATED] = max(0, total - sum(groups.values()))
    return groups


def _group(run: Run, stage: Stage) -> StateGroup:
    """The group of an instance by its progress. In a rollback, upgraded instances are those that
    have the previous model again, and waiting ones have the new model still."""
    if stage in OPEN_STAGES:
        return StateGroup.UPGRADING
    match stage:
        case Stage.UPGRADED:
            return StateGroup.OUTDATED if run.reverting else StateGroup.LATEST_MODEL
        case Stage.FAILED:
            return StateGroup.FAILED
        case Stage.GONE:
            return StateGroup.UNKNOWN
        case Stage.WAITING if run.reverting:
            return StateGroup.LATEST_MODEL
    return StateGroup.OUTDATED


def time_left(status: CampaignStatus) -> ExpectedTime | None:
    """Expected run seconds until all stages are complete, without waits for an operator or a start
    time; None while the campaign does not advance forward."""
    campaign = status.campaign
    current = campaign.current_stage
    if campaign.phase is not CampaignPhase.UPGRADING or current is None or not status.is_live:
        return None
    stages = range(current, len(campaign.stages))
    return total_time([_stage_time_left(status, index) for index in stages])


def _stage_time_left(status: CampaignStatus, index: int) -> ExpectedTime:
    campaign = status.campaign
    plan, stage = campaign.stage_plan(index), campaign.stages[index]
    members = [status.members[m.key] for m in campaign.of_stage(index) if m.key in status.members]
    live = [_live_time(status, member) for member in members if member.member.is_live]
    waiting = [
        member_time(member.plan)
        for member in members
        if member.member.state is MemberState.WAITING or member.member.retry_due
    ]
    bake = plan.bake if members else 0.0
    if stage.finished_at is not None:
        bake = max(0.0, stage.finished_at + bake - status.t)
    return stage_time([*live, *waiting], plan.concurrency, bake)


def _live_time(status: CampaignStatus, member: MemberStatus) -> ExpectedTime:
    if member.seconds_left is not None:
        return ExpectedTime(member.seconds_left, is_measured=True)
    begin = member.member.started_at
    elapsed = status.t - begin if begin is not None else 0.0
    return ExpectedTime(
        max(0.0, (member.plan.expected_seconds or 0.0) - elapsed), is_measured=False
    )

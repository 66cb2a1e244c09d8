"""The state of a campaign: its stages and members. Values only; `fold` makes them of its events."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import msgspec

from vmss_tui.campaign.events.member import MemberRequested, MemberState, RequestKind
from vmss_tui.campaign.plan import CampaignPlan, StagePlan
from vmss_tui.fleet.phrases import Term
from vmss_tui.upgrade.plan.verdict import Sample


class CampaignPhase(StrEnum):
    """The phase of a campaign; the words are those of a run's phases."""

    UPGRADING = "Upgrading"
    REVERTING = "RollingBack"
    PAUSED = "Paused"
    HALTED = "Halted"
    COMPLETED = "Completed"
    COMPLETED_WITH_FAILURES = "CompletedWithFailures"
    REVERTED = "RolledBack"
    ABORTED = "Aborted"

    @property
    def label(self) -> str:
        """The phase for a person."""
        return _PHASE_LABELS[self]

    @property
    def is_over(self) -> bool:
        """Whether no run is started any more, unless an operator retries or rolls back."""
        return self in _OVER

    @property
    def is_active(self) -> bool:
        """Whether runs are started: forward or back."""
        return self in (CampaignPhase.UPGRADING, CampaignPhase.REVERTING)


_PHASE_LABELS = {
    CampaignPhase.UPGRADING: "Upgrading",
    CampaignPhase.REVERTING: "Rolling back",
    CampaignPhase.PAUSED: "Paused",
    CampaignPhase.HALTED: "Halted",
    CampaignPhase.COMPLETED: "Completed",
    CampaignPhase.COMPLETED_WITH_FAILURES: "Completed with failures",
    CampaignPhase.REVERTED: "Rolled back",
    CampaignPhase.ABORTED: "Aborted",
}
_OVER = frozenset(
    {
        CampaignPhase.COMPLETED,
        CampaignPhase.COMPLETED_WITH_FAILURES,
        CampaignPhase.REVERTED,
        CampaignPhase.ABORTED,
    }
)

LIVE_STATES = frozenset(
    {MemberState.STARTING, MemberState.RUNNING, MemberState.PAUSED, MemberState.REVERTING}
)
"""States that take a place of a stage's concurrency."""
FAILED_STATES = frozenset({MemberState.FAILED, MemberState.ABORTED})
SETTLED_STATES = frozenset(
    {
        MemberState.UPGRADED,
        MemberState.SKIPPED,
        MemberState.REVERTED,
        MemberState.NOT_REVERTED,
        *FAILED_STATES,
    }
)

STATE_LABELS: Mapping[MemberState, str] = {
    MemberState.WAITING: "waiting",
    MemberState.STARTING: "starting",
    MemberState.RUNNING: "upgrading",
    MemberState.PAUSED: "paused",
    MemberState.UPGRADED: Term.UPGRADED,
    MemberState.FAILED: Term.FAILED,
    MemberState.ABORTED: "aborted",
    MemberState.SKIPPED: Term.SKIPPED,
    MemberState.REVERTING: "rolling back",
    MemberState.REVERTED: Term.ROLLED_BACK,
    MemberState.NOT_REVERTED: "not rolled back",
}
"""The states for a person."""


class CampaignMember(msgspec.Struct, frozen=True, kw_only=True):
    """One member. Times are seconds on the campaign's clock."""

    key: str
    stage: int
    """Index of its stage."""
    state: MemberState = MemberState.WAITING
    reason: str = ""
    """Reason of its run's halt or pause, or of the refusal: `failure`, `drift`, `foreign` …"""
    message: str = ""
    run: str = ""
    """Name of its newest run; empty before the first exists."""
    attempt: int = 0
    """Number of runs that it has had."""
    started_at: float | None = None
    """When its first run was requested."""
    since: float | None = None
    """When it reached its state; None before it started."""
    upgraded: int = 0
    """Numbers of instances at its last change of state."""
    failed: int = 0
    rolled_back: int = 0
    pending: MemberRequested | None = None
    """The request whose outcome is not known."""
    state_before: MemberState = MemberState.WAITING
    """Its state before the pending request."""
    paused_by: str = ""
    """Who paused its run; empty where it is not paused, or paused by itself."""
    requests: int = 0
    """Number of requests so far; part of the next one's id."""
    awaited_line: int = 0
    """Line of the last resume, retry or rollback in the intents file of its run: until the run has
    handled it, what the run shows is from before. 0 for none."""
    awaited_kind: RequestKind | None = None
    """Which of the three it is."""
    is_held: bool = False
    """The campaign paused its run, and has not resumed it."""
    resume_due: bool = False
    """The campaign was resumed while its run was paused by the campaign or for other work."""
    retry_due: bool = False
    """It waits for another attempt, which goes on with its run where that is possible."""
    retry_at: float | None = None
    """A request that was refused for now is not repeated before."""
    abort_sent: bool = False
    revert_due: bool = False
    """The campaign rolls back, and this member is not rolled back yet."""
    revert_sent: bool = False
    wakes: int = 0
    """Workers that were started for its run because it had none, since the last resume."""
    requested_at: float = 0.0
    """Time of its last request."""
    failure_accepted: bool = False
    """It had failed when an operator resumed the campaign: it does not halt it again."""

    @property
    def is_live(self) -> bool:
        """Whether its run may be sending requests, or its start or rollback is under way."""
        return self.state in LIVE_STATES

    @property
    def was_started(self) -> bool:
        """Whether a run of it exists or may exist."""
        return self.attempt > 0 or self.is_live


class CampaignStage(msgspec.Struct, frozen=True):
    """One stage. Times are seconds on the campaign's clock."""

    approval_required: bool = False
    """It is next, and waits for an operator."""
    approved: bool = False
    opened_at: float | None = None
    """When its gates were passed."""
    finished_at: float | None = None
    """When its last member ended: the bake begins."""
    passed_at: float | None = None
    """When its bake was over and its verdict passed."""


class CountedSample(msgspec.Struct, frozen=True):
    """A sample of the verdict with its time and stage."""

    t: float
    """The campaign's clock when it ended."""
    stage: int
    sample: Sample

    @property
    def began_at(self) -> float:
        """The campaign's clock when it began; a little late where a demo's clock runs faster."""
        return self.t - self.sample.seconds


class CampaignMoment(NamedTuple):
    """The present, on the two clocks that decisions use."""

    t: float
    """Seconds on the campaign's clock (the simulator's in a demo), for bakes and intervals."""
    wall: datetime
    """UTC, for start times (the simulator's in a demo)."""


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a campaign after any prefix of its journal."""

    id: str = ""
    plan: CampaignPlan | None = None
    phase: CampaignPhase = CampaignPhase.UPGRADING
    reason: str = ""
    """Of the pause or halt."""
    message: str = ""
    safe_next: str = ""
    halted_members: tuple[str, ...] = ()
    seq: int = 0
    t: float = 0.0
    """The campaign's clock at its last event."""
    started_at: str = ""
    changed_at: str = ""
    """Time of the last event, UTC, ISO 8601."""
    by: str = ""
    members: Mapping[str, CampaignMember] = msgspec.field(default_factory=dict)
    """By key, in order of the stages."""
    stages: tuple[CampaignStage, ...] = ()
    reverting: bool = False
    resumed_at: str = ""
    """When an operator, or a rollback, last let it go on: UTC, ISO 8601. What a member's worker
    could not read before that does not halt it."""
    samples: tuple[CountedSample, ...] = ()
    """Samples of the verdict that count: since the current stage opened or the last resume, oldest
    first, at most a hundred."""
    sampled_at: float | None = None
    """When the last sample began."""
    samples_taken: int = 0
    """Number of all samples."""
    intents_handled: int = 0
    """Number of lines of the campaign's intents file that have been handled."""
    workers: int = 0
    """Number of workers so far."""

    @property
    def active_phase(self) -> CampaignPhase:
        """The phase in which runs are started, forward or back."""
        return CampaignPhase.REVERTING if self.reverting else CampaignPhase.UPGRADING

    @property
    def current_stage(self) -> int | None:
        """Index of the first stage that is not passed; None where all are, or without a plan."""
        return next((i for i, s in enumerate(self.stages) if s.passed_at is None), None)

    def stage_plan(self, index: int) -> StagePlan:
        """The plan of a stage; an empty one where there is none."""
        stages = self.plan.stages if self.plan else ()
        return stages[index] if 0 <= index < len(stages) else StagePlan(name="")

    def of_stage(self, index: int) -> list[CampaignMember]:
        """The members of a stage, in their order."""
        return [member for member in self.members.values() if member.stage == index]

    @property
    def live(self) -> list[CampaignMember]:
        """The members that take a place of the concurrency."""
        return [member for member in self.members.values() if member.is_live]

    @property
    def run_names(self) -> frozenset[str]:
        """The newest runs of the members, with those that are being started."""
        members = self.members.values()
        starts = (member.pending.run for member in members if member.pending is not None)
        return frozenset((*starts, *(member.run for member in members if member.run)))

    @property
    def waits_for_approval(self) -> bool:
        """Whether the current stage waits for an operator to approve it."""
        current = self.current_stage
        if current is None or self.phase is not CampaignPhase.UPGRADING:
            return False
        stage = self.stages[current]
        return stage.approval_required and not stage.approved

    @property
    def status_label(self) -> str:
        """The phase for a person: `Upgrading`, `Waiting for approval`, `Halted` …"""
        waits = self.waits_for_approval and not self.live
        return Term.WAITING_FOR_APPROVAL if waits else self.phase.label

    def count(self, states: Iterable[MemberState], stage: int | None = None) -> int:
        """Number of members in these states, of one stage or of all."""
        among = frozenset(states)
        return sum(
            member.state in among
            for member in self.members.values()
            if stage is None or member.stage == stage
        )

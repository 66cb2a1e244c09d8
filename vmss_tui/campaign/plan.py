"""A campaign plan: which scale set is upgraded in which stage, by which upgrade plan. Pure.

A campaign plan is what the operator confirms. Its selection is frozen: it names every scale set
and, through their upgrade plans, every instance that may be changed. The engine may do less than
the plan says, never more. The words (strategy, stage, member, approval gate) are those of "Azure
Kubernetes Fleet Manager update runs".
"""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from vmss_tui.campaign.strategy import CampaignRules
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.plan.verdict import OnFailure, Verdict


class LeftOutMember(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A scale set that the strategy selects and the campaign does not change."""

    subscription_id: str
    resource_group: str
    name: str
    reason: str
    """Why, for a person: `already on this image`, `a run is live` …"""
    kind: str = ""
    """The reason as one word for filters and JSON; the planner owns the values."""
    region: str = ""
    stage: str = ""
    """Name of the stage that it would belong to; empty where none matches."""

    @property
    def scale_set(self) -> ScaleSetId:
        """The scale set."""
        return ScaleSetId(self.subscription_id, self.resource_group, self.name)


class MemberPlan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One scale set of a campaign with the frozen plan of its run."""

    plan: Plan
    """The run's plan. A later attempt plans again, over these instances or fewer, never others."""
    region: str
    """Azure's name of the region in lower case without spaces: `northeurope`."""
    paired_region: str = ""
    """The other region of its pair ("Azure region pairs"); empty where it has none."""
    expected_seconds: float | None = None
    """Expected duration of its run, or the least that it can be; None where it is not known."""
    is_measured: bool = False
    """Whether earlier runs of the scale set were measured for `expected_seconds`."""

    @property
    def scale_set(self) -> ScaleSetId:
        """The scale set."""
        return self.plan.scale_set

    @property
    def key(self) -> str:
        """The id of the member in events, state and intents: the lower-cased resource id."""
        return self.plan.scale_set.key

    @property
    def instance_count(self) -> int:
        """Number of instances that its run may change."""
        return len(self.plan.instance_ids)


class StagePlan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Members that are upgraded after those of the stage before."""

    name: str
    """Unique in the campaign."""
    members: tuple[MemberPlan, ...] = ()
    """In the order in which their runs start."""
    concurrency: int = 1
    """Largest number of members with a live run at the same time; paused runs are live."""
    max_failed_members: int = 0
    """Members that may fail; one more halts the campaign."""
    bake: float = 0.0
    """Seconds on the campaign's clock between the end of the last member and the next stage."""
    approve: bool = False
    """Whether the stage waits for an operator before its first member starts."""
    start_at: datetime | None = None
    """No member of the stage starts before this time (UTC); None for no time."""

    @property
    def instance_count(self) -> int:
        """Number of instances of its members that may be changed."""
        return sum(member.instance_count for member in self.members)


class CampaignPlan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A complete campaign: the stages with their members, the rules between them, who is left out.

    Stages follow each other: one begins once the stage before is complete, its bake is over and
    its verdict passed.
    """

    name: str
    """The name in the strategy; the id of a started campaign is unique, this is not."""
    stages: tuple[StagePlan, ...]
    left_out: tuple[LeftOutMember, ...] = ()
    rules: CampaignRules = CampaignRules()
    verdict: Verdict | None = None
    """The check of the whole campaign: sampled while members of a stage run and during its bake,
    by the campaign's own worker. A verdict in a member's policy is separate."""
    on_failure: OnFailure = OnFailure.HALT
    """What happens when more members of a stage fail than may, or the verdict fails: halt, or
    roll back at once what the campaign has changed. `verdict.on_failure` is for the verdict, where
    that says revert."""
    change: tuple[str, ...] = ()
    """What is changed in every model, one line each; empty: each set's own model is applied."""
    source: str = ""
    """File name of the strategy, or empty where it was made on a screen."""
    cautions: tuple[str, ...] = ()
    """Risks to confirm explicitly, of the campaign as a whole."""
    notes: tuple[str, ...] = ()
    made_at: datetime

    @property
    def members(self) -> Iterator[MemberPlan]:
        """All members, in order of the stages."""
        return (member for stage in self.stages for member in stage.members)

    @property
    def member_count(self) -> int:
        """Number of members."""
        return sum(len(stage.members) for stage in self.stages)

    @property
    def instance_count(self) -> int:
        """Number of instances that the campaign may change."""
        return sum(stage.instance_count for stage in self.stages)

    @property
    def reverts_on_failed_verdict(self) -> bool:
        """Whether a failed verdict rolls back at once instead of halting."""
        own = self.verdict.on_failure if self.verdict else OnFailure.HALT
        return OnFailure.REVERT in (own, self.on_failure)

"""A strategy: what a campaign changes, in which scale sets, and in which order. Pure.

The words are those of Azure Kubernetes Fleet Manager ("Update strategy", "stage", "after stage
wait", "approval gate"). A strategy selects by filter; planning freezes it to the resource ids of a
campaign plan. Times are in seconds of the campaign's own clock.
"""

from datetime import datetime

import msgspec

from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.verdict import OnFailure, Verdict

MAX_NAME_LENGTH = 48
"""Characters of a campaign's or a stage's name, which is part of names of runs and folders."""


class EstateSelection(msgspec.Struct, frozen=True):
    """Which scale sets take part."""

    where: str
    """A filter of the list, such as `tag:role=web orchestration:Uniform`; `*` for all."""
    subscriptions: tuple[str, ...] = ()
    """Ids or names; empty: those that the session works in."""


class StrategyStage(msgspec.Struct, frozen=True, kw_only=True):
    """Scale sets that are upgraded after those of the stage before."""

    name: str
    where: str = "*"
    """A filter of the list. A scale set belongs to the first stage that it matches."""
    concurrency: int = 1
    """Scale sets that are upgraded at the same time."""
    max_failed_members: int = 0
    """Scale sets that may fail; one more halts the campaign."""
    bake: float = 0.0
    """Seconds of observation after the last scale set, before the next stage begins."""
    approve: bool = False
    """Whether the stage waits for an operator before it begins."""
    start_at: datetime | None = None
    """The stage does not begin before this time, in UTC; None for no time."""


class CampaignRules(msgspec.Struct, frozen=True):
    """What keeps regions apart within a stage."""

    paired_regions_apart: bool = False
    """Never in both regions of a pair at the same time ("Azure region pairs")."""
    one_region_at_a_time: bool = False


class Strategy(msgspec.Struct, frozen=True, kw_only=True):
    """A complete strategy file."""

    name: str
    select: EstateSelection
    change: Edit = Edit()
    """The edit of every model; an empty one: each set is upgraded to its own model."""
    policy: Policy = Policy()
    """The limits of every run: the defaults of the settings with the values of the file."""
    stages: tuple[StrategyStage, ...]
    """In their order; at least one."""
    rules: CampaignRules = CampaignRules()
    verdict: Verdict | None = None
    """The check during stages and bakes; None for none."""
    on_failure: OnFailure = OnFailure.HALT
    """What happens when more scale sets of a stage fail than may, or the verdict fails."""

"""The report of a campaign: what was done in each scale set, and what was never touched. Data only.

The encoded fields of `CampaignReport` are the JSON output. `campaign_facts` fills it,
`campaign_text` renders it.
"""

import msgspec

from vmss_tui.campaign.events.member import MemberState
from vmss_tui.campaign.plan import LeftOutMember
from vmss_tui.campaign.state import CampaignPhase


class MemberResult(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one member."""

    scale_set: str
    """Full resource id."""
    name: str
    region: str
    stage: str
    state: MemberState
    reason: str = ""
    message: str = ""
    runs: tuple[str, ...] = ()
    """Names of its runs, oldest first."""
    started_at: str = ""
    """When its first run was requested, UTC, ISO 8601."""
    ended_at: str = ""
    """When it reached its state; empty while it is live or waits."""
    seconds: float | None = None
    """From the first request to the end, on the campaign's clock."""
    planned: int = 0
    """Numbers of instances."""
    upgraded: int = 0
    failed: int = 0
    rolled_back: int = 0

    @property
    def is_untouched(self) -> bool:
        """Whether no run of it ever existed or was requested."""
        return not self.runs


class StageResult(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one stage. Numbers of members and, where named so, of instances."""

    name: str
    members: int
    upgraded: int
    failed: int
    skipped: int
    rolled_back: int
    untouched: int
    instances: int
    untouched_instances: int
    opened_at: str = ""
    """When its gates were passed, UTC, ISO 8601; empty where it never began."""
    finished_at: str = ""
    passed_at: str = ""
    approved_by: str = ""
    bake: float = 0.0
    """Planned seconds."""
    samples: int = 0
    """Samples of the verdict that were taken for it."""
    failed_samples: int = 0


class CampaignTurn(msgspec.Struct, frozen=True, kw_only=True):
    """An event that changed the course of the campaign: a halt, an approval, a rollback …"""

    at: str
    kind: str
    message: str = ""


class CampaignReport(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign, complete."""

    campaign: str
    """Its id."""
    name: str
    source: str
    by: str
    assumed_yes: bool
    started_at: str
    changed_at: str
    seconds: float
    """On the campaign's clock, to its last event."""
    phase: CampaignPhase
    reason: str
    message: str
    safe_next: str
    change: tuple[str, ...]
    stages: tuple[StageResult, ...]
    members: tuple[MemberResult, ...]
    left_out: tuple[LeftOutMember, ...]
    turns: tuple[CampaignTurn, ...]
    instances: int
    """Numbers of instances of all members."""
    upgraded_instances: int
    failed_instances: int
    rolled_back_instances: int
    untouched_members: int
    """Members of which no run ever started."""
    untouched_instances: int
    workers: int
    damage: str = ""
    """What of the journal cannot be read; empty where all can."""

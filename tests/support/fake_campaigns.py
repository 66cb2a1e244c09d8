"""Campaigns whose journals a test writes, without files or worker processes."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

from tests.support.fleets import NOON
from vmss_tui.campaign import events as ce
from vmss_tui.campaign.fold import fold_campaign
from vmss_tui.campaign.member_view import MemberView
from vmss_tui.campaign.plan import CampaignPlan
from vmss_tui.runtime.campaigns.campaign_control import CampaignControl
from vmss_tui.runtime.campaigns.campaign_follower import CampaignFollower
from vmss_tui.runtime.campaigns.campaign_store import CampaignSummary
from vmss_tui.upgrade.run.run import Run


class FakeCampaign:
    """A journal in memory, and what the members' runs show."""

    def __init__(self, name: str, plan: CampaignPlan) -> None:
        self.name = name
        self.records: list[ce.CampaignRecord] = []
        self.views: dict[str, MemberView] = {}
        """By key of the member."""
        self.seconds_left: dict[str, float] = {}
        self.is_live = True
        self.failure = ""
        self.error: Exception | None = None
        """What a reader gets instead of the records."""
        self.add(ce.CampaignConfirmed(id=name, plan=plan, by="ops@bastion"))

    def add(self, *bodies: ce.AnyCampaignEvent, interval: float = 20.0) -> None:
        """Appends records, as the worker does."""
        for body in bodies:
            t = interval * len(self.records)
            at = (NOON - timedelta(minutes=9) + timedelta(seconds=t)).isoformat()
            seq = len(self.records) + 1
            self.records.append(ce.CampaignRecord(seq=seq, at=at, t=t, body=body))

    def start(self, key: str) -> None:
        """A member's run is started, and goes on."""
        request = f"r{len(self.records)}"
        self.add(
            ce.MemberRequested(
                member=key, kind=ce.RequestKind.START, run="run-1f2e", id=request, attempt=1
            ),
            ce.RequestAccepted(member=key, id=request),
            ce.MemberChanged(member=key, state=ce.MemberState.RUNNING),
        )


class FakeCampaignFollower(CampaignFollower):
    """Reads a journal in memory."""

    def __init__(self, source: FakeCampaign) -> None:
        self._source, self._read_count = source, 0
        self.campaign = fold_campaign(())
        folder = {"name": source.name, "worker_failure": lambda: source.failure}
        self.folder = cast(Any, SimpleNamespace(**folder))

    @property
    def is_live(self) -> bool:
        """Whether the test says that there is a worker."""
        return self._source.is_live

    @property
    def damage(self) -> str:
        """None."""
        return ""

    def read_new(self) -> tuple[ce.CampaignRecord, ...]:
        """The records since the last call; raises the error that the test has set."""
        if self._source.error is not None:
            raise self._source.error
        records = self._source.records
        new_records, self._read_count = records[self._read_count :], len(records)
        self.campaign = fold_campaign(records)
        return tuple(new_records)

    def views(self) -> Mapping[str, MemberView]:
        """The views that the test has set."""
        return self._source.views

    def member_run(self, key: str) -> Run | None:
        """None: the numbers are those of the journal."""
        return None

    def member_seconds_left(self, key: str) -> float | None:
        """The time that the test has set."""
        return self._source.seconds_left.get(key)

    def member_silent_since(self, key: str) -> None:
        """The workers of runs respond."""

    def campaign_time(self) -> float:
        """The time of the last event."""
        return self.campaign.t


class FakeCampaignControl(CampaignControl):
    """Campaigns in memory; intents are recorded."""

    def __init__(self) -> None:
        self.campaigns: dict[str, FakeCampaign] = {}
        self.intents: list[tuple[str, ce.CampaignIntentKind, tuple[str, ...], str]] = []
        """(campaign, kind, keys of members, stage)."""
        self.started_plans: list[CampaignPlan] = []

    def begin(self, name: str, plan: CampaignPlan) -> FakeCampaign:
        """Begins a campaign with a live worker."""
        campaign = self.campaigns[name] = FakeCampaign(name, plan)
        return campaign

    def summaries(self) -> list[CampaignSummary]:
        """All campaigns, newest first."""
        return [
            CampaignSummary(
                campaign.name, fold_campaign(campaign.records), campaign.is_live,
                campaign.records[0].at, demo=False, worker_failure=campaign.failure,
            )
            for campaign in reversed(self.campaigns.values())
        ]  # fmt: skip

    def live_runs(self) -> dict[str, frozenset[str]]:
        """Those that have a worker and are not over."""
        folded = {name: fold_campaign(c.records) for name, c in self.campaigns.items() if c.is_live}
        return {
            name: campaign.run_names
            for name, campaign in folded.items()
            if not campaign.phase.is_over
        }

    def follow(self, name: str) -> CampaignFollower:
        """A follower that has not read the journal yet."""
        return FakeCampaignFollower(self.campaigns[name])

    def refusal_reason(self, plan: CampaignPlan) -> str:
        """None is refused."""
        return ""

    def protection_reason(self, plan: CampaignPlan) -> str:
        """None is protected."""
        return ""

    def start(self, plan: CampaignPlan, *, assumed_yes: bool = False) -> str:
        """Records the plan, and begins a campaign that does nothing by itself."""
        self.started_plans.append(plan)
        return self.begin(f"{plan.name}-1a2b", plan).name

    def resume(self, name: str) -> None:
        """Records it as an intent."""
        self.intents.append((name, ce.CampaignIntentKind.RESUME, (), ""))

    def send_intent(
        self,
        name: str,
        kind: ce.CampaignIntentKind,
        *,
        members: Collection[str] = (),
        stage: str = "",
    ) -> None:
        """Records the intent."""
        self.intents.append((name, kind, tuple(members), stage))

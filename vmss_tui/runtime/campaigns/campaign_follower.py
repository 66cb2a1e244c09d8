"""Follows a campaign from another process than its worker; for screens and commands."""

from collections.abc import Mapping
from datetime import datetime

from vmss_tui.campaign.events import CampaignRecord
from vmss_tui.campaign.fold import apply_record
from vmss_tui.campaign.member_view import MemberView
from vmss_tui.campaign.state import Campaign
from vmss_tui.runtime.campaigns.campaign_folder import CampaignFolder
from vmss_tui.runtime.campaigns.member_runs import MemberRuns
from vmss_tui.runtime.clock import Clock, estimate_run_time
from vmss_tui.runtime.observe.run_follower import RunFollower
from vmss_tui.runtime.poll import wait_until
from vmss_tui.runtime.storage.port import RunStore
from vmss_tui.upgrade.run.progress import estimate_remaining
from vmss_tui.upgrade.run.run import Run


class CampaignFollower:
    """Reads each record once. For one thread at a time."""

    def __init__(self, folder: CampaignFolder, store: RunStore, clock: Clock) -> None:
        """`store` has the runs of the members; `clock` is that of the campaign's worker."""
        self.folder = folder
        self.campaign = Campaign()
        self._clock = clock
        self._tail = folder.follow_journal()
        self._runs = MemberRuns(store, clock)

    @property
    def name(self) -> str:
        """The campaign's name."""
        return self.folder.name

    @property
    def is_live(self) -> bool:
        """A worker carries it out."""
        return self.folder.is_live

    @property
    def damage(self) -> str:
        """What is damaged in the journal; nothing after it is read."""
        return self._tail.damage

    def worker_failure(self) -> str:
        """Why the last worker ended early; empty where it recorded nothing."""
        return self.folder.worker_failure()

    def wait_for_worker(self, seconds: float) -> bool:
        """Waits for a worker; False where none has the lock after so many real seconds."""
        return wait_until(lambda: self.is_live, seconds)

    def read_new(self) -> tuple[CampaignRecord, ...]:
        """The records since the last call, applied to `campaign`."""
        records = self._tail.read_new()
        for record in records:
            self.campaign = apply_record(self.campaign, record)
        return records

    def views(self) -> Mapping[str, MemberView]:
        """What the members' runs show now, by the key of the member."""
        return self._runs.views(self.campaign)

    def member_run(self, key: str) -> Run | None:
        """The newest run of a member as the last `views` has read it, for its progress and its
        instances; None before it has one."""
        follower = self._run_follower(key)
        return follower.run if follower is not None else None

    def member_ends_at(self, key: str) -> datetime | None:
        """The estimated end of a member's run, UTC; None where it is not known yet."""
        follower = self._run_follower(key)
        return follower.ends_at() if follower is not None and not follower.run.ended else None

    def member_seconds_left(self, key: str) -> float | None:
        """Estimated run seconds until a member's run ends, as the last `views` has read it; None
        where it is not known, or the run has stopped."""
        follower = self._run_follower(key)
        return None if follower is None else estimate_remaining(follower.run, follower.run_time())

    def member_silent_since(self, key: str) -> datetime | None:
        """When the worker of a member's run last wrote, if that is longer ago than it ever waits;
        else None, as for a run that has ended."""
        follower = self._run_follower(key)
        has_ended = follower is None or follower.run.ended
        return None if follower is None or has_ended else follower.silent_since()

    def _run_follower(self, key: str) -> RunFollower | None:
        member = self.campaign.members.get(key)
        return self._runs.follower(member.run) if member is not None and member.run else None

    def campaign_time(self) -> float:
        """The campaign's clock now; without a worker, at its last event."""
        campaign = self.campaign
        if not self.is_live:
            return campaign.t
        return estimate_run_time(campaign.t, campaign.changed_at, self._clock)

    def wall_time(self) -> datetime:
        """UTC now, on the clock of the campaign's worker."""
        return self._clock.wall()

"""The runs of a campaign's members, followed by their journals."""

from collections.abc import Mapping

from vmss_tui.campaign.member_view import MemberView, member_view
from vmss_tui.campaign.state import SETTLED_STATES, Campaign, CampaignMember
from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.observe.run_follower import RunFollower
from vmss_tui.runtime.storage.port import RunStore, find_exact_run
from vmss_tui.upgrade.run.run import Phase

SETTLED_INTERVAL = 5.0
"""Real seconds between two looks at a run that has ended, and may be rolled back by an operator."""


class MemberRuns:
    """Reads each record of the members' runs once. For one thread at a time."""

    def __init__(self, store: RunStore, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._followers: dict[str, RunFollower] = {}
        self._views: dict[str, MemberView] = {}
        self._read_at: dict[str, float] = {}

    def views(self, campaign: Campaign) -> Mapping[str, MemberView]:
        """What the members' newest runs show now, by the key of the member. Left out are members
        without a run, and settled ones whose run was removed: what it showed is recorded."""
        views: dict[str, MemberView] = {}
        for member in campaign.members.values():
            is_settled = member.state in SETTLED_STATES and not campaign.reverting
            if member.run and not (is_settled and self.follower(member.run) is None):
                views[member.key] = self._view(member, is_settled=is_settled)
        return views

    def follower(self, run: str) -> RunFollower | None:
        """The follower of a run, read by the last `views`; None where there is no such run."""
        if run not in self._followers:
            folder = find_exact_run(self._store, run)
            if folder is None:
                return None
            self._followers[run] = RunFollower(folder, self._clock)
        return self._followers[run]

    def _view(self, member: CampaignMember, *, is_settled: bool) -> MemberView:
        now = self._clock.real()
        if is_settled and now - self._read_at.get(member.run, -SETTLED_INTERVAL) < SETTLED_INTERVAL:
            return self._views[member.run]
        self._read_at[member.run] = now
        view = self._views[member.run] = self._read(member.run)
        return view

    def _read(self, run: str) -> MemberView:
        follower = self.follower(run)
        if follower is None:
            message = f"there is no run {run}: it was removed"
            return MemberView(
                run=run,
                phase=Phase.CANCELLED,
                reason="gone",
                message=message,
                is_worker_live=False,
                revert_refusal=message,
            )
        is_live = follower.is_live  # read first: what a worker wrote before it ended is read next
        follower.read_new()
        return member_view(
            run,
            follower.run,
            is_worker_live=is_live,
            worker_failure="" if is_live else follower.damage or follower.worker_failure(),
            signed_out_at=follower.signed_out_at() if is_live else "",
        )

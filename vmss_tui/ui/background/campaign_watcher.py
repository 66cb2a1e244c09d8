"""Reads the journals of a campaign and of its members' runs in a thread, and posts its state.

All of them are files of this machine, or of the team's store of runs: no request is sent to Azure.
"""

import threading
from collections.abc import Callable
from datetime import datetime

from textual.message_pump import MessagePump

from vmss_tui.runtime.campaigns.campaign_control import CampaignControl
from vmss_tui.runtime.campaigns.campaign_follower import CampaignFollower
from vmss_tui.ui.background.message_base import ReplaceableMessage
from vmss_tui.ui.background.workers import EXPECTED_ERRORS, error_message, post_from_thread
from vmss_tui.ui.campaigns.campaign_status import CampaignStatus, MemberStatus, instance_groups

POLL_INTERVAL = 1.0
"""Real seconds between two readings of the journals."""
STOPWATCH_INTERVAL = 5.0
"""Seconds of the run's clock between two updates of the times on screen."""


class CampaignArrived(ReplaceableMessage):
    """A newer state of the campaign; without one, why it cannot be read."""

    def __init__(self, status: CampaignStatus | None, error: str = "") -> None:
        super().__init__()
        self.status, self.error = status, error


class CampaignWatcher:
    """A thread that posts `CampaignArrived` until stopped."""

    def __init__(
        self,
        control: CampaignControl,
        name: str,
        target: MessagePump,
        now: Callable[[], datetime],
    ) -> None:
        """`now` returns the time in UTC, for the age of what is shown."""
        self._control, self._name, self._target, self._now = control, name, target, now
        self._stopped, self._wake = threading.Event(), threading.Event()
        self._follower: CampaignFollower | None = None
        self._reported: CampaignStatus | str | None = None
        self.read_at: datetime | None = None
        """When the journals were last read; None before the first time."""
        threading.Thread(target=self._loop, name="campaign-watcher", daemon=True).start()

    def poll_now(self) -> None:
        """Reads the journals at once."""
        self._wake.set()

    def stop(self) -> None:
        """Ends the thread."""
        self._stopped.set()
        self._wake.set()

    def _loop(self) -> None:
        while not self._stopped.is_set():
            try:
                status = self._read()
                self.read_at = self._now()
                self._report(status)
            except EXPECTED_ERRORS as error:
                self._report(error_message(error))
            self._wake.wait(POLL_INTERVAL)
            self._wake.clear()

    def _report(self, news: CampaignStatus | str) -> None:
        """Posts a status or an error, unless it is the one that was posted last."""
        if news == self._reported or self._stopped.is_set():
            return
        self._reported = news
        message = CampaignArrived(None, news) if isinstance(news, str) else CampaignArrived(news)
        post_from_thread(self._target, message)

    def _read(self) -> CampaignStatus:
        if self._follower is None:
            self._follower = self._control.follow(self._name)
        return read_status(self._follower)


def read_status(follower: CampaignFollower) -> CampaignStatus:
    """The campaign now. Blocks while files are read."""
    is_live = follower.is_live  # read first: what a worker wrote before it ended is read next
    follower.read_new()
    views, campaign = follower.views(), follower.campaign
    members = {}
    for planned in campaign.plan.members if campaign.plan else ():
        key = planned.key
        if (member := campaign.members.get(key)) is None:
            continue
        run, left = follower.member_run(key), follower.member_seconds_left(key)
        members[key] = MemberStatus(
            planned,
            member,
            views.get(key),
            instance_groups(planned, member, run),
            None if left is None else _rounded(left),
            follower.member_silent_since(key) if member.is_live else None,
        )
    return CampaignStatus(
        name=follower.name,
        campaign=campaign,
        members=members,
        is_live=is_live,
        t=_rounded(follower.campaign_time()),
        damage=follower.damage,
        worker_failure="" if is_live else follower.worker_failure(),
    )


def _rounded(seconds: float) -> float:
    return seconds // STOPWATCH_INTERVAL * STOPWATCH_INTERVAL

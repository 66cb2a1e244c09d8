"""Reads a set for its run, within the API budget: whole, or a batch's members alone.

A set of many pages may be listed once a minute or so; the members of an open batch have buckets
of their own ("Compute throttling limits": GetVMScaleSetVMResource, 12 a minute each), so while
only they can settle they are read one by one, and the whole set at its own pace.
"""

from collections.abc import Sequence

from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import ListBudget, Gateway, GatewayError, NotAllowed
from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.observe.rate_budget import SECONDS_PER_PAGE, TokenBucket, steady_interval
from vmss_tui.text import redact
from vmss_tui.upgrade.engine.observation import Observation
from vmss_tui.upgrade.run.run import OPEN_STAGES, ModelStage, Phase, Run

_BURST_KEPT = 10.0
"""List requests that are never spent on reading faster."""


class Outlook:
    """Keeps the newest reading of a set that somebody waits in front of."""

    def __init__(
        self, gateway: Gateway, clock: Clock, scale_set: ScaleSetId, pages: int = 1
    ) -> None:
        """`pages` is what a whole reading has cost so far."""
        self._gateway, self._clock, self._scale_set = gateway, clock, scale_set
        self._pages = pages
        self._bucket = TokenBucket()
        self._spent(0)

    def look(self, awaited: Sequence[str]) -> Snapshot:
        """Reads what tells about these instances, and perhaps of no other; raises a
        `GatewayError`."""
        if self._members_will_do(awaited):
            nobody = Snapshot(ScaleSet(self._scale_set), (), taken_at=self._clock.wall())
            return self._gateway.observe_instances(self._scale_set, awaited, nobody)
        found = self._gateway.observe(self._scale_set)
        self._pages = found.pages
        self._spent(found.pages)
        return found

    def pause(self, awaited: Sequence[str]) -> float:
        """Run seconds until the next reading."""
        if self._members_will_do(awaited):
            return SECONDS_PER_PAGE
        now = self._clock.run()
        if self._pages == 1 and self._bucket.available(now) > _BURST_KEPT:
            return SECONDS_PER_PAGE / 2
        return max(steady_interval(self._pages), self._bucket.seconds_until(self._pages, now))

    def _members_will_do(self, awaited: Sequence[str]) -> bool:
        return self._pages > 1 and len(awaited) <= MOST_MEMBERS

    def _spent(self, pages: int) -> None:
        """Azure's own word on the bucket wins: others read the set, too."""
        told = self._gateway.list_budget(self._scale_set)
        self._bucket.spend(pages, self._clock.run(), told.remaining if told else None)


PAUSED_INTERVAL = 30.0
MOST_MEMBERS = 100
"""Members read one by one; ten times so many a minute is half of a subscription's refill."""


class Lookout:
    """Keeps the newest reading of one scale set, and knows when the next is due."""

    def __init__(self, gateway: Gateway, clock: Clock, scale_set: ScaleSetId) -> None:
        self._gateway, self._clock, self._scale_set = gateway, clock, scale_set
        self._bucket = TokenBucket()
        self._pages = 1
        self._whole_at = 0.0
        self.last: Snapshot | None = None
        """As it stands after the newest reading, of whichever kind."""
        self.rolling: Observation | None = None
        """The newest look at Azure's own rolling upgrade."""

    @property
    def budget(self) -> ListBudget | None:
        """What Azure said is left for listing the set."""
        return self._gateway.list_budget(self._scale_set)

    def look(self, run: Run) -> Snapshot:
        """Reads what the run's next move depends on; raises a `GatewayError`."""
        members = self._open_members(run)
        if members and self.last is not None and self._members_will_do(members):
            self.last = self._gateway.observe_instances(self._scale_set, members, self.last)
            return self.last
        snapshot = self.last = self._gateway.observe(self._scale_set)
        self._pages, self._whole_at = snapshot.pages, self._clock.run()
        told = self.budget
        self._bucket.spend(snapshot.pages, self._whole_at, told.remaining if told else None)
        return snapshot

    def look_for_rolling(self, seq: int) -> Observation:
        """Does Azure roll an upgrade of its own? One small GET, none of the list's budget.

        Never raises: what cannot be read is a look that says so. `seq` is the run's, now.
        """
        upgrade, unread, for_good = None, "", False
        try:
            upgrade = self._gateway.read_rolling_upgrade(self._scale_set)
        except GatewayError as error:
            unread, for_good = redact(error.message), isinstance(error, NotAllowed)
        if upgrade is not None and upgrade.active is None:
            unread = f"its status is {upgrade.raw_code or 'missing'}"
        now = self._clock.real()
        self.rolling = Observation(upgrade, seq, now, failure=unread, permanent=for_good)
        return self.rolling

    def pause(self, run: Run) -> float:
        """Run seconds until the next reading: steady, quicker while a batch is open."""
        steady = steady_interval(self._pages)
        if run.phase is Phase.PAUSED and run.open_batch is None:
            return max(PAUSED_INTERVAL, steady)
        if self._pages > 1 and 0 < len(self._open_members(run)) <= MOST_MEMBERS:
            return SECONDS_PER_PAGE
        if self._pages == 1 and self._expects_news(run) and self._spare() > _BURST_KEPT:
            return steady / 2
        return max(steady, self.earliest())

    def earliest(self) -> float:
        """Run seconds until the budget allows a whole reading."""
        return self._bucket.seconds_until(self._pages, self._clock.run())

    def _members_will_do(self, members: list[str]) -> bool:
        due = self._clock.run() - self._whole_at >= steady_interval(self._pages)
        return self._pages > 1 and len(members) <= MOST_MEMBERS and not due

    def _spare(self) -> float:
        return self._bucket.available(self._clock.run()) - self._pages

    @staticmethod
    def _expects_news(run: Run) -> bool:
        return run.open_batch is not None or run.model is not ModelStage.PINNED

    @staticmethod
    def _open_members(run: Run) -> list[str]:
        if run.open_batch is None:
            return []
        return [i for i in run.open_batch.instance_ids if run.members[i].stage in OPEN_STAGES]

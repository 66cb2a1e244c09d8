"""Reads one scale set within its list budget: as a whole, or a few instances one by one.

Shared by screens, runs and operations on instances; each decides by itself which of the two reads
it needs. A scale set of many pages can be listed about once a minute only. Single instances have a
budget of their own ("Compute throttling limits": GetVMScaleSetVMResource, 12 a minute each), so
instances that someone waits for can be read between two whole reads.
"""

from collections.abc import Sequence

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import Gateway, ListBudget
from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.observe.rate_budget import SECONDS_PER_PAGE, TokenBucket, steady_interval

MAX_SINGLE_READS = 100
"""Instances read one by one at most; at ten reads a minute each, that is half of the rate at which
a subscription's budget refills."""
RESERVE = 10.0
"""List requests that are never spent on reading faster than the steady interval."""


class Poller:
    """Counts the list requests of one scale set. All times are run seconds."""

    def __init__(
        self, gateway: Gateway, clock: Clock, scale_set: ScaleSetId, *, pages: int = 1
    ) -> None:
        self.pages = pages
        """The number of list requests of the last whole read."""
        self._gateway, self._clock, self._scale_set = gateway, clock, scale_set
        self._bucket = TokenBucket()
        self._read_at = 0.0

    @property
    def budget(self) -> ListBudget | None:
        """The remaining list requests as Azure last reported them."""
        return self._gateway.list_budget(self._scale_set)

    @property
    def interval(self) -> float:
        """The shortest steady interval between two whole reads."""
        return steady_interval(self.pages)

    @property
    def is_whole_read_due(self) -> bool:
        """The last whole read is at least an interval old."""
        return self._clock.run() - self._read_at >= self.interval

    def adopt_budget(self) -> None:
        """Starts from what Azure reported already: other programs read the scale set, too."""
        self._spend(0, self._clock.run())

    def read_whole(self) -> Snapshot:
        """The scale set with all its instances; raises a `GatewayError`."""
        snapshot = self._gateway.observe(self._scale_set)
        self.pages, self._read_at = snapshot.pages, self._clock.run()
        self._spend(snapshot.pages, self._read_at)
        return snapshot

    def read_instances(self, instance_ids: Sequence[str], latest: Snapshot) -> Snapshot:
        """`latest` with these instances read again, one request each; raises a `GatewayError`."""
        return self._gateway.observe_instances(self._scale_set, instance_ids, latest)

    def can_read_singly(self, instance_ids: Sequence[str]) -> bool:
        """Reading these instances one by one costs less than a whole read."""
        return self.pages > 1 and 0 < len(instance_ids) <= MAX_SINGLE_READS

    def count_failure(self) -> None:
        """Counts a whole read that failed: it may have cost a list request."""
        self._bucket.spend(1, self._clock.run())

    def seconds_until_allowed(self) -> float:
        """Until the budget allows a whole read."""
        return self._bucket.seconds_until(self.pages, self._clock.run())

    def pause(
        self, instance_ids: Sequence[str], *, expects_change: bool = True, reserve: float = RESERVE
    ) -> float:
        """Seconds until the next read, if these instances are waited for.

        A scale set of one page is read twice as often where `expects_change`, as long as more
        than `reserve` list requests are left.
        """
        if self.can_read_singly(instance_ids):
            return SECONDS_PER_PAGE
        available = self._bucket.available(self._clock.run())
        if self.pages == 1 and expects_change and available > reserve:
            return self.interval / 2
        return max(self.interval, self.seconds_until_allowed())

    def _spend(self, pages: int, now: float) -> None:
        """What Azure reports as left takes precedence over what was counted here."""
        budget = self.budget
        self._bucket.spend(pages, now, budget.remaining if budget else None)

"""Reads a set for whoever waits for some of its instances, within the API budget.

As `lookout` does for a run: whole where that is one page, else the awaited members alone, which
have buckets of their own ("Compute throttling limits": GetVMScaleSetVMResource).
"""

from collections.abc import Sequence

from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import Gateway
from vmss_tui.runtime.budget import SECONDS_A_PAGE, Bucket, interval
from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.lookout import MOST_MEMBERS

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
        self._bucket = Bucket()
        self._spent(0)

    def look(self, awaited: Sequence[str]) -> Snapshot:
        """Reads what tells about these instances, and perhaps of no other; raises a
        `GatewayError`."""
        if self._members_will_do(awaited):
            nobody = Snapshot(ScaleSet(self._scale_set), (), taken_at=self._clock.wall())
            return self._gateway.observe_members(self._scale_set, awaited, nobody)
        found = self._gateway.observe(self._scale_set)
        self._pages = found.pages
        self._spent(found.pages)
        return found

    def pause(self, awaited: Sequence[str]) -> float:
        """Run seconds until the next reading."""
        if self._members_will_do(awaited):
            return SECONDS_A_PAGE
        now = self._clock.run()
        if self._pages == 1 and self._bucket.left(now) > _BURST_KEPT:
            return SECONDS_A_PAGE / 2
        return max(interval(self._pages), self._bucket.wait_for(self._pages, now))

    def _members_will_do(self, awaited: Sequence[str]) -> bool:
        return self._pages > 1 and len(awaited) <= MOST_MEMBERS

    def _spent(self, pages: int) -> None:
        """Azure's own word on the bucket wins: others read the set, too."""
        told = self._gateway.budget(self._scale_set)
        self._bucket.spend(pages, self._clock.run(), told.remaining if told else None)

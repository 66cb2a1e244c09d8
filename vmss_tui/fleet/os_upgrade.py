"""An upgrade of the OS that Azure carried out by itself or was asked for, as a fact.

Source: `osUpgradeHistory` ("Automatic OS image upgrades"); Azure remembers the last five of the
last two months.
"""

from datetime import datetime

import msgspec

from vmss_tui.fleet.image import Image
from vmss_tui.fleet.rolling_upgrade import RollingUpgrade


class OsUpgrade(msgspec.Struct, frozen=True, kw_only=True):
    """One of them: how it went, who wanted it, where it led."""

    upgrade: RollingUpgrade
    ended_at: datetime | None = None
    started_by: str = ""
    """`Platform` or `User`, as Azure says it."""
    target: Image | None = None
    """The image it went to."""
    rolled_back: int | None = None
    """Instances that got their previous image back; None where Azure does not count."""
    not_rolled_back: int | None = None
    """Instances that should have."""

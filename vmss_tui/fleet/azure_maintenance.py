"""Maintenance that Azure itself carries out on a scale set: rolling upgrades and repairs.

Not to be confused with the runs of this program. Source: `rollingUpgrades/latest` ("Configure
rolling upgrades on Virtual Machine Scale Sets"; the recorded
`vmss-rollingUpgrades-latest-Completed`). Azure keeps only the latest rolling upgrade.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from vmss_tui.fleet.image import Image


class RepairsState(StrEnum):
    """`OrchestrationServiceState` of the service AutomaticRepairs."""

    RUNNING = "Running"
    NOT_RUNNING = "NotRunning"
    SUSPENDED = "Suspended"
    UNKNOWN = "unknown"
    """Not reported (never reported where repairs are off, nor for Flexible sets)."""


class RepairsService(msgspec.Struct, frozen=True, kw_only=True):
    """The service that repairs a set's instances, from the set's instance view."""

    state: RepairsState = RepairsState.UNKNOWN
    raw_state: str = ""
    """The state as Azure spells it; kept because `state` may be UNKNOWN."""


class RollingCode(StrEnum):
    """`RollingUpgradeStatusCode`."""

    ROLLING_FORWARD = "RollingForward"
    ROLLING_BACK = "RollingBack"
    CANCELLED = "Cancelled"
    COMPLETED = "Completed"
    FAULTED = "Faulted"
    UNKNOWN = "unknown"
    """Not reported, or a code that this program does not know (kept in `raw_code`)."""


class RollingUpgrade(msgspec.Struct, frozen=True, kw_only=True):
    """The latest rolling upgrade of a set by Azure, running or ended."""

    code: RollingCode = RollingCode.UNKNOWN
    raw_code: str = ""
    """The status code as Azure spells it; kept because `code` may be UNKNOWN."""
    successful: int | None = None
    """A number of instances; this and the next three are None where not reported."""
    failed: int | None = None
    in_progress: int | None = None
    pending: int | None = None
    started_at: datetime | None = None
    last_action: str = ""
    """The last action requested: `Start` or `Cancel`."""
    last_action_at: datetime | None = None
    error_code: str = ""
    """Empty, like `error_message`, unless the upgrade faulted."""
    error_message: str = ""

    @property
    def active(self) -> bool | None:
        """Whether the upgrade is running; None where the status code is unknown."""
        if self.code is RollingCode.UNKNOWN:
            return None
        return self.code in (RollingCode.ROLLING_FORWARD, RollingCode.ROLLING_BACK)

    @property
    def counts_text(self) -> str:
        """The four counts as text; one that is not reported is `?`."""
        labelled_counts = (
            (self.successful, "successful"),
            (self.in_progress, "in progress"),
            (self.pending, "pending"),
            (self.failed, "failed"),
        )
        return ", ".join(
            f"{'?' if count is None else count} {label}" for count, label in labelled_counts
        )


class OsUpgrade(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the history of OS upgrades."""

    upgrade: RollingUpgrade
    ended_at: datetime | None = None
    started_by: str = ""
    """`Platform` or `User`, as Azure spells it."""
    target: Image | None = None
    """The image that it installed."""
    rolled_back: int | None = None
    """Instances that got their previous image back; None where not reported."""
    not_rolled_back: int | None = None
    """Instances whose rollback failed; None where not reported."""

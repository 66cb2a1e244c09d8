"""Azure's own rolling upgrade of a scale set, as a fact. Runs of ours are something else.

Source: `rollingUpgrades/latest` ("Configure rolling upgrades on Virtual Machine Scale Sets"; the
recorded `vmss-rollingUpgrades-latest-Completed`). Azure keeps the latest one only.
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
    """Azure did not say (it never does where repairs are off, nor for Flexible sets)."""


class RepairsService(msgspec.Struct, frozen=True, kw_only=True):
    """The service that repairs a set's instances, as its instance view tells it."""

    state: RepairsState = RepairsState.UNKNOWN
    raw_state: str = ""
    """The state verbatim; differs from `state` where that is unknown."""


class RollingCode(StrEnum):
    """`RollingUpgradeStatusCode`."""

    ROLLING_FORWARD = "RollingForward"
    ROLLING_BACK = "RollingBack"
    CANCELLED = "Cancelled"
    COMPLETED = "Completed"
    FAULTED = "Faulted"
    UNKNOWN = "unknown"
    """Azure did not say, or said a word that we do not know (kept in `said`)."""


class RollingUpgrade(msgspec.Struct, frozen=True, kw_only=True):
    """The latest rolling upgrade that Azure itself carried out, or carries out, on a set."""

    code: RollingCode = RollingCode.UNKNOWN
    raw_code: str = ""
    """The status code verbatim; differs from `code` where that is unknown."""
    successful: int | None = None
    """Instances; these four are None where Azure does not count them."""
    failed: int | None = None
    in_progress: int | None = None
    pending: int | None = None
    started_at: datetime | None = None
    last_action: str = ""
    """`Start` or `Cancel`: what somebody asked of it last."""
    last_action_at: datetime | None = None
    error_code: str = ""
    """Why it faulted, with Azure's words in `error_words`; both empty where it did not."""
    error_message: str = ""

    @property
    def active(self) -> bool | None:
        """Is Azure at work? None where its word says neither yes nor no."""
        if self.code is RollingCode.UNKNOWN:
            return None
        return self.code in (RollingCode.ROLLING_FORWARD, RollingCode.ROLLING_BACK)

    @property
    def counts_text(self) -> str:
        """The four counts in words; one that Azure does not give is `?`."""
        labelled_counts = (
            (self.successful, "done"),
            (self.in_progress, "at work"),
            (self.pending, "to come"),
            (self.failed, "failed"),
        )
        return ", ".join(
            f"{'?' if count is None else count} {label}" for count, label in labelled_counts
        )


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

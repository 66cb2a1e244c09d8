"""The state of a rolling upgrade, and its bodies: the latest status, and a history entry.

Shapes: recorded `vmss-rollingUpgrades-latest-Completed`, documented `doc-rollingUpgrades-latest-*`
and `doc-osUpgradeHistory-one-entry` (whose `completedTime` the SDK's model calls `endTime`).
"""

import re
from dataclasses import dataclass, field

from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.world.operations import Operation
from vmss_tui.simulator.world.simulated_time import timestamp

_KIND = "Microsoft.Compute/virtualMachineScaleSets/rollingUpgrades"
_DURATION = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?")
_RUNNING_CODES = frozenset({"RollingForward", "RollingBack"})


@dataclass(slots=True, eq=False)
class RollingUpgrade:
    """One rolling upgrade; each of its instance ids is in `todo`, `batch` or a list of results."""

    policy: Json
    operation: Operation
    started: float
    todo: list[str]
    code: str = "RollingForward"
    last_action: str = "Start"
    last_action_at: float = 0.0
    batch: list[str] = field(default_factory=list)
    succeeded: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    rolled_back: int = 0
    not_rolled_back: int = 0
    error: tuple[str, str] | None = None
    ended: float | None = None
    started_by: str | None = None
    """User or Platform for an OS upgrade, which has a history entry; otherwise None."""
    target: Json = field(default_factory=dict)
    """The image reference that an OS upgrade goes to."""

    @property
    def running(self) -> bool:
        """Whether it is in progress."""
        return self.code in _RUNNING_CODES

    def body(self, location: str) -> Json:
        """The body of `rollingUpgrades/latest`; it has neither id nor name."""
        properties: Json = {
            "policy": self.policy,
            "runningStatus": {
                "lastAction": self.last_action,
                "lastActionTime": timestamp(self.last_action_at),
                "code": self.code,
                "startTime": timestamp(self.started),
            },
            "progress": self._progress(),
        }
        if self.error is not None:
            properties["error"] = {"code": self.error[0], "message": self.error[1]}
        return {"type": _KIND, "location": location, "properties": properties}

    def history_entry(self, location: str, ended_key: str) -> Json:
        """An entry of `osUpgradeHistory`; `ended_key` is the name of the end time."""
        status: Json = {"code": self.code, "startTime": timestamp(self.started)}
        if self.ended is not None:
            status[ended_key] = timestamp(self.ended)
        properties: Json = {
            "runningStatus": status,
            "progress": self._progress(),
            "startedBy": self.started_by,
            "targetImageReference": self.target,
            "rollbackInfo": {
                "successfullyRolledbackInstanceCount": self.rolled_back,
                "failedRolledbackInstanceCount": self.not_rolled_back,
            },
        }
        if self.error is not None:
            properties["error"] = {"code": self.error[0], "message": self.error[1]}
        return {"properties": properties, "type": _KIND, "location": location}

    def _progress(self) -> Json:
        return {
            "successfulInstanceCount": len(self.succeeded),
            "failedInstanceCount": len(self.failed),
            "inProgressInstanceCount": len(self.batch),
            "pendingInstanceCount": len(self.todo),
        }


def duration_seconds(duration: str) -> float:
    """The seconds of an ISO 8601 duration of hours, minutes and seconds; 0 if it is invalid."""
    match = _DURATION.fullmatch(duration)
    if match is None:
        return 0.0
    hours, minutes, rest = (float(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + rest


def unhealthy_error(limit: int, share: float) -> tuple[str, str]:
    """Code and message where too many instances were unhealthy before a batch."""
    message = (
        "Rolling Upgrade failed after exceeding the MaxUnhealthyInstancePercent value defined in "
        f"the RollingUpgradePolicy. {share:.0f}% of instances are in an unhealthy state - more "
        f"than the threshold of {limit}%. The most impactful error is: Instance found to be "
        "unhealthy or unreachable."
    )
    return "MaxUnhealthyInstancePercentExceededInRollingUpgrade", message


def upgraded_unhealthy_error(limit: int, share: float, first: str) -> tuple[str, str]:
    """Code and message where too many upgraded instances are unhealthy."""
    message = (
        "Rolling Upgrade failed after exceeding the MaxUnhealthyUpgradedInstancePercent value "
        f"defined in the RollingUpgradePolicy. {share:.0f}% of instances are in an "
        f"unhealthy state after being upgraded - more than the threshold of {limit}%. The most "
        "impactful error is: Instance found to be unhealthy or unreachable.. First failed "
        f"instance ID is: {first}."
    )
    return "MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade", message

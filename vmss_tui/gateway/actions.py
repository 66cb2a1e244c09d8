"""What a write requests of instances, Azure's answer, and the status of its operation."""

from enum import StrEnum

from msgspec import Struct


class PowerAction(StrEnum):
    """Actions on instances besides an upgrade; the value is ARM's path segment."""

    START = "start"
    RESTART = "restart"
    POWER_OFF = "poweroff"
    DEALLOCATE = "deallocate"
    REDEPLOY = "redeploy"
    REIMAGE = "reimage"
    REIMAGE_ALL = "reimageall"
    DELETE = "delete"


class RollingUpgradeAction(StrEnum):
    """Actions on Azure's own rolling upgrade; the value is ARM's path."""

    START_OS = "osRollingUpgrade"
    START_EXTENSIONS = "extensionRollingUpgrade"
    CANCEL = "rollingUpgrades/cancel"


class OperationStatus(StrEnum):
    """Status of a long-running operation; says nothing certain about the instances."""

    IN_PROGRESS = "InProgress"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    CANCELED = "Canceled"
    UNKNOWN = "Unknown"
    """The status could not be read (404, HTML, 5xx …)."""


class PollResult(Struct, frozen=True):
    """The status of an operation, by one poll."""

    status: OperationStatus
    code: str = ""
    message: str = ""


class Accepted(Struct, frozen=True):
    """Azure accepted a write. `operation` is the URL to poll; None where Azure gave none."""

    operation: str | None
    correlation_id: str = ""
    etag: str | None = None

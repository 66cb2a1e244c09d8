"""The phase of a run, with Azure's names."""

from enum import StrEnum


class Phase(StrEnum):
    """Azure's RollingUpgradeStatusCode, and Paused."""

    ROLLING_FORWARD = "RollingForward"
    ROLLING_BACK = "RollingBack"
    PAUSED = "Paused"
    COMPLETED = "Completed"
    CANCELLED = "Cancelled"
    FAULTED = "Faulted"

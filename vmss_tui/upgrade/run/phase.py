"""The phase of a run, with Azure's names."""

from enum import StrEnum


class Phase(StrEnum):
    """Azure's RollingUpgradeStatusCode, Paused, and an end at which not every instance is done."""

    ROLLING_FORWARD = "RollingForward"
    ROLLING_BACK = "RollingBack"
    PAUSED = "Paused"
    COMPLETED = "Completed"
    COMPLETED_WITH_FAILURES = "CompletedWithFailures"
    CANCELLED = "Cancelled"
    FAULTED = "Faulted"

    @property
    def label(self) -> str:
        """The phase as screens show it."""
        if self is Phase.COMPLETED_WITH_FAILURES:
            return "Completed with failures"
        return self.value

    @property
    def is_over(self) -> bool:
        """Whether the run cannot be resumed: it was carried out to its end, or aborted."""
        return self in _OVER


_OVER = frozenset({Phase.COMPLETED, Phase.COMPLETED_WITH_FAILURES, Phase.CANCELLED})

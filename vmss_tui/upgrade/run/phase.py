"""The phase of a run, with Azure's names."""

from enum import StrEnum


class Phase(StrEnum):
    """Azure's RollingUpgradeStatusCode, Paused, and two ends at which instances are not upgraded:
    not every one is done, or all that were changed are back on the previous model."""

    ROLLING_FORWARD = "RollingForward"
    ROLLING_BACK = "RollingBack"
    PAUSED = "Paused"
    COMPLETED = "Completed"
    COMPLETED_WITH_FAILURES = "CompletedWithFailures"
    ROLLED_BACK = "RolledBack"
    CANCELLED = "Cancelled"
    FAULTED = "Faulted"

    @property
    def label(self) -> str:
        """The phase as screens show it."""
        return _LABELS.get(self, self.value)

    @property
    def is_over(self) -> bool:
        """Whether the run cannot be resumed: it was carried out to its end, or aborted."""
        return self in _OVER


_LABELS = {
    Phase.COMPLETED_WITH_FAILURES: "Completed with failures",
    Phase.ROLLED_BACK: "Rolled back",
}
_OVER = frozenset(
    {Phase.COMPLETED, Phase.COMPLETED_WITH_FAILURES, Phase.ROLLED_BACK, Phase.CANCELLED}
)

"""The phase of a run: Azure's names in JSON, and labels for a person."""

from enum import StrEnum

from vmss_tui.fleet.phrases import Term


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
        """The phase for a person."""
        return _LABELS[self]

    @property
    def is_over(self) -> bool:
        """Whether the run cannot be resumed: it was carried out to its end, or aborted."""
        return self in _OVER


_LABELS = {
    Phase.ROLLING_FORWARD: "Upgrading",
    Phase.ROLLING_BACK: "Rolling back",
    Phase.PAUSED: "Paused",
    Phase.COMPLETED: "Completed",
    Phase.COMPLETED_WITH_FAILURES: "Completed with failures",
    Phase.ROLLED_BACK: "Rolled back",
    Phase.CANCELLED: "Aborted",
    Phase.FAULTED: "Halted",
}
_OVER = frozenset(
    {Phase.COMPLETED, Phase.COMPLETED_WITH_FAILURES, Phase.ROLLED_BACK, Phase.CANCELLED}
)


def phase_label(phase: Phase, reason: str) -> str:
    """The phase for a person, with the reason of the run: a pause may be for an approval."""
    is_checkpoint = phase is Phase.PAUSED and reason == "checkpoint"
    return Term.WAITING_FOR_APPROVAL if is_checkpoint else phase.label

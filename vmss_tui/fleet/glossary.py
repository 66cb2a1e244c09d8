"""The terms for a person, each with one meaning. JSON, journals and settings keep other names.

The terms for the state of an instance are the values of `StateGroup`.
"""

from enum import StrEnum


class Term(StrEnum):
    """A term that several texts use."""

    UPGRADE_REQUESTED = "upgrade requested"
    """The upgrade request of the instance was sent to Azure."""
    MODEL_APPLIED = "latest model applied"
    """Azure reports the latest model on the instance, which is not healthy yet."""
    OBSERVING = "healthy, observing"
    """The instance is healthy, for less than the min healthy time."""
    UPGRADED = "upgraded"
    """The instance has the latest model and was healthy for the min healthy time."""
    FAILED = "failed"
    """The upgrade of the instance failed, or it did not become healthy in time."""
    DELETED = "deleted"
    """The instance is no longer in the scale set."""
    SKIPPED = "skipped"
    """The instance was selected, and the plan does not contain it."""
    NOT_UPGRADED = "not upgraded"
    """The plan contains the instance, and the run did not upgrade it."""
    ALREADY_UNHEALTHY = "already unhealthy"
    """The instance was unhealthy before the run."""
    ROLLED_BACK = "rolled back"
    """The instance has the previous model again."""
    REMAINING = "remaining"
    """The instance is planned, and no upgrade was requested yet."""
    COMPLETE = "complete"
    """Every instance of the batch is upgraded, failed, deleted or not upgraded."""
    WAITING_FOR_APPROVAL = "Waiting for approval"
    """The run is at an approval checkpoint: a share of the plan after which it waits."""
    UPGRADES_CONTINUE = "upgrades in flight continue"
    """Azure carries out what it has accepted, whatever happens to the run."""

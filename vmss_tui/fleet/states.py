"""States of a scale set and its instances as Azure reports them, and the composite state."""

from enum import StrEnum


class Orchestration(StrEnum):
    """Uniform instances are part of the set; Flexible ones are separate VM resources."""

    UNIFORM = "Uniform"
    FLEXIBLE = "Flexible"


class PolicyMode(StrEnum):
    """Who applies a changed model to instances: the operator, Azure at once, or in batches."""

    MANUAL = "Manual"
    AUTOMATIC = "Automatic"
    ROLLING = "Rolling"
    UNKNOWN = "unknown"


class ProvisioningState(StrEnum):
    """Of the last operation on an instance or a set; independent of the power state."""

    CREATING = "Creating"
    UPDATING = "Updating"
    DELETING = "Deleting"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    UNKNOWN = "unknown"


class PowerState(StrEnum):
    """Of a VM; see "States and billing status of Azure Virtual Machines"."""

    RUNNING = "running"
    STARTING = "starting"
    STOPPING = "stopping"
    STOPPED = "stopped"
    DEALLOCATING = "deallocating"
    DEALLOCATED = "deallocated"
    UNKNOWN = "unknown"


class Health(StrEnum):
    """What a health extension or probe reports; an instance without a report has None."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    INITIALIZING = "initializing"
    UNKNOWN = "unknown"


class State(StrEnum):
    """The composite state of an instance, worst first; the first that applies is shown."""

    FAILED = "failed"
    UNHEALTHY = "unhealthy"
    UPDATING = "updating"
    STARTING = "starting"
    STOPPING = "stopping"
    DEALLOCATING = "deallocating"
    STOPPED = "stopped"
    DEALLOCATED = "deallocated"
    UNKNOWN = "unknown"
    UNDETERMINED = "model-unknown"
    """Running, provisioned and healthy as far as is reported, but nothing says whether it has the
    latest model. No problem: the usual state in a Flexible set whose model says `latest`."""
    STALE = "stale"
    CURRENT = "current"


PROBLEM_STATES = frozenset({State.FAILED, State.UNHEALTHY, State.UNKNOWN})
TRANSITIONAL_STATES = frozenset(
    {State.UPDATING, State.STARTING, State.STOPPING, State.DEALLOCATING}
)
TRANSITIONAL_PROVISIONING = frozenset(
    {ProvisioningState.CREATING, ProvisioningState.UPDATING, ProvisioningState.DELETING}
)
"""An operation is in progress on the instance."""
STATE_BY_MODEL = {True: State.CURRENT, False: State.STALE, None: State.UNDETERMINED}
"""The state of a healthy instance by `latest_model_applied`."""
STATE_BY_POWER = {
    PowerState.STARTING: State.STARTING,
    PowerState.STOPPING: State.STOPPING,
    PowerState.STOPPED: State.STOPPED,
    PowerState.DEALLOCATING: State.DEALLOCATING,
    PowerState.DEALLOCATED: State.DEALLOCATED,
}
"""The state of an instance that is not running, by its power."""

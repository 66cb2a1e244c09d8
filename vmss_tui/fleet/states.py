"""The words Azure has for what a scale set and its instances are at, and ours for a cell."""

from enum import StrEnum


class Orchestration(StrEnum):
    """Uniform instances belong to the set; Flexible ones are virtual machines of their own."""

    UNIFORM = "Uniform"
    FLEXIBLE = "Flexible"


class PolicyMode(StrEnum):
    """Who applies a changed model to instances: us, Azure at once, or Azure in batches."""

    MANUAL = "Manual"
    AUTOMATIC = "Automatic"
    ROLLING = "Rolling"
    UNKNOWN = "unknown"


class ProvisioningState(StrEnum):
    """Of the last operation on an instance or a set; says nothing about its power."""

    CREATING = "Creating"
    UPDATING = "Updating"
    DELETING = "Deleting"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    UNKNOWN = "unknown"


class PowerState(StrEnum):
    """What the guest's machine does; see "States and billing status of Azure Virtual Machines"."""

    RUNNING = "running"
    STARTING = "starting"
    STOPPING = "stopping"
    STOPPED = "stopped"
    DEALLOCATING = "deallocating"
    DEALLOCATED = "deallocated"
    UNKNOWN = "unknown"


class Health(StrEnum):
    """What a health extension or probe *reports*; no report at all is None on the instance."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    INITIALIZING = "initializing"
    UNKNOWN = "unknown"


class State(StrEnum):
    """The composite state of a cell, worst first: the first that applies is the one shown."""

    FAILED = "failed"
    UNHEALTHY = "unhealthy"
    UPDATING = "updating"
    STARTING = "starting"
    STOPPING = "stopping"
    DEALLOCATING = "deallocating"
    STOPPED = "stopped"
    DEALLOCATED = "deallocated"
    UNKNOWN = "unknown"
    STALE = "stale"
    CURRENT = "current"


PROBLEM_STATES = frozenset({State.FAILED, State.UNHEALTHY, State.UNKNOWN})
TRANSITIONAL_STATES = frozenset(
    {State.UPDATING, State.STARTING, State.STOPPING, State.DEALLOCATING}
)

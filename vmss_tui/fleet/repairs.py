"""Automatic repairs of a scale set, as facts: what the model wants, what the service does.

Source: "Automatic instance repairs for Azure Virtual Machine Scale Sets"; the service's states are
`OrchestrationServiceState` of the REST page, of which "Suspended" is recorded.
"""

from enum import StrEnum

import msgspec


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
    said: str = ""
    """The state verbatim; differs from `state` where that is unknown."""

"""What Azure and an instance itself say about what happened: boot log, activity, run command.

Nothing is read before it is requested. `run_command` is a write like any other: after
`prepare_write`, recorded first, sent once. Text has passed `text.clean`.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

import msgspec

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway.actions import Accepted, PollResult


class BootLogState(StrEnum):
    """Why a boot log can or cannot be shown."""

    AVAILABLE = "available"
    EMPTY = "empty"
    """Boot diagnostics are on, and there is no log yet (404 of the blob)."""
    OFF = "off"
    """Boot diagnostics are off in the model of the instance."""
    REFUSED = "refused"
    """Azure or the storage account refused it; `message` says what."""
    UNREACHABLE = "unreachable"
    """The storage host did not answer in time, or with something else."""


class BootLog(msgspec.Struct, frozen=True):
    """A part of an instance's serial log. `lines` have passed the sanitiser, without ends."""

    state: BootLogState
    lines: tuple[str, ...] = ()
    start: int = 0
    """Byte at which `lines` begin in the log; 0 means that nothing is before them."""
    size: int = 0
    """Bytes of the whole log."""
    message: str = ""
    """One sentence where there is no log, with what helps."""
    has_screenshot: bool = False


class CallerKind(StrEnum):
    """Who made a request."""

    USER = "user"
    APPLICATION = "application"
    AZURE = "Azure"
    UNKNOWN = "unknown"


class ActivityEvent(msgspec.Struct, frozen=True):
    """One event of the Activity Log."""

    event_id: str
    at: datetime
    caller: str
    """A user's name, or the id of an application; empty where Azure does not say."""
    caller_kind: CallerKind
    client: str
    """`Azure CLI`, `Azure Portal`, an application id, or empty."""
    operation: str
    """`Microsoft.Compute/virtualMachineScaleSets/write`."""
    operation_label: str
    status: str
    resource_id: str
    correlation_id: str
    client_request_id: str = ""
    """Equal to the id of one of our own requests where the request was ours."""
    message: str = ""


class PropertyChange(msgspec.Struct, frozen=True):
    """One property in one row of Resource Graph's `resourcechanges`."""

    path: str
    before: str
    after: str


class ResourceChange(msgspec.Struct, frozen=True):
    """One change of a resource by Resource Graph's `resourcechanges`."""

    at: datetime
    changed_by: str
    caller_kind: CallerKind
    client: str
    operation: str
    correlation_id: str
    properties: tuple[PropertyChange, ...] = ()


class CommandOutput(msgspec.Struct, frozen=True):
    """The result of a run command on one instance. Each stream is its last 4,096 bytes."""

    stdout: str
    stderr: str
    exit_code: int | None
    """By the marker that is printed at the end of the script; None where it did not come."""


class MetricValue(msgspec.Struct, frozen=True):
    """The value of a metric of Azure Monitor over a window."""

    value: float
    at: datetime | None = None
    """The beginning of its newest minute."""


class Diagnostics(Protocol):
    """Reads and run command of single instances. Thread-safe. Reads raise as those of `Gateway`
    do, except that what is wrong with a boot log is a `BootLogState`."""

    def read_boot_log(
        self,
        scale_set: ScaleSetId,
        instance_id: str,
        *,
        end: int | None = None,
        length: int = 65_536,
    ) -> BootLog:
        """The last `length` bytes of the serial log, or those before byte `end`. Two requests: one
        to Azure Resource Manager for signed addresses, which stay inside, and one to storage."""

    def read_activity(
        self, scale_set: ScaleSetId, since: datetime, until: datetime
    ) -> Sequence[ActivityEvent]:
        """Events of the set's resource group that name the set or its instances, newest first,
        each once."""

    def read_changes(self, scale_set: ScaleSetId, since: datetime) -> Sequence[ResourceChange]:
        """Changes of the set, newest first. Raises `NotAllowed` or `Refused` where Resource Graph
        is not available."""

    def read_metric(
        self, resource_id: str, name: str, aggregation: str, window: float
    ) -> MetricValue | None:
        """The value of a metric over the last `window` seconds, with the time of its newest
        minute; None where there is none yet. `aggregation` is Azure Monitor's: average, minimum,
        maximum, total or count."""

    def run_command(
        self,
        scale_set: ScaleSetId,
        instance_id: str,
        script: Sequence[str],
        client_request_id: str,
        *,
        windows: bool = False,
    ) -> Accepted:
        """Requests one run of a script on one instance."""

    def read_command_output(self, operation: str) -> tuple[PollResult, CommandOutput | None]:
        """Polls a run command; its output once it has succeeded."""

    def read_instance_view(self, scale_set: ScaleSetId, instance_id: str) -> "dict[str, Any]":
        """One instance with its instance view as ARM's JSON: one request."""

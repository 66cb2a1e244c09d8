"""Typed structs of what diagnosis reads; every field may be absent or null.

Shapes: the recorded `flow-bootdiag-vm-managed-blob-404`, `flow-activitylog-delay-2023`,
`activitylog-list-select-2020`, `doc-resourcechanges-row` and `flow-vmss-runCommand-action`.
"""

from typing import Any

from vmss_tui.arm.wire.compute import StatusWire, Wire


class BootDataWire(Wire):
    """`RetrieveBootDiagnosticsDataResult`."""

    console_screenshot_blob_uri: str | None = None
    serial_console_log_blob_uri: str | None = None


class LocalizedWire(Wire):
    """A value with its label."""

    value: str | None = None
    localized_value: str | None = None


class HttpRequestWire(Wire):
    """The request that an event is about."""

    client_request_id: str | None = None


class ActivityEventWire(Wire):
    """`EventData` of the Activity Log."""

    event_data_id: str | None = None
    event_timestamp: str | None = None
    caller: str | None = None
    claims: dict[str, Any] | None = None
    correlation_id: str | None = None
    http_request: HttpRequestWire | None = None
    operation_name: LocalizedWire | None = None
    status: LocalizedWire | None = None
    sub_status: LocalizedWire | None = None
    resource_id: str | None = None
    properties: dict[str, Any] | None = None


class ChangeAttributesWire(Wire):
    """`changeAttributes` of a row of `resourcechanges`."""

    timestamp: str | None = None
    changed_by: str | None = None
    changed_by_type: str | None = None
    client_type: str | None = None
    operation: str | None = None
    correlation_id: str | None = None


class ChangedValueWire(Wire):
    """One property of a change; values are texts, also `null` and `true`."""

    previous_value: Any = None
    new_value: Any = None


class ChangePropertiesWire(Wire):
    """`properties` of a row of `resourcechanges`."""

    change_attributes: ChangeAttributesWire | None = None
    changes: dict[str, ChangedValueWire | None] | None = None


class ChangeRowWire(Wire):
    """A row of `resourcechanges`."""

    properties: ChangePropertiesWire | None = None


class CommandOutputWire(Wire):
    """The output of a run command: one status on Linux, two on Windows."""

    value: list[StatusWire | None] | None = None


class CommandPropertiesWire(Wire):
    """`properties` of an operation that has run a command."""

    output: CommandOutputWire | None = None


class CommandOperationWire(Wire):
    """The poll of such an operation; the final answer at `Location` has `value` itself."""

    properties: CommandPropertiesWire | None = None
    value: list[StatusWire | None] | None = None

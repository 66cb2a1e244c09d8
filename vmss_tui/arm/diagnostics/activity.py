"""Reads the Activity Log ("Activity Logs - List").

Its filter takes a time and one of a few names: the events of the set's instances are among those of
the resource group, which are filtered here. The same event may be listed twice, and a page may be
empty though others follow. Events appear some minutes late and are kept for 90 days (recorded:
`flow-activitylog-delay-2023`, `activitylog-400-older-than-90-days`).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from vmss_tui.arm.diagnostics.callers import caller_kind, client_name
from vmss_tui.arm.diagnostics.wire import ActivityEventWire, HttpRequestWire, LocalizedWire
from vmss_tui.arm.translate.statuses import format_time, parse_time
from vmss_tui.arm.transport.paging import ListBounds, read_pages, split_page
from vmss_tui.arm.transport.send import RequestSender, Response
from vmss_tui.arm.transport.urls import ArmUrls
from vmss_tui.arm.wire.decode import InvalidJson, decode_item
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway.diagnostics import ActivityEvent
from vmss_tui.text import cell, redact_start

RETENTION = timedelta(days=90)
_MARGIN = timedelta(hours=1)
"""The local clock may be wrong, and a start that is too early is refused."""
_BOUNDS = ListBounds(pages=40, size=32 << 20, seconds=45.0)
_MAX_TEXT = 500
_MAX_PROPERTY = 4096
_NOTHING = LocalizedWire()


def read_activity(
    sender: RequestSender,
    urls: ArmUrls,
    scale_set: ScaleSetId,
    since: datetime,
    until: datetime,
    now: datetime,
) -> Sequence[ActivityEvent]:
    """See `Diagnostics.read_activity`. Later pages that cannot be read are left out."""
    since = max(since, now - RETENTION + _MARGIN)
    condition = (
        f"eventTimestamp ge '{format_time(since)}' and eventTimestamp le '{format_time(until)}' "
        f"and resourceGroupName eq '{scale_set.resource_group}'"
    )
    events: dict[str, ActivityEvent] = {}
    set_id = scale_set.resource_id.lower()

    def add_page(response: Response) -> str | None:
        items, next_link = split_page(response.body)
        for item in items:
            try:
                wire, _ = decode_item(item, ActivityEventWire)
            except InvalidJson:
                continue
            event = _translate(wire)
            if event is not None and _concerns(wire, event, set_id):
                events.setdefault(event.event_id, event)
        return next_link

    read_pages(
        sender, urls, urls.activity(scale_set.subscription_id, condition), add_page, bounds=_BOUNDS
    )
    return sorted(events.values(), key=lambda event: event.at, reverse=True)


def _translate(wire: ActivityEventWire) -> ActivityEvent | None:
    """None for an event without a time or an id."""
    at, claims = parse_time(wire.event_timestamp), wire.claims or {}
    if at is None or not wire.event_data_id:
        return None
    caller = cell(wire.caller or "")
    operation = wire.operation_name or _NOTHING
    request = wire.http_request or HttpRequestWire()
    return ActivityEvent(
        event_id=cell(wire.event_data_id),
        at=at,
        caller=caller,
        caller_kind=caller_kind(caller),
        client=client_name(claims.get("appid")),
        operation=cell(operation.value or ""),
        operation_label=cell(operation.localized_value or operation.value or ""),
        status=cell((wire.status or _NOTHING).value or ""),
        resource_id=cell(wire.resource_id or "", _MAX_TEXT),
        correlation_id=cell(wire.correlation_id or ""),
        client_request_id=cell(request.client_request_id or ""),
        message=_message(wire.properties or {}),
    )


def _message(properties: dict[str, Any]) -> str:
    """What a failed request was answered; the names of properties vary in their case."""
    for key, value in properties.items():
        if key.lower() == "statusmessage" and isinstance(value, str):
            return cell(redact_start(value, 8 * _MAX_TEXT), _MAX_TEXT)
    return ""


def _concerns(wire: ActivityEventWire, event: ActivityEvent, set_id: str) -> bool:
    """Whether the event is about the set or an instance, or names the set as autoscale's do.

    The VMs of a Flexible set are named after it.
    """
    resource_id = event.resource_id.lower()
    if resource_id == set_id or resource_id.startswith(f"{set_id}/"):
        return True
    group, _, name = set_id.rpartition("/providers/microsoft.compute/virtualmachinescalesets/")
    if resource_id.startswith(f"{group}/providers/microsoft.compute/virtualmachines/{name}_"):
        return True
    texts = (value for value in (wire.properties or {}).values() if isinstance(value, str))
    return any(set_id in text[:_MAX_PROPERTY].lower() for text in texts)

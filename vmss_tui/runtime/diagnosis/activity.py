"""The Activity Log of one instance and its set: who requested what, and what was ours."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway.diagnostics import ActivityEvent
from vmss_tui.runtime.storage.operations_log import OperationsLog
from vmss_tui.upgrade.events import Record

LAG = "Events appear here 3 to 20 minutes after they happened."


class Activity(Struct, frozen=True):
    """One request with all of its events: Azure writes several for each."""

    first: ActivityEvent
    """The earliest event: when it was requested."""
    last: ActivityEvent
    """The newest event: how it ended."""
    is_own: bool
    """Whether it was sent by this program, by its log or the journal of a run."""


def group_events(
    events: Iterable[ActivityEvent], own_ids: frozenset[str], instance_path: str = ""
) -> tuple[Activity, ...]:
    """One entry for each request, newest first. With `instance_path`, only those of the set and of
    the instance with this resource id, in lower case."""
    groups: dict[tuple[str, str, str], list[ActivityEvent]] = {}
    for event in events:
        resource = event.resource_id.lower()
        if instance_path and "/virtualmachines/" in resource and resource != instance_path:
            continue
        key = (event.correlation_id or event.event_id, event.operation.lower(), resource)
        groups.setdefault(key, []).append(event)
    activities = []
    for group in groups.values():
        group.sort(key=lambda event: event.at)
        is_own = any(event.client_request_id in own_ids for event in group)
        activities.append(Activity(group[0], group[-1], is_own))
    return tuple(sorted(activities, key=lambda activity: activity.first.at, reverse=True))


def own_request_ids(
    log: OperationsLog, scale_set: ScaleSetId, records: Sequence[Record] = ()
) -> frozenset[str]:
    """Ids of the requests that were sent from this machine, or by a run with these records."""
    resource_id = scale_set.resource_id.lower()
    operations = {
        record.request_id for record in log.read() if record.scale_set.lower() == resource_id
    }
    requested = {
        request_id
        for record in records
        if (request_id := getattr(record.body, "client_request_id", ""))
    }
    return frozenset(operations | requested) - {""}


def age_of_log(since: datetime, until: datetime) -> str:
    """`last 24 h`, `last 7 d`."""
    hours = round((until - since).total_seconds() / 3600)
    return f"last {hours} h" if hours < 48 else f"last {hours // 24} d"

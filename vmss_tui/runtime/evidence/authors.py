"""Finds who changed a scale set, in the Activity Log and in Resource Graph's changes.

Either may be forbidden, and both are late by minutes. One write has several events with one
correlation id. What this run requested is known by its client request ids.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from msgspec import Struct

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import GatewayError, NotAllowed, Refused
from vmss_tui.gateway.attempt import try_read
from vmss_tui.gateway.diagnostics import ActivityEvent, Diagnostics, PropertyChange, ResourceChange
from vmss_tui.text import redact
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.change_authors import HALT_REASONS, changes_model, explains

ACTIVITY_RIGHT = "Microsoft.Insights/eventtypes/values/read"
_MAX_AUTHORS = 5
_MAX_PROPERTIES = 20
_VOLATILE = ("properties.provisioningState", "etag", "properties.timeCreated")
"""Properties that change with every write and say nothing about it."""


class Findings(Struct, frozen=True):
    """What one look has found."""

    authors: tuple[ev.Author, ...] = ()
    problem: str = ""
    """What could not be read and why, in one sentence."""
    is_final: bool = False
    """Another look would not find more."""


class AuthorReader:
    """Looks for the authors of one change."""

    def __init__(
        self, diagnostics: Diagnostics, scale_set: ScaleSetId, retry: Callable[[], bool]
    ) -> None:
        """`retry` as in `try_read`."""
        self._diagnostics, self._scale_set, self._retry = diagnostics, scale_set, retry

    def read(
        self,
        reason: str,
        since: datetime,
        until: datetime,
        own_requests: Collection[str],
        own_correlations: Collection[str],
    ) -> Findings:
        """Events and changes between `since` and `until` that can explain `reason`."""
        activity, activity_error = try_read(
            lambda: self._diagnostics.read_activity(self._scale_set, since, until), self._retry
        )
        changes, changes_error = try_read(
            lambda: self._diagnostics.read_changes(self._scale_set, since), self._retry
        )
        events = activity or ()
        own = set(own_correlations) | {
            event.correlation_id for event in events if event.client_request_id in own_requests
        }
        authors = _merge(
            [e for e in events if e.correlation_id not in own and explains(reason, e.operation)],
            [c for c in changes or () if c.correlation_id not in own and c.at >= since],
            with_changes=reason == "drift",
        )
        if reason == "drift":
            authors = tuple(a for a in authors if not a.properties or changes_model(a))
        problems = [
            f"{what} cannot be read{_right(error, right)}: {redact(error.message)}"
            for what, error, right in (
                ("the Activity Log", activity_error, ACTIVITY_RIGHT),
                ("Resource Graph", changes_error, ""),
            )
            if error is not None
        ]
        lasting = [isinstance(e, Refused) for e in (activity_error, changes_error) if e is not None]
        is_complete = bool(authors) and (
            reason != "drift" or any(a.properties for a in authors) or changes is None
        )
        is_final = is_complete or (len(lasting) == 2 and all(lasting))
        return Findings(authors, "; ".join(problems), is_final)


def author_reason(event: ev.AnyEvent) -> str:
    """For which of `drift`, `gone`, `foreign` and `capacity` the event makes a run look up what
    others did; empty where it does not."""
    match event:
        case ev.Halted(reason=reason):
            return HALT_REASONS.get(reason, "")
        case ev.Paused(reason="foreign"):
            return "foreign"
        case ev.InstancesGone():
            return "capacity"
    return ""


def _right(error: GatewayError, right: str) -> str:
    """The missing right, where Azure's own words do not name it."""
    is_named = right.lower() in error.message.lower()
    return f" (the right {right} is missing)" * bool(
        right and not is_named and isinstance(error, NotAllowed)
    )


def _merge(
    events: Sequence[ActivityEvent], changes: Sequence[ResourceChange], *, with_changes: bool
) -> tuple[ev.Author, ...]:
    """An author for each correlation id, newest first. Changes without an event are authors only
    `with_changes`."""
    changes_by_id = {c.correlation_id: c for c in changes if c.correlation_id}
    events_by_id: dict[str, ActivityEvent] = {}
    for event in events:  # newest first: the oldest, which is the request, stays
        events_by_id[event.correlation_id or event.event_id] = event
    authors = [
        ev.Author(
            at=event.at.isoformat(timespec="seconds"),
            caller=event.caller,
            caller_kind=str(event.caller_kind),
            client=event.client,
            operation=event.operation,
            correlation_id=event.correlation_id,
            properties=_properties(change.properties if (change := changes_by_id.get(key)) else ()),
        )
        for key, event in events_by_id.items()
    ]
    if with_changes:
        authors += [
            ev.Author(
                at=change.at.isoformat(timespec="seconds"),
                caller=change.changed_by,
                caller_kind=str(change.caller_kind),
                client=change.client,
                operation=change.operation,
                correlation_id=change.correlation_id,
                properties=properties,
            )
            for change in changes
            if change.correlation_id not in events_by_id
            and (properties := _properties(change.properties))
        ]
    authors.sort(key=lambda author: author.at, reverse=True)
    return tuple(authors[:_MAX_AUTHORS])


def _properties(changes: Sequence[PropertyChange]) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (change.path, redact(change.before), redact(change.after))
        for change in changes
        if change.path not in _VOLATILE
    )[:_MAX_PROPERTIES]

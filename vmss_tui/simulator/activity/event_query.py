"""The Activity Log's list, with the few filters that it allows.

Recorded: flow-activitylog-delay-2023, activitylog-list-select-2020,
activitylog-400-older-than-90-days; the filters are those of the operation's documentation.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from vmss_tui.simulator.activity.activity_log import Event
from vmss_tui.simulator.activity.event_bodies import event_body, provider_of, selected
from vmss_tui.simulator.exchange import PathParameters, Request, Response, json_response
from vmss_tui.simulator.handlers.responses import next_link, parse_skip_token
from vmss_tui.simulator.world.simulated_time import CALENDAR
from vmss_tui.simulator.world.world import World

RETENTION = timedelta(days=90)
CATEGORIES = (
    *("Administrative", "Security", "Service Health", "Alert", "Recommendation", "Policy"),
    *("Autoscale", "Resource Health"),
)
_CLAUSE = re.compile(r"(\w{1,40}) (eq|ge|le) ('[^']{0,500}'|[^\s']{1,500})", re.IGNORECASE)
_NAMES = ("resourcegroupname", "resourceuri", "resourceprovider", "correlationid")
_REPEATED = 11
"""Every eleventh event is listed twice."""


@dataclass(frozen=True, slots=True)
class EventFilter:
    """The conditions of a `$filter`; times are UTC."""

    start: datetime
    end: datetime | None = None
    name: str = ""
    """In lower case; empty: the time alone."""
    value: str = ""

    def accepts(self, event: Event, subscription: str) -> bool:
        """Whether an event is of this subscription and meets the conditions."""
        parts = event.resource_id.lower().split("/")
        if parts[2:3] != [subscription.lower()]:
            return False
        at = CALENDAR.epoch + timedelta(seconds=event.at)
        if at < self.start or (self.end is not None and at > self.end):
            return False
        group = parts[4] if parts[3:4] == ["resourcegroups"] and len(parts) > 4 else ""
        actual = {
            "resourcegroupname": group,
            "resourceuri": event.resource_id.lower(),
            "resourceprovider": provider_of(event.resource_id).lower(),
            "correlationid": event.correlation_id,
        }
        return not self.name or actual[self.name] == self.value.lower().rstrip("/")


def list_events(world: World, request: Request, parameters: PathParameters) -> Response:
    """A page of events, newest first."""
    subscription = world.find_subscription(parameters["sub"])
    now = CALENDAR.epoch + timedelta(seconds=world.now)
    condition = parse_filter(" ".join(request.query.get("$filter", "").split()))
    if isinstance(condition, str):
        return _bad_request(condition)
    if condition.start < now - RETENTION:
        return _bad_request("The start time cannot be more than 90 days in the past.")
    log = world.activity
    events = [event for event in log.shown(world.now) if condition.accepts(event, subscription)]
    if log.repeats:
        events = [event for event in events for _ in range(1 + (event.number % _REPEATED == 0))]
    start = parse_skip_token(request.query.get("$skiptoken"))
    if log.empty_pages and start < 0 and events:
        return json_response(200, {"value": [], "nextLink": next_link(request, "0")})
    start = max(start, 0)
    page = events[start : start + log.page_size]
    bodies = [event_body(world.random, event, log.delay) for event in page]
    if "$select" in request.query:
        bodies = [selected(body, request.query["$select"]) for body in bodies]
    body: dict[str, object] = {"value": bodies}
    if start + len(page) < len(events):
        body["nextLink"] = next_link(request, str(start + len(page)))
    return json_response(200, body)


def list_categories(world: World, request: Request, parameters: PathParameters) -> Response:
    """The categories of events (recorded: activitylog-eventcategories)."""
    values = [{"value": name.replace(" ", ""), "localizedValue": name} for name in CATEGORIES]
    return json_response(200, {"value": values}, {"x-ms-ratelimit-remaining-tenant-reads": "11999"})


def parse_filter(text: str) -> EventFilter | str:
    """The conditions of a filter, in any order; for any other syntax the error's message."""
    clauses = [_CLAUSE.fullmatch(part) for part in re.split(r" and ", text, flags=re.IGNORECASE)]
    times: dict[str, datetime] = {}
    names: dict[str, str] = {}
    for clause in clauses:
        if clause is None:
            return f"The filter '{text[:200]}' is not supported."
        name, operator = clause[1].lower(), clause[2].lower()
        value = clause[3].strip("'")
        if name == "eventtimestamp" and operator in ("ge", "le") and operator not in times:
            moment = _moment(value)
            if moment is None:
                return f"The time '{value[:80]}' is not valid."
            times[operator] = moment
        elif name in _NAMES and operator == "eq" and not names:
            names[name] = value
        else:
            return f"The filter '{text[:200]}' is not supported."
    if "ge" not in times:
        return "The start time is required in the filter."
    name, value = next(iter(names.items()), ("", ""))
    return EventFilter(times["ge"], times.get("le"), name, value)


def _moment(text: str) -> datetime | None:
    """A time in ISO 8601, with up to seven digits of fraction; UTC without an offset."""
    text = re.sub(r"(\.\d{6})\d{1,3}", r"\1", text.replace(" ", "+"))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _bad_request(message: str) -> Response:
    """A refusal without the `error` envelope (recorded: activitylog-400-older-than-90-days)."""
    return json_response(400, {"code": "BadRequest", "message": message})

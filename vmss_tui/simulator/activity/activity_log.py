"""The Activity Log's events, and how late they are shown."""

from dataclasses import dataclass, field

from vmss_tui.simulator.activity.principals import Principal
from vmss_tui.simulator.errors import Json

MOST_EVENTS = 20_000
DELAY = 232.0
"""Simulated seconds until an event is shown (recorded: flow-activitylog-delay-2023)."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event; a write has several with one correlation id."""

    number: int
    at: float
    principal: Principal
    operation: str
    resource_id: str
    correlation_id: str
    stage: str
    """BeginRequest or EndRequest."""
    status: str
    """Started, Accepted, Succeeded or Failed."""
    http_status: int | None = None
    client_request_id: str | None = None
    method: str = ""
    uri: str = ""
    category: str = "Administrative"
    details: Json = field(default_factory=dict)
    """Further `properties`."""

    @property
    def spread(self) -> float:
        """The share of the usual delay after which it is shown: 0.9 to 1.1."""
        return 0.9 + (self.number * 7 % 21) / 100


@dataclass(slots=True)
class ActivityLog:
    """All events, oldest first, and the settings of the log."""

    delay: float = DELAY
    page_size: int = 100
    repeats: bool = True
    """Whether some events are listed twice, as recorded."""
    empty_pages: bool = False
    """Whether an empty page precedes the others."""
    events: list[Event] = field(default_factory=list)

    def add(self, event: Event) -> None:
        """Adds an event; the oldest ones are dropped in the end."""
        self.events.append(event)
        if len(self.events) > MOST_EVENTS:
            del self.events[: MOST_EVENTS // 10]

    def shown(self, now: float) -> list[Event]:
        """The events that are shown at `now`, newest first."""
        events = [event for event in self.events if event.at + self.delay * event.spread <= now]
        return sorted(events, key=lambda event: (event.at, event.number), reverse=True)

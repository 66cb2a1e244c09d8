"""The base classes of all events. Part of `events`."""

import msgspec


class Event(msgspec.Struct, frozen=True, tag_field="event", kw_only=True, omit_defaults=True):
    """Base of all events."""


class InstanceEvent(Event, frozen=True):
    """Base of the events that are about planned instances."""

    instance_ids: tuple[str, ...]

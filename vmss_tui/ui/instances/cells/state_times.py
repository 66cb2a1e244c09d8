"""Since when each instance has been in its state, from the readings of this session. Pure."""

from datetime import datetime

from vmss_tui.fleet.scale_set import Instance, State
from vmss_tui.fleet.snapshot import Snapshot

_MOST_INSTANCES = 400
"""Larger sets are drawn in cells too small for a time."""


class StateTimes:
    """The time of the last change of state, or what Azure reports of it at the first reading."""

    def __init__(self) -> None:
        self._times: dict[str, tuple[State, datetime | None]] = {}

    def update(self, snapshot: Snapshot) -> None:
        """Takes a newer snapshot."""
        if len(snapshot.instances) > _MOST_INSTANCES:
            self._times = {}
            return
        old, self._times = self._times, {}
        for instance in snapshot.instances:
            state, previous = instance.state, old.get(instance.instance_id)
            if previous is None:
                since = _reported_time(instance)
            else:
                since = previous[1] if previous[0] is state else snapshot.taken_at
            self._times[instance.instance_id] = (state, since)

    def since(self, instance_id: str) -> datetime | None:
        """When the instance reached its state; None where that is not known."""
        return self._times.get(instance_id, (None, None))[1]


def _reported_time(instance: Instance) -> datetime | None:
    if instance.state is State.UNHEALTHY and instance.health_at is not None:
        return instance.health_at
    return instance.changed_at

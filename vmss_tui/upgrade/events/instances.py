"""What readings showed of a run's members, as events. Data only; part of `events`."""

import msgspec

from vmss_tui.upgrade.events.base import InstanceEvent


class InstancesProvisioned(InstanceEvent, frozen=True, tag="instances_provisioned"):
    """Seen on the pinned model and provisioned; health is still to come."""


class InstancesMissing(InstanceEvent, frozen=True, tag="instances_missing"):
    """Not in the last complete reading; gone when they stay away."""


class InstancesReappeared(InstanceEvent, frozen=True, tag="instances_found"):
    """Were missing, and are in the reading again."""


class InstancesInProgress(InstanceEvent, frozen=True, tag="instances_moving"):
    """Seen at work. Told only of those for which Azure does not say whether they are current."""


class InstancesReady(InstanceEvent, frozen=True, tag="instances_ready"):
    """Seen on the pinned model, provisioned, running and healthy; now they must stay so."""


class InstancesRelapsed(InstanceEvent, frozen=True, tag="instances_relapsed"):
    """Were ready, and are not any more."""


class InstancesUpgraded(InstanceEvent, frozen=True, tag="instances_upgraded"):
    """Ready for the whole of min_healthy_time."""


class InstancesFailed(InstanceEvent, frozen=True, tag="instances_failed"):
    """Will not become ready by themselves."""

    message: str = msgspec.field(name="words")


class InstancesGone(InstanceEvent, frozen=True, tag="instances_gone"):
    """Are no longer members of the set."""


class InstancesSkipped(InstanceEvent, frozen=True, tag="instances_skipped"):
    """Are left alone after all: current by now, protected, or stopped meanwhile."""

    message: str = msgspec.field(name="words")


class InstancesReopened(InstanceEvent, frozen=True, tag="instances_reopened"):
    """The lost request did not happen: may be asked once more."""

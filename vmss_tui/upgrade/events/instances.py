"""Events about planned instances, as readings of the scale set show them. Part of `events`."""

import msgspec

from vmss_tui.upgrade.events.base import InstanceEvent


class InstancesProvisioned(InstanceEvent, frozen=True, tag="instances_provisioned"):
    """On the pinned model and provisioned, not yet healthy."""


class InstancesMissing(InstanceEvent, frozen=True, tag="instances_missing"):
    """Not in the last complete reading; gone if they stay missing."""


class InstancesReappeared(InstanceEvent, frozen=True, tag="instances_found"):
    """Missing before, and in the reading again."""


class InstancesInProgress(InstanceEvent, frozen=True, tag="instances_moving"):
    """Provisioning in progress. Recorded only where `latestModelApplied` is not reported."""


class InstancesReady(InstanceEvent, frozen=True, tag="instances_ready"):
    """On the pinned model, provisioned, running and healthy; must stay so for a while."""


class InstancesRelapsed(InstanceEvent, frozen=True, tag="instances_relapsed"):
    """Ready before, and no longer."""


class InstancesUpgraded(InstanceEvent, frozen=True, tag="instances_upgraded"):
    """Ready without a gap for `min_healthy_time`."""


class InstancesFailed(InstanceEvent, frozen=True, tag="instances_failed"):
    """Will not become ready without a new request."""

    message: str = msgspec.field(name="words")


class InstancesGone(InstanceEvent, frozen=True, tag="instances_gone"):
    """No longer members of the scale set."""


class InstancesSkipped(InstanceEvent, frozen=True, tag="instances_skipped"):
    """Not upgraded after all: up to date by now, protected, or stopped since."""

    message: str = msgspec.field(name="words")


class InstancesReopened(InstanceEvent, frozen=True, tag="instances_reopened"):
    """The request with the lost reply had no effect: it may be sent once more."""

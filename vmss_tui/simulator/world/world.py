"""The simulated world: scale sets, operations and scheduled steps, with one clock and one lock.

It stores resources and finds them. The behaviour of actions and of model writes is in
`behaviour`, which gets time, random values and operations from here.
"""

import math
import threading
from collections.abc import Iterable
from typing import Protocol

from vmss_tui.simulator import errors
from vmss_tui.simulator.activity.activity_log import ActivityLog
from vmss_tui.simulator.activity.change_log import ChangeLog
from vmss_tui.simulator.activity.rights import Rights
from vmss_tui.simulator.eligibility.state import Eligibility
from vmss_tui.simulator.graph.graph_index import GraphIndex
from vmss_tui.simulator.graph.graph_quota import GraphQuota
from vmss_tui.simulator.guest.log_answers import LogAnswers
from vmss_tui.simulator.guest.metric_values import MetricValues
from vmss_tui.simulator.world.custom_images import ImageLibrary
from vmss_tui.simulator.world.faults import FaultRegistry
from vmss_tui.simulator.world.instance import Instance, Model
from vmss_tui.simulator.world.ledger import Ledger
from vmss_tui.simulator.world.operations import Operation
from vmss_tui.simulator.world.platform_images import ImageBuild
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.seeded_random import SeededRandom
from vmss_tui.simulator.world.simulated_time import Clock, Schedule, Step, timestamp
from vmss_tui.simulator.world.throttle import Throttle

_MAX_OPERATIONS = 5_000
"""Above this number the oldest ended operations are removed and can no longer be polled."""


class RegionalResource(Protocol):
    """A resource that an operation can work on."""

    @property
    def subscription(self) -> str:
        """The id of its subscription."""

    @property
    def location(self) -> str:
        """Its region."""


class World:
    """All simulated resources. Take `lock` and call `tick` before each read or change."""

    def __init__(
        self, seed: int, clock: Clock, *, throttling: bool = True, page_size: int = 100
    ) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.random = SeededRandom(seed)
        self.schedule = Schedule()
        self.ledger = Ledger()
        self.faults = FaultRegistry()
        self.throttle = Throttle(enabled=throttling)
        self.library = ImageLibrary()
        self.log_answers = LogAnswers()
        self.activity = ActivityLog()
        self.changes = ChangeLog()
        self.graph_quota = GraphQuota()
        self.graph = GraphIndex()
        self.rights = Rights()
        self.eligibility = Eligibility()
        self.metrics = MetricValues()
        self.page_size = page_size
        self.outdated_report_health = True
        self.now = clock.now()
        self.subscriptions: dict[str, str] = {}
        """Subscription id → display name."""
        self.groups: dict[tuple[str, str], tuple[str, str]] = {}
        """(subscription, group in lower case) → group as written, location."""
        self.scale_sets: dict[tuple[str, str, str], ScaleSet] = {}
        """By subscription, group and name, all in lower case; in order of creation."""
        self.operations: dict[str, Operation] = {}
        self._counts: dict[str, int] = {}

    def tick(self) -> None:
        """Runs every step that is due by now."""
        target = self.clock.now()
        self.schedule.run_until(target, self._set_now)
        self.now = target

    def _set_now(self, at: float) -> None:
        self.now = at

    def call_later(self, at: float, delay: float, step: Step) -> None:
        """Schedules `step` for `delay` simulated seconds after `at`."""
        self.schedule.add(at + delay, step)

    def retry_after_seconds(self, simulated: float) -> int:
        """A simulated delay in real seconds for `Retry-After`: clients wait in real time."""
        return max(1, math.ceil(simulated / (self.clock.speed or 1.0)))

    def next_number(self, counter: str) -> int:
        """1, 2, 3 ... for each counter name."""
        self._counts[counter] = self._counts.get(counter, 0) + 1
        return self._counts[counter]

    def find_subscription(self, subscription: str) -> str:
        """The subscription id as written. Raises ArmError (404) where there is none."""
        for subscription_id in self.subscriptions:
            if subscription_id.lower() == subscription.lower():
                return subscription_id
        raise errors.subscription_not_found(subscription)

    def find_group(self, subscription: str, group: str) -> str:
        """The resource group's name as written. Raises ArmError (404) where there is none."""
        subscription_id = self.find_subscription(subscription)
        entry = self.groups.get((subscription_id.lower(), group.lower()))
        if entry is None:
            raise errors.group_not_found(group)
        return entry[0]

    def find_scale_set(self, subscription: str, group: str, name: str) -> ScaleSet:
        """A scale set by its names in any case. Raises ArmError (404) where there is none."""
        subscription_id = self.find_subscription(subscription)
        self.find_group(subscription_id, group)
        scale_set = self.scale_sets.get((subscription_id.lower(), group.lower(), name.lower()))
        if scale_set is None:
            kind = "Microsoft.Compute/virtualMachineScaleSets"
            raise errors.resource_not_found(kind, name, group)
        return scale_set

    def scale_set_by_label(self, label: str) -> ScaleSet | None:
        """The first scale set named `group/name`, in any subscription."""
        key = label.lower()
        return next((s for s in self.scale_sets.values() if s.label.lower() == key), None)

    def add_group(self, subscription: str, group: str, location: str) -> None:
        """Adds a resource group unless it exists."""
        self.groups.setdefault((subscription.lower(), group.lower()), (group, location))

    def add_scale_set(self, scale_set: ScaleSet) -> None:
        """Adds a scale set."""
        key = (scale_set.subscription, scale_set.group, scale_set.name)
        self.scale_sets[key[0].lower(), key[1].lower(), key[2].lower()] = scale_set

    def remove_scale_set(self, scale_set: ScaleSet) -> None:
        """Removes a scale set."""
        key = (scale_set.subscription, scale_set.group, scale_set.name)
        self.scale_sets.pop((key[0].lower(), key[1].lower(), key[2].lower()), None)

    def resolve_build(self, scale_set: ScaleSet, model: Model) -> ImageBuild:
        """The image that a new instance of `model` would run. Raises ArmError without an image, and
        while its replica is not completed."""
        build = self.library.resolve_build(model.profile, scale_set.location, scale_set.edge_zone)
        if self.eligibility.replica(build.source, scale_set.location)[0] != "Completed":
            raise errors.image_not_replicated(build.source, scale_set.location)
        return build

    def start_operation(
        self, kind: str, resource: RegionalResource, at: float | None = None
    ) -> Operation:
        """A new operation in progress, with nothing pending yet."""
        number = self.next_number("operation")
        operation = Operation(
            name=self.random.guid("operation", number),
            kind=kind,
            subscription=resource.subscription,
            location=resource.location,
            started=self.now if at is None else at,
        )
        self.operations[operation.name] = operation
        if len(self.operations) > _MAX_OPERATIONS:
            ended = [name for name, entry in self.operations.items() if entry.ended is not None]
            for name in ended[: len(self.operations) - _MAX_OPERATIONS]:
                del self.operations[name]
        return operation

    def hold_provisioning(
        self, scale_set: ScaleSet, operation: Operation, at: float, state: str
    ) -> None:
        """Sets the provisioning state to `state` until all such operations have ended."""
        scale_set.pending_operations.add(operation.name)
        scale_set.update_state(at, provisioning=state)

        def release(end: float) -> None:
            scale_set.pending_operations.discard(operation.name)
            if not scale_set.pending_operations:
                result = "Failed" if operation.error else "Succeeded"
                scale_set.update_state(
                    end, provisioning=result, settled_at=end, failure=operation.error
                )

        operation.end_callbacks.append(release)

    def record_effect(
        self,
        at: float,
        kind: str,
        scale_set: ScaleSet,
        instances: Iterable[Instance] | None,
        operation: Operation | None,
        client_request_id: str | None,
    ) -> None:
        """Adds an effect to the ledger, once for each instance or once for the set (None)."""
        name = operation.name if operation else None
        ids = [None] if instances is None else [instance.instance_id for instance in instances]
        for instance_id in ids:
            self.ledger.record_effect(
                timestamp(at), kind, scale_set.label, instance_id, name, client_request_id
            )

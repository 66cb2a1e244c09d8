"""The world: scale sets, operations and what is to come, moved by one clock under one lock.

It holds things and finds them. What an action does is `lifecycle`'s, what a model write
does `model`'s; both ask the world for time, chance and operations.
"""

import math
import threading
from collections.abc import Iterable
from typing import Protocol

from vmss_tui.simulator import errors
from vmss_tui.simulator.world.custom_images import Library
from vmss_tui.simulator.world.faults import Faults
from vmss_tui.simulator.world.instance import Instance, Model
from vmss_tui.simulator.world.ledger import Ledger
from vmss_tui.simulator.world.operations import Operation
from vmss_tui.simulator.world.platform_images import Build
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.seeded_random import Dice
from vmss_tui.simulator.world.simulated_time import Clock, Schedule, Step, stamp
from vmss_tui.simulator.world.throttle import Throttle

_KEEP_OPERATIONS = 5_000
"""Operations from which on the oldest that are over can no longer be asked for."""


class Place(Protocol):
    """Whatever an operation can work on."""

    @property
    def subscription(self) -> str:
        """The id of its subscription."""

    @property
    def location(self) -> str:
        """Its region."""


class World:
    """Everything there is. Hold `lock` and call `tick` before looking or acting."""

    def __init__(
        self, seed: int, clock: Clock, *, throttling: bool = True, page_size: int = 100
    ) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.dice = Dice(seed)
        self.schedule = Schedule()
        self.ledger = Ledger()
        self.faults = Faults()
        self.throttle = Throttle(enabled=throttling)
        self.library = Library()
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
        """Lets everything happen that is due by now."""
        target = self.clock.now()
        self.schedule.run_until(target, self._arrive)
        self.now = target

    def _arrive(self, at: float) -> None:
        self.now = at

    def after(self, at: float, delay: float, step: Step) -> None:
        """Lets `step` happen `delay` simulated seconds after `at`."""
        self.schedule.at(at + delay, step)

    def real_seconds(self, simulated: float) -> int:
        """A wait as `Retry-After` tells it: its reader lives outside the simulation."""
        return max(1, math.ceil(simulated / (self.clock.speed or 1.0)))

    def count(self, what: str) -> int:
        """1, 2, 3 ... for each thing counted."""
        self._counts[what] = self._counts.get(what, 0) + 1
        return self._counts[what]

    def known_subscription(self, subscription: str) -> str:
        """The subscription's id as written, or a refusal."""
        for known in self.subscriptions:
            if known.lower() == subscription.lower():
                return known
        raise errors.subscription_not_found(subscription)

    def known_group(self, subscription: str, group: str) -> str:
        """The resource group's name as written, or a refusal."""
        known = self.known_subscription(subscription)
        found = self.groups.get((known.lower(), group.lower()))
        if found is None:
            raise errors.group_not_found(group)
        return found[0]

    def scale_set(self, subscription: str, group: str, name: str) -> ScaleSet:
        """A scale set by its names in any case, or a refusal."""
        known = self.known_subscription(subscription)
        self.known_group(known, group)
        found = self.scale_sets.get((known.lower(), group.lower(), name.lower()))
        if found is None:
            kind = "Microsoft.Compute/virtualMachineScaleSets"
            raise errors.resource_not_found(kind, name, group)
        return found

    def labelled(self, label: str) -> ScaleSet | None:
        """A scale set by `group/name`, of whatever subscription."""
        wanted = label.lower()
        return next((s for s in self.scale_sets.values() if s.label.lower() == wanted), None)

    def add_group(self, subscription: str, group: str, location: str) -> None:
        """Makes a resource group known."""
        self.groups.setdefault((subscription.lower(), group.lower()), (group, location))

    def add(self, scale_set: ScaleSet) -> None:
        """Makes a scale set known."""
        key = (scale_set.subscription, scale_set.group, scale_set.name)
        self.scale_sets[key[0].lower(), key[1].lower(), key[2].lower()] = scale_set

    def remove(self, scale_set: ScaleSet) -> None:
        """Forgets a scale set."""
        key = (scale_set.subscription, scale_set.group, scale_set.name)
        self.scale_sets.pop((key[0].lower(), key[1].lower(), key[2].lower()), None)

    def build(self, scale_set: ScaleSet, model: Model) -> Build:
        """What an instance of this model would run now; a refusal if its image is not there."""
        return self.library.build(model.profile, scale_set.location)

    def begin(self, kind: str, place: Place, at: float | None = None) -> Operation:
        """A new operation, in progress, that waits for nothing yet."""
        number = self.count("operation")
        operation = Operation(
            name=self.dice.guid("operation", number),
            kind=kind,
            subscription=place.subscription,
            location=place.location,
            started=self.now if at is None else at,
        )
        self.operations[operation.name] = operation
        if len(self.operations) > _KEEP_OPERATIONS:
            ended = [name for name, each in self.operations.items() if each.ended is not None]
            for name in ended[: len(self.operations) - _KEEP_OPERATIONS]:
                del self.operations[name]
        return operation

    def hold(self, scale_set: ScaleSet, operation: Operation, at: float, state: str) -> None:
        """The set's provisioning state is `state` until `operation`, or a later one, ends."""
        scale_set.held_by.add(operation.name)
        scale_set.become(at, provisioning=state)

        def release(end: float) -> None:
            scale_set.held_by.discard(operation.name)
            if not scale_set.held_by:
                ending = "Failed" if operation.error else "Succeeded"
                scale_set.become(end, provisioning=ending, settled_at=end)

        operation.when_done.append(release)

    def note(
        self,
        at: float,
        kind: str,
        scale_set: ScaleSet,
        members: Iterable[Instance] | None,
        operation: Operation | None,
        client_request_id: str | None,
    ) -> None:
        """Puts an effect into the ledger: once for each member, or once for the set (None)."""
        name = operation.name if operation else None
        ids = [None] if members is None else [each.instance_id for each in members]
        for instance_id in ids:
            self.ledger.effect(
                stamp(at), kind, scale_set.label, instance_id, name, client_request_id
            )

"""Readings of a fixed snapshot, and a watcher that a test drives."""

from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from tests.support.fleets import SUBSCRIPTION
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import NetworkAddress, Refused
from vmss_tui.runtime.observe.queries import Queries, ScaleSetListing
from vmss_tui.runtime.observe.watcher import Watcher
from vmss_tui.runtime.permission import Permission
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.runtime.subscription_names import SubscriptionNames


class World(Protocol):
    """State that the fakes share."""

    snapshot: Snapshot
    """The newest reading."""
    first: LatestView
    """The first report of the watcher."""
    permission: Permission


class FakeWatcher(Watcher):
    """A watcher without a thread; a test calls its listener."""

    def __init__(self, listener: Callable[[LatestView], None]) -> None:
        self.listener = listener
        self.refresh_count = 0
        self.first_ids: tuple[str, ...] = ()

    def follow_instances(self, instance_ids: Collection[str]) -> None:
        """Records them."""
        self.first_ids = tuple(instance_ids)

    def refresh(self) -> None:
        """Counts the calls."""
        self.refresh_count += 1

    def stop(self) -> None:
        """There is no thread to stop."""


class FakeSubscriptionNames(SubscriptionNames):
    """The names of two subscriptions."""

    def __init__(self) -> None:
        super().__init__(lambda: ())

    def name_of(self, subscription_id: str) -> str:
        """Known without a request."""
        return "Contoso-Prod" if subscription_id == SUBSCRIPTION else "Contoso-Test"


class FakeQueries(Queries):
    """Returns one snapshot at once; `FakeServices.report` plays the watcher."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.scale_sets: Sequence[ScaleSet] = (world.snapshot.scale_set,)
        self.watchers: list[FakeWatcher] = []
        self.observed_names: list[str] = []
        self.address_requests: list[str] = []
        self.unlisted: tuple[str, ...] = ()
        """Sentences about subscriptions that cannot be listed."""
        self.unreadable: set[str] = set()
        """Names of scale sets that may not be read."""

    def list_scale_sets(self) -> Sequence[ScaleSet]:
        """The scale sets that the test has set."""
        return self.scale_sets

    def list_readable(self, subscription_ids: Sequence[str] | None = None) -> ScaleSetListing:
        """The same, with the subscriptions that may not be listed."""
        return ScaleSetListing(tuple(self.list_scale_sets()), self.unlisted)

    def subscription_ids(self) -> Sequence[str]:
        """One subscription, whose scale sets are listed."""
        return (SUBSCRIPTION,)

    def observe(self, scale_set: ScaleSetId) -> Snapshot:
        """The snapshot; refused for scale sets that may not be read."""
        self.observed_names.append(scale_set.name)
        self._world.permission.record_owner(self._world.snapshot.scale_set)
        if scale_set.name in self.unreadable:
            raise Refused(f"{scale_set.name} may not be read")
        return self._world.snapshot

    def read_model(self, scale_set: ScaleSetId) -> ScaleSet:
        """The model of the snapshot."""
        return self._world.snapshot.scale_set

    def watch(self, scale_set: ScaleSetId, listener: Callable[[LatestView], None]) -> Watcher:
        """Reports the first view at once."""
        self._world.permission.record_owner(self._world.snapshot.scale_set)
        watcher = FakeWatcher(listener)
        self.watchers.append(watcher)
        listener(self._world.first)
        return watcher

    def read_instance_json(self, scale_set: ScaleSetId, instance_id: str) -> str:
        """A small document with text that looks like markup."""
        return f'{{\n  "instanceId": "{instance_id}",\n  "note": "[/red] is not markup"\n}}'

    def read_addresses(self, scale_set: ScaleSetId, instance_id: str) -> Sequence[NetworkAddress]:
        """One network interface with a public address."""
        self.address_requests.append(instance_id)
        last = 4 + int(instance_id)
        return [NetworkAddress("nic0", f"10.0.0.{last}", f"20.0.0.{last}", "vnet0/web")]

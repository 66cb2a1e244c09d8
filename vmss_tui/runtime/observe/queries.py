"""Reads from Azure on demand, for screens and commands.

Records the owner of every scale set that is read for `Permission`. All methods block and are called
from threads.
"""

from collections.abc import Callable, Sequence

import msgspec

from vmss_tui import text
from vmss_tui.fleet.scale_set import NetworkAddress, ScaleSet
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import Gateway
from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.observe.watcher import Watcher
from vmss_tui.runtime.permission import Permission
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.runtime.storage.run_store import RunStore
from vmss_tui.runtime.subscription_names import SubscriptionNames


class Queries:
    """The reads of one session. All may raise any `GatewayError`."""

    def __init__(
        self,
        gateway: Gateway,
        store: RunStore,
        clock: Clock,
        permission: Permission,
        names: SubscriptionNames,
        *,
        subscriptions: Sequence[str] = (),
        poll_interval: float = 6.0,
    ) -> None:
        """`subscriptions` are ids; empty means all visible ones. `poll_interval` is in seconds."""
        self._gateway, self._store, self._clock = gateway, store, clock
        self._permission, self._names = permission, names
        self._subscriptions = tuple(subscriptions)
        self._poll_interval = poll_interval

    def list_scale_sets(self) -> Sequence[ScaleSet]:
        """All scale sets of the subscriptions, by resource group and name."""
        subscriptions = self._names.list_subscriptions()
        subscription_ids = self._subscriptions or [s.subscription_id for s in subscriptions]
        scale_sets = [
            scale_set
            for subscription_id in subscription_ids
            for scale_set in self._gateway.list_scale_sets(subscription_id)
        ]
        for scale_set in scale_sets:
            self._permission.record_owner(scale_set)
        return sorted(scale_sets, key=lambda scale_set: scale_set.id.key)

    def observe(self, scale_set: ScaleSetId) -> Snapshot:
        """The scale set with all its instances."""
        snapshot = self._gateway.observe(scale_set)
        self._permission.record_owner(snapshot.scale_set)
        return snapshot

    def read_model(self, scale_set: ScaleSetId) -> ScaleSet:
        """The scale set without its instances."""
        model = self._gateway.read_model(scale_set)
        self._permission.record_owner(model)
        return model

    def watch(self, scale_set: ScaleSetId, listener: Callable[[LatestView], None]) -> Watcher:
        """Starts a thread that calls `listener` with every reading, until `Watcher.stop`."""

        def publish(view: LatestView) -> None:
            if view.snapshot is not None:
                self._permission.record_owner(view.snapshot.scale_set)
            listener(view)

        watcher = Watcher(
            self._gateway,
            self._store,
            self._clock,
            scale_set,
            publish,
            min_interval=self._poll_interval,
        )
        watcher.start()
        return watcher

    def read_instance_json(self, scale_set: ScaleSetId, instance_id: str) -> str:
        """An instance as ARM's JSON, without secrets, indented and cleaned for a screen."""
        raw = text.redact_json(self._gateway.read_instance(scale_set, instance_id))
        pretty = msgspec.json.format(msgspec.json.encode(raw), indent=2).decode()
        return text.clean(pretty)

    def read_addresses(self, scale_set: ScaleSetId, instance_id: str) -> Sequence[NetworkAddress]:
        """The network addresses of an instance."""
        return self._gateway.read_addresses(scale_set, instance_id)

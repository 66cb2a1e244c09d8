"""Reads from Azure on demand, for screens and commands.

Records the owner of every scale set that is read for `Permission`. All methods block and are called
from threads.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import msgspec
from msgspec import Struct

from vmss_tui import text
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import Gateway, GatewayError, NetworkAddress, Throttled
from vmss_tui.gateway.failures import concerns_one_resource
from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.observe.watcher import Watcher
from vmss_tui.runtime.permission import Permission
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.runtime.storage.port import RunStore
from vmss_tui.runtime.subscription_names import SubscriptionNames

PARALLEL_LISTS = 8
"""Subscriptions that are listed at the same time."""
MAX_JSON_LENGTH = 200_000
"""Characters of an instance's JSON that a screen shows."""


class ScaleSetListing(Struct, frozen=True):
    """The scale sets of several subscriptions, and what of them could not be read."""

    scale_sets: tuple[ScaleSet, ...]
    """By resource group and name."""
    damage: tuple[str, ...] = ()
    """A sentence for each subscription that could not be listed, or not completely."""


class _SubscriptionList(Struct, frozen=True):
    """The list of one subscription, or why there is none."""

    scale_sets: tuple[ScaleSet, ...]
    problems: tuple[str, ...] = ()
    failure: GatewayError | None = None


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
        """The scale sets of the subscriptions that can be listed; see `list_readable`."""
        return self.list_readable().scale_sets

    def list_readable(self, subscription_ids: Sequence[str] | None = None) -> ScaleSetListing:
        """All scale sets of the subscriptions (None: those in use), listed several at a time;
        raises only where none can be listed."""
        ids = self.subscription_ids() if subscription_ids is None else subscription_ids
        scale_sets, damage = self.list_each(ids, none_is_error=True)
        self.record_owners(scale_sets)
        in_order = sorted(scale_sets, key=lambda scale_set: scale_set.id.key)
        return ScaleSetListing(tuple(in_order), tuple(damage))

    def list_each(
        self, subscription_ids: Sequence[str], *, none_is_error: bool = False
    ) -> tuple[list[ScaleSet], list[str]]:
        """The scale sets of these subscriptions, and a sentence for each one that could not be
        listed. `none_is_error`: raises the first error where none of them could."""
        with (
            ThreadPoolExecutor(PARALLEL_LISTS) as pool,
            self._gateway.cancellation.on_interrupt(),
        ):
            lists = list(pool.map(self._list_one, subscription_ids))
        failures = [listed.failure for listed in lists if listed.failure is not None]
        if none_is_error and failures and len(failures) == len(lists):
            raise failures[0]
        scale_sets = [scale_set for listed in lists for scale_set in listed.scale_sets]
        damage = [
            f"subscription {self._subscription_label(subscription_id)} cannot be listed: {problem}"
            for subscription_id, listed in zip(subscription_ids, lists, strict=True)
            for problem in listed.problems
        ]
        return scale_sets, damage

    def _list_one(self, subscription_id: str) -> "_SubscriptionList":
        problems: list[str] = []
        try:
            scale_sets = self._gateway.list_scale_sets(subscription_id, problems.append)
        except GatewayError as error:
            # Azure throttles each subscription by itself.
            if not (concerns_one_resource(error) or isinstance(error, Throttled)):
                raise
            return _SubscriptionList((), (*problems, error.message), error)
        return _SubscriptionList(tuple(scale_sets), tuple(problems))

    def record_owners(self, scale_sets: Iterable[ScaleSet]) -> None:
        """Remembers which services manage the sets: those are protected."""
        for scale_set in scale_sets:
            self._permission.record_owner(scale_set)

    def subscription_ids(self) -> Sequence[str]:
        """The ids in use. The names of given ones are read, too, but are not necessary."""
        try:
            visible = self._names.list_subscriptions()
        except GatewayError as error:
            if not self._subscriptions or not concerns_one_resource(error):
                raise
            return self._subscriptions
        return self._subscriptions or [listed.subscription_id for listed in visible]

    def _subscription_label(self, subscription_id: str) -> str:
        name = self._names.name_of(subscription_id)
        return name if name == subscription_id else f"{name} ({subscription_id})"

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
        hidden = len(pretty) - MAX_JSON_LENGTH
        note = f"\n… {hidden} more characters are not shown" if hidden > 0 else ""
        return text.clean(pretty[:MAX_JSON_LENGTH]) + note

    def read_addresses(self, scale_set: ScaleSetId, instance_id: str) -> Sequence[NetworkAddress]:
        """The network addresses of an instance."""
        return self._gateway.read_addresses(scale_set, instance_id)

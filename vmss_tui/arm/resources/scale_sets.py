"""Reads a scale set: its model and all instance views.

Instance views are read completely or, by id, for a few instances. A page that is missing or
cannot be decoded makes the snapshot incomplete; nothing is decided about it here.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from vmss_tui.arm.resources import addresses
from vmss_tui.arm.resources.instances import InstanceCollector
from vmss_tui.arm.resources.listings import read_object
from vmss_tui.arm.translate.instance import clean_json
from vmss_tui.arm.translate.scale_set import model_problem, translate_scale_set
from vmss_tui.arm.transport.paging import INSTANCE_LIST_BOUNDS, read_pages
from vmss_tui.arm.transport.pipeline import remaining_requests
from vmss_tui.arm.transport.send import RequestSender, Response
from vmss_tui.arm.transport.urls import ArmUrls
from vmss_tui.arm.wire.compute import Json
from vmss_tui.fleet.flexible import fill_in_latest_model_applied
from vmss_tui.fleet.scale_set import Orchestration, ScaleSet
from vmss_tui.fleet.scale_set_id import BadName, ScaleSetId, parse_resource_id
from vmss_tui.fleet.snapshot import Snapshot, instance_sort_key
from vmss_tui.gateway import InvalidResponse, ListBudget, NetworkAddress, NotFound
from vmss_tui.text import cell

_LIST_BUCKET = "HighCostGetVMScaleSetResource"
_LIST_BUCKET_SIZE = 30
_PARALLEL_READS = 8
"""GETs at the same time; the transport has ten connections to a host."""


class ScaleSetReader:
    """Reads scale sets. Keeps the pages of the last read of each set, so that an unchanged page is
    not decoded again."""

    def __init__(
        self,
        sender: RequestSender,
        urls: ArmUrls,
        *,
        monotonic: Callable[[], float],
        now: Callable[[], datetime],
    ) -> None:
        self.sender = sender
        self.urls = urls
        self._monotonic = monotonic
        self._now = now
        self._budgets: dict[str, ListBudget] = {}
        self._collectors: dict[str, InstanceCollector] = {}
        self._flexible: dict[str, bool] = {}

    def read_model(self, scale_set: ScaleSetId) -> ScaleSet:
        """The set and its model; raises `InvalidResponse` for a response about another resource."""
        tree = read_object(self.sender, self.urls.scale_set(scale_set))
        resource_id = tree.get("id")
        scale_set_id = _parse_id(resource_id) if isinstance(resource_id, str) else None
        if scale_set_id is None or scale_set_id.key != scale_set.key:
            received = cell(resource_id) if isinstance(resource_id, str) else "it has no id"
            raise InvalidResponse(f"Requested {scale_set.short}, got something else: {received}")
        if problem := model_problem(tree):
            raise InvalidResponse(f"The model of {scale_set.short} is not valid: {problem}")
        model = translate_scale_set(tree, scale_set_id)
        self._flexible[scale_set.key] = model.orchestration is Orchestration.FLEXIBLE
        return model

    def observe(self, scale_set: ScaleSetId) -> Snapshot:
        """The model and all instance views, timed from the first request to the last response."""
        start = self._monotonic()
        model = self.read_model(scale_set)
        flexible = model.orchestration is Orchestration.FLEXIBLE
        first = (
            self.urls.flexible_machines(scale_set) if flexible else self.urls.instances(scale_set)
        )
        collector = InstanceCollector(
            self._collectors.get(scale_set.key), scale_set if flexible else None
        )

        def handle_page(response: Response) -> str | None:
            self._note_budget(scale_set, response.headers)
            return collector.add_page(response)

        pages, damage = read_pages(
            self.sender,
            self.urls,
            first,
            handle_page,
            collector.cached_page,
            INSTANCE_LIST_BOUNDS,
        )
        collector.release_previous()
        self._collectors[scale_set.key] = collector
        damage = (*collector.damage, *damage)
        return Snapshot(
            scale_set=model,
            instances=fill_in_latest_model_applied(
                sorted(collector.instances, key=instance_sort_key), model
            ),
            taken_at=self._now(),
            begun=start,
            ended=self._monotonic(),
            complete=not damage,
            pages=pages,
            damage=damage,
        )

    def observe_instances(
        self, scale_set: ScaleSetId, instance_ids: Sequence[str], last: Snapshot
    ) -> Snapshot:
        """Reads these instances and the model again, and takes the others from `last`."""
        start = self._monotonic()
        model = self.read_model(scale_set)
        flexible = model.orchestration is Orchestration.FLEXIBLE
        collector = InstanceCollector(None, scale_set if flexible else None)

        def read(instance_id: str) -> bytes | None:
            try:
                return self.sender.read(self.urls.instance(scale_set, instance_id, flexible)).body
            except NotFound:
                return None

        with ThreadPoolExecutor(_PARALLEL_READS) as pool, self.sender.cancellation.on_interrupt():
            collector.add_instances(zip(instance_ids, pool.map(read, instance_ids), strict=True))
        looked_at = frozenset(instance_ids)
        others = [instance for instance in last.instances if instance.instance_id not in looked_at]
        return Snapshot(
            scale_set=model,
            instances=tuple(
                sorted(
                    (*others, *fill_in_latest_model_applied(collector.instances, model)),
                    key=instance_sort_key,
                )
            ),
            taken_at=self._now(),
            begun=start,
            ended=self._monotonic(),
            complete=last.complete and not collector.damage,
            looked_at=looked_at,
            pages=0,
            damage=tuple(collector.damage),
        )

    def read_instance(self, scale_set: ScaleSetId, instance_id: str) -> Mapping[str, Any]:
        """One instance as ARM's JSON with cleaned texts: to be shown, not to be sent back."""
        flexible = self.is_flexible(scale_set)
        tree = read_object(self.sender, self.urls.instance(scale_set, instance_id, flexible))
        cleaned: Json = clean_json(tree)
        return cleaned

    def read_addresses(self, scale_set: ScaleSetId, instance_id: str) -> Sequence[NetworkAddress]:
        """The addresses of one instance, by network interface."""
        flexible = self.is_flexible(scale_set)
        return addresses.read_addresses(
            self.sender, self.urls, scale_set, instance_id, flexible=flexible
        )

    def is_flexible(self, scale_set: ScaleSetId) -> bool:
        """Whether it is a Flexible set; reads the model where that is not known yet."""
        is_flexible = self._flexible.get(scale_set.key)
        if is_flexible is None:
            is_flexible = self.read_model(scale_set).orchestration is Orchestration.FLEXIBLE
        return is_flexible

    def list_budget(self, scale_set: ScaleSetId) -> ListBudget | None:
        """List requests left for this set, by the last response."""
        return self._budgets.get(scale_set.key)

    def _note_budget(self, scale_set: ScaleSetId, headers: Mapping[str, str]) -> None:
        remaining = remaining_requests(headers).get(_LIST_BUCKET)
        if remaining is not None:
            self._budgets[scale_set.key] = ListBudget(remaining, _LIST_BUCKET_SIZE)


def _parse_id(resource_id: str) -> ScaleSetId | None:
    """The id in Azure's own spelling: a GET preserves the case, lists turn it to capitals."""
    try:
        return parse_resource_id(resource_id)
    except BadName:
        return None

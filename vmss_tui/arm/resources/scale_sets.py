"""What is read of a scale set: its model, and every instance view, decoded by ourselves.

Says what Azure said. What it means for a run is the engine's business; when to read again is the
watcher's. Instance views are read whole and together; a damaged page makes a reading incomplete.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from vmss_tui.arm.resources import addresses
from vmss_tui.arm.resources.instances import Members
from vmss_tui.arm.resources.listings import read_object
from vmss_tui.arm.translate.instance import cleaned
from vmss_tui.arm.translate.scale_set import oddity
from vmss_tui.arm.translate.scale_set import scale_set as scale_set_from
from vmss_tui.arm.transport.paging import read_pages
from vmss_tui.arm.transport.pipeline import remaining_requests
from vmss_tui.arm.transport.send import Response, RequestSender
from vmss_tui.arm.transport.urls import ArmUrls
from vmss_tui.arm.wire.compute import Json
from vmss_tui.fleet.flexible import fill_in_latest_model_applied
from vmss_tui.fleet.scale_set import NetworkAddress, Orchestration, ScaleSet
from vmss_tui.fleet.scale_set_id import BadName, ScaleSetId, parse_resource_id
from vmss_tui.fleet.snapshot import Snapshot, instance_sort_key
from vmss_tui.gateway import ListBudget, InvalidResponse, NotFound
from vmss_tui.text import cell

_LIST_BUCKET = "HighCostGetVMScaleSetResource"
_LIST_BURST = 30
_AT_ONCE = 8
"""GETs under way at a time; the transport keeps ten connections to a host."""


class ScaleSetReader:
    """The gateway's reads. Keeps the last reading of each set: a page that comes again is not
    decoded again."""

    def __init__(
        self,
        sender: RequestSender,
        paths: ArmUrls,
        *,
        monotonic: Callable[[], float],
        now: Callable[[], datetime],
    ) -> None:
        self.sender = sender
        self.paths = paths
        self._monotonic = monotonic
        self._now = now
        self._budgets: dict[str, ListBudget] = {}
        self._members: dict[str, Members] = {}
        self._flexible: dict[str, bool] = {}

    def read_model(self, scale_set: ScaleSetId) -> ScaleSet:
        """The set and its model. An answer about another resource is damaged."""
        tree = read_object(self.sender, self.paths.scale_set(scale_set))
        said = tree.get("id")
        named = _named(said) if isinstance(said, str) else None
        if named is None or named.key != scale_set.key:
            words = cell(said) if isinstance(said, str) else "it has no id"
            raise InvalidResponse(f"Asked for {scale_set.short}, got something else: {words}")
        if odd := oddity(tree):
            raise InvalidResponse(f"The model of {scale_set.short} is not Azure's: {odd}")
        found = scale_set_from(tree, named)
        self._flexible[scale_set.key] = found.orchestration is Orchestration.FLEXIBLE
        return found

    def observe(self, scale_set: ScaleSetId) -> Snapshot:
        """The model, then every instance view. Times are of the first request and last answer."""
        begun = self._monotonic()
        model = self.read_model(scale_set)
        flexible = model.orchestration is Orchestration.FLEXIBLE
        first = self.paths.flexible_machines(scale_set) if flexible else self.paths.instances(scale_set)
        members = Members(self._members.get(scale_set.key), scale_set if flexible else None)

        def take(answer: Response) -> str | None:
            self._note_budget(scale_set, answer.headers)
            return members.take(answer)

        pages, damage = read_pages(self.sender, self.paths, first, take, members.known)
        members.close()
        self._members[scale_set.key] = members
        damage = (*members.damage, *damage)
        return Snapshot(
            scale_set=model,
            instances=fill_in_latest_model_applied(
                sorted(members.instances, key=instance_sort_key), model
            ),
            taken_at=self._now(),
            begun=begun,
            ended=self._monotonic(),
            complete=not damage,
            pages=pages,
            damage=damage,
        )

    def observe_instances(
        self, scale_set: ScaleSetId, instance_ids: Sequence[str], last: Snapshot
    ) -> Snapshot:
        """These instances and the model anew, the others as in `last`."""
        begun = self._monotonic()
        model = self.read_model(scale_set)
        flexible = model.orchestration is Orchestration.FLEXIBLE
        members = Members(None, scale_set if flexible else None)

        def read(instance_id: str) -> bytes | None:
            try:
                return self.sender.read(self.paths.instance(scale_set, instance_id, flexible)).body
            except NotFound:
                return None

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            members.take_each(zip(instance_ids, pool.map(read, instance_ids), strict=True))
        looked_at = frozenset(instance_ids)
        others = [each for each in last.instances if each.instance_id not in looked_at]
        return Snapshot(
            scale_set=model,
            instances=tuple(
                sorted(
                    (*others, *fill_in_latest_model_applied(members.instances, model)),
                    key=instance_sort_key,
                )
            ),
            taken_at=self._now(),
            begun=begun,
            ended=self._monotonic(),
            complete=last.complete and not members.damage,
            looked_at=looked_at,
            pages=0,
            damage=tuple(members.damage),
        )

    def read_instance(self, scale_set: ScaleSetId, instance_id: str) -> Mapping[str, Any]:
        """One instance as ARM's JSON, its texts cleaned: for showing, not for sending back."""
        flexible = self._is_flexible(scale_set)
        found = read_object(self.sender, self.paths.instance(scale_set, instance_id, flexible))
        tidy: Json = cleaned(found)
        return tidy

    def read_addresses(self, scale_set: ScaleSetId, instance_id: str) -> Sequence[NetworkAddress]:
        """Where one instance can be reached, card by card."""
        flexible = self._is_flexible(scale_set)
        return addresses.read(self.sender, self.paths, scale_set, instance_id, flexible=flexible)

    def _is_flexible(self, scale_set: ScaleSetId) -> bool:
        known = self._flexible.get(scale_set.key)
        if known is None:
            known = self.read_model(scale_set).orchestration is Orchestration.FLEXIBLE
        return known

    def list_budget(self, scale_set: ScaleSetId) -> ListBudget | None:
        """What the last list answer said is left for this set."""
        return self._budgets.get(scale_set.key)

    def _note_budget(self, scale_set: ScaleSetId, headers: Mapping[str, str]) -> None:
        left = remaining_requests(headers).get(_LIST_BUCKET)
        if left is not None:
            self._budgets[scale_set.key] = ListBudget(left, _LIST_BURST)


def _named(resource_id: str) -> ScaleSetId | None:
    """The set in Azure's own spelling: a GET keeps the case that lists turn into capitals."""
    try:
        return parse_resource_id(resource_id)
    except BadName:
        return None

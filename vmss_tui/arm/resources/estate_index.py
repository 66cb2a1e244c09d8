"""`gateway.estate_index.EstateIndex` over Azure Resource Graph: fixed queries, never made of input.

Tables and columns: "Azure Resource Graph table and resource type reference" (`Resources`,
`ComputeResources`). Instances are counted by Azure; such answers have no further pages, so that one
that is cut off is requested again for half of the subscriptions, and for a single one row by row.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar

import msgspec

from vmss_tui.arm.resources.graph_client import MAX_SUBSCRIPTIONS, GraphClient
from vmss_tui.arm.translate.index_row import count_instances, translate_indexed_set
from vmss_tui.arm.wire.decode import InvalidJson
from vmss_tui.fleet.estate.row import InstanceCount
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.scale_set_id import BadName
from vmss_tui.fleet.states import Orchestration
from vmss_tui.gateway import GatewayError, InvalidResponse, NotSignedIn, ReadCancelled, Unreachable
from vmss_tui.gateway.background_call import BackgroundCall, Cancelled
from vmss_tui.gateway.cancellation import Cancellation
from vmss_tui.gateway.estate_index import IndexReading
from vmss_tui.text import cell

T = TypeVar("T")
DEADLINE = 30.0
"""Real seconds for a whole reading."""

SETS_QUERY = (
    "resources | where type =~ 'microsoft.compute/virtualmachinescalesets' "
    "| project id, location, tags, sku, zones, managedBy, extendedLocation, "
    "state=properties.provisioningState, orchestration=properties.orchestrationMode, "
    "policy=properties.upgradePolicy.mode, "
    "storage=properties.virtualMachineProfile.storageProfile, "
    "extensions=properties.virtualMachineProfile.extensionProfile.extensions "
    "| order by id asc"
)
_COLUMNS = (
    "image=tostring(properties.storageProfile.imageReference), "
    "size=tostring(properties.hardwareProfile.vmSize), "
    "state=tostring(properties.provisioningState), "
    "power=tostring(properties.extended.instanceView.powerState.code), "
    "latest=tostring(properties.latestModelApplied)"
)
_UNIFORM = (
    "computeresources "
    "| where type =~ 'microsoft.compute/virtualmachinescalesets/virtualmachines' "
    f"| extend scaleSet=tostring(split(tolower(id), '/virtualmachines/')[0]), {_COLUMNS} "
)
_FLEXIBLE = (
    "resources | where type =~ 'microsoft.compute/virtualmachines' "
    "| extend scaleSet=tolower(properties.virtualMachineScaleSet.id) "
    f"| where isnotempty(scaleSet) | extend {_COLUMNS} "
)
_COUNTED = "| summarize instances=count() by scaleSet, image, size, state, power, latest"
_SINGLE = "| project id, scaleSet, image, size, state, power, latest | order by id asc"


class ArmEstateIndex:
    """Reads the index for one gateway. Thread-safe."""

    def __init__(
        self, client: GraphClient, cancellation: Cancellation, now: Callable[[], datetime]
    ) -> None:
        self._client, self._cancellation, self._now = client, cancellation, now

    def read(self, subscription_ids: Sequence[str]) -> IndexReading:
        """See `EstateIndex.read`."""
        read_at, ended = self._now(), threading.Event()
        queries = _IndexQueries(self._client, subscription_ids, ended.is_set)
        sets = BackgroundCall(queries.list_sets, "estate-index")
        kinds = ((Orchestration.UNIFORM, _UNIFORM), (Orchestration.FLEXIBLE, _FLEXIBLE))
        counting = [
            (kind, BackgroundCall(partial(queries.count, rows), "estate-index"))
            for kind, rows in kinds
        ]
        ends_at = time.monotonic() + DEADLINE
        try:
            scale_sets, damage = self._result(sets, ends_at)
            by_key = {scale_set.id.key: scale_set for scale_set in scale_sets}
            counts: dict[str, tuple[InstanceCount, ...]] = {}
            for kind, call in counting:
                own = {
                    key: indexed for key, indexed in by_key.items() if indexed.orchestration is kind
                }
                try:
                    rows = self._result(call, ends_at)
                except (NotSignedIn, ReadCancelled):
                    raise
                except GatewayError as error:
                    damage.append(f"instances of {kind} scale sets are not counted: {error}")
                    continue
                counts |= dict.fromkeys(own, ()) | count_instances(rows, own)
        finally:
            ended.set()
        return IndexReading(read_at, tuple(scale_sets), _plausible(counts, by_key), tuple(damage))

    def _result(self, call: BackgroundCall[T], ends_at: float) -> T:
        try:
            seconds = max(0.0, ends_at - time.monotonic())
            if call.wait(seconds, lambda: self._cancellation.is_requested):
                return call.result()
        except Cancelled as error:
            raise ReadCancelled("The read was cancelled.") from error
        raise Unreachable(f"Resource Graph did not answer within {DEADLINE:.0f} s.", status=408)


def _plausible(
    counts: Mapping[str, tuple[InstanceCount, ...]], scale_sets: Mapping[str, ScaleSet]
) -> dict[str, tuple[InstanceCount, ...]]:
    """Without the sets of which the index has no instance although they have a capacity."""
    return {
        key: indexed for key, indexed in counts.items() if indexed or not scale_sets[key].capacity
    }


class _IndexQueries:
    """The queries of one reading."""

    def __init__(
        self, client: GraphClient, subscription_ids: Sequence[str], is_ended: Callable[[], bool]
    ) -> None:
        self._client, self._is_ended = client, is_ended
        self._parts = [
            list(subscription_ids[start : start + MAX_SUBSCRIPTIONS])
            for start in range(0, len(subscription_ids), MAX_SUBSCRIPTIONS)
        ]

    def list_sets(self) -> tuple[list[ScaleSet], list[str]]:
        """The scale sets, and what is missing of them."""
        scale_sets: list[ScaleSet] = []
        damage: list[str] = []
        for part in self._parts:
            rows, is_complete = self._client.query_all(SETS_QUERY, part, self._is_ended)
            if not is_complete:
                damage.append("the index does not list all scale sets")
            for row in rows:
                try:
                    scale_sets.append(translate_indexed_set(row))
                except BadName as error:
                    damage.append(f"a scale set is not listed: {error.message}")
                except InvalidJson as error:
                    damage.append(f"a scale set is not listed: {cell(str(error))}")
        return scale_sets, damage

    def count(self, rows: str) -> list[msgspec.Raw]:
        """Counts of instances, `rows` being the beginning of the query."""
        return [row for part in self._parts for row in self._count(rows, part)]

    def _count(self, rows: str, subscriptions: Sequence[str]) -> list[msgspec.Raw]:
        if self._is_ended():
            raise ReadCancelled("The read was cancelled.")
        page = self._client.query_page(rows + _COUNTED, subscriptions)
        if not page.is_truncated:
            return page.rows
        if len(subscriptions) > 1:
            middle = len(subscriptions) // 2
            halves = subscriptions[:middle], subscriptions[middle:]
            return [row for half in halves for row in self._count(rows, half)]
        singles, is_complete = self._client.query_all(rows + _SINGLE, subscriptions, self._is_ended)
        if not is_complete:
            raise InvalidResponse("Resource Graph does not return all instances.")
        return singles

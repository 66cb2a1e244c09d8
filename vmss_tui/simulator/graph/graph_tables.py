"""The tables of the index: scale sets, Flexible machines, Uniform instances, and changes.

Each resource is shown as it was up to a minute ago (`GraphIndex.lag`). Rows: arg-resources-vm-table
-2019 and doc-arg-vm-row-explore. No recorded row of a Uniform instance is known, so single columns
can be left out (`GraphIndex.missing`), and whole tables, as Azure China does `computeresources`.
"""

from collections.abc import Callable, Iterator
from typing import Any

from vmss_tui.simulator.activity.change_log import change_row
from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.graph.graph_expression import Row
from vmss_tui.simulator.graph.graph_query import WEIGHT, GraphQuery
from vmss_tui.simulator.payloads.scale_set import SCALE_SET_TYPE, scale_set_body
from vmss_tui.simulator.world.instance import InstanceState
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.world import World

_CHANGES_KEPT = 14 * 86_400.0
_SET_TYPE = SCALE_SET_TYPE.lower()
_MACHINE_TYPE = "microsoft.compute/virtualmachines"
_INSTANCE_TYPE = "microsoft.compute/virtualmachinescalesets/virtualmachines"


def change_rows(world: World, subscriptions: set[str], query: GraphQuery) -> list[Row]:
    """The changes that are found by now, of 14 days."""
    rows = []
    for change in world.changes.changes:
        _, _, subscription, _, group = change.target_id.split("/")[:5]
        age = world.now - change.at
        if subscription.lower() in subscriptions and world.changes.delay <= age <= _CHANGES_KEPT:
            snapshot = world.random.guid("snapshot", change.target_id.lower())
            rows.append(change_row(change, subscription, group, snapshot))
    return rows


def resource_rows(world: World, subscriptions: set[str], query: GraphQuery) -> list[Row]:
    """The scale sets and the machines of Flexible ones."""
    rows: list[Row] = []
    for scale_set, moment in _indexed_sets(world, subscriptions):
        if query.kind in ("", _SET_TYPE):
            body = scale_set_body(scale_set, moment)
            kept = {key: value for key, value in body.items() if key != "etag"}
            rows.append(_resource(scale_set) | kept | {"type": _SET_TYPE})
        if scale_set.flexible and query.kind in ("", _MACHINE_TYPE):
            rows += _instance_rows(world, scale_set, moment, query)
    return rows


def compute_rows(world: World, subscriptions: set[str], query: GraphQuery) -> list[Row]:
    """The instances of Uniform scale sets."""
    rows: list[Row] = []
    for scale_set, moment in _indexed_sets(world, subscriptions):
        if not scale_set.flexible:
            rows += _instance_rows(world, scale_set, moment, query)
    return rows


TABLES: dict[str, Callable[[World, set[str], GraphQuery], list[Row]]] = {
    "resourcechanges": change_rows,
    "resources": resource_rows,
    "computeresources": compute_rows,
}
"""Table in lower case → its rows in some subscriptions, whose ids are in lower case. Rows that the
query does not look at may be left out, and one may stand for several that it cannot tell apart."""


def _indexed_sets(world: World, subscriptions: set[str]) -> Iterator[tuple[ScaleSet, float]]:
    """The sets that the index knows, each with the moment as of which it does."""
    for scale_set in world.scale_sets.values():
        moment = world.now - world.graph.lag * world.random.fraction("index", scale_set.id)
        known = scale_set.created_at <= moment or not world.graph.lag
        if known and scale_set.subscription.lower() in subscriptions:
            yield scale_set, moment


def _resource(scale_set: ScaleSet) -> Json:
    return {
        "location": scale_set.location,
        "resourceGroup": scale_set.group.lower(),
        "subscriptionId": scale_set.subscription,
        "kind": "",
        "managedBy": "",
        "plan": None,
        "identity": None,
        "extendedLocation": None,
        "zones": None,
    }


def _instance_rows(
    world: World, scale_set: ScaleSet, moment: float, query: GraphQuery
) -> Iterator[Row]:
    shared: dict[Any, Json] = {}
    groups: dict[Any, Row] = {}
    latest = scale_set.states.as_of(moment).model.serial
    resource = _resource(scale_set) | {
        "type": _MACHINE_TYPE if scale_set.flexible else _INSTANCE_TYPE,
    }
    group = f"/subscriptions/{scale_set.subscription}/resourceGroups/{scale_set.group}"
    folder = f"{group}/providers/Microsoft.Compute" if scale_set.flexible else scale_set.id
    for instance in scale_set.sorted_instances(moment):
        state = instance.states.as_of(moment)
        key = (id(state.model), id(state.build), state.provisioning, state.power, state.size)
        if query.counts_alike and key in groups:
            groups[key][WEIGHT] += 1
            continue
        if key not in shared:
            shared[key] = _properties(scale_set, state, latest, world.graph.missing)
        row = {
            **resource,
            "id": f"{folder}/virtualMachines/{instance.instance_id}",
            "name": instance.name,
            "tags": state.tags,
            "zones": [instance.zone] if instance.zone else None,
            "sku": None if scale_set.flexible else {"name": state.vm_size, "tier": "Standard"},
            "properties": {**shared[key], "vmId": instance.vm_id},
        }
        if query.counts_alike:
            groups[key] = row | {WEIGHT: 1}
        else:
            yield row
    yield from groups.values()


def _properties(
    scale_set: ScaleSet, state: InstanceState, latest: int, missing: frozenset[str]
) -> Json:
    image = dict(state.model.image_reference)
    if image and state.build.version and "exactVersion" not in missing:
        image["exactVersion"] = state.build.version
    properties: Json = {
        "hardwareProfile": {"vmSize": state.vm_size},
        "storageProfile": {
            "imageReference": image,
            "osDisk": {"osType": state.build.os.kind},
        },
    }
    if "provisioningState" not in missing:
        properties["provisioningState"] = state.provisioning
    if "powerState" not in missing:
        power = {"code": f"PowerState/{state.power}", "level": "Info"}
        properties["extended"] = {"instanceView": {"powerState": power}}
    if scale_set.flexible:
        properties["virtualMachineScaleSet"] = {"id": scale_set.id}
    elif "latestModelApplied" not in missing:
        properties["latestModelApplied"] = state.model.serial == latest
    return properties

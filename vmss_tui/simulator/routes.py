"""Which path is served by whom, and which quotas it draws on. Segments compare without case."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from vmss_tui.simulator import accounts, catalogue, control, reads, writes
from vmss_tui.simulator.exchange import Call, Reply
from vmss_tui.simulator.reads import Params
from vmss_tui.simulator.world import World

Handler = Callable[[World, Call, Params], Reply]


@dataclass(frozen=True, slots=True)
class Route:
    """One method on one pattern of a path."""

    method: str
    segments: tuple[str, ...]
    handler: Handler
    buckets: tuple[str, ...] = ()

    def match(self, segments: list[str]) -> dict[str, str] | None:
        """The pattern's parameters, or None where the path is another."""
        found: dict[str, str] = {}
        for pattern, given in zip(self.segments, segments, strict=True):
            if pattern.startswith("{"):
                found[pattern[1:-1]] = given
            elif pattern.lower() != given.lower():
                return None
        return found


_SUB = "/subscriptions/{sub}"
_RG = f"{_SUB}/resourceGroups/{{rg}}"
_COMPUTE = "providers/Microsoft.Compute"
_SETS = f"{_COMPUTE}/virtualMachineScaleSets"
_SET = f"{_RG}/{_SETS}/{{set}}"
_VM = f"{_SET}/virtualMachines/{{id}}"
_PUBLISHERS = f"{_SUB}/{_COMPUTE}/locations/{{location}}/publishers"
_OFFERS = f"{_PUBLISHERS}/{{publisher}}/artifacttypes/vmimage/offers"
_SKUS = f"{_OFFERS}/{{offer}}/skus"
_VERSIONS = f"{_SKUS}/{{sku}}/versions"

_HIGH_COST = ("HighCostGetVMScaleSetSubscriptionMaximum", "HighCostGetVMScaleSetResource")
_VIEWS = "VMScaleSetVMViewsSubscriptionMaximum"
_GET_SET = ("GetVMScaleSetSubscriptionMaximum", "GetVMScaleSetResource")
_GET_VM = ("GetVMScaleSetVMSubscriptionMaximum", "GetVMScaleSetVMResource", _VIEWS)
_BATCHED = "VMScaleSetBatchedVMRequestsSubscriptionMaximum"
_CREATE = ("CreateVMScaleSetSubscriptionMaximum", "CreateVMScaleSetResource", _BATCHED)
_PATCH = ("VMScaleSetActionsSubscriptionMaximum", "VMScaleSetActionsResource", _BATCHED)
_ACT = ("VMScaleSetActionsSubscriptionMaximum", _BATCHED)
_STOP = ("DeleteVMScaleSetSubscriptionMaximum", _BATCHED)
_DELETE = ("DeleteVMScaleSetSubscriptionMaximum", "DeleteVMScaleSetResource", _BATCHED)
_VM_ACT = ("VMScaleSetVMActionsSubscriptionMaximum", "VMScaleSetVMActionsResource", _BATCHED)
_VM_STOP = ("DeleteVMScaleSetVMSubscriptionMaximum", "DeleteVMScaleSetVMResource", _BATCHED)
_POLL = ("GetOperationResource", "GetOperationSubscriptionMaximum")
_IMAGE = ("GetVMImageFromLocation3Min",)
_IMAGES = ("ListVMImagesVersionsFromLocation3Min",)

_STOPPING = frozenset({"poweroff", "deallocate", "delete"})


def _table() -> Iterator[tuple[str, str, Handler, tuple[str, ...]]]:
    yield "GET", "/tenants", accounts.tenants, ()
    yield "GET", "/subscriptions", accounts.subscriptions, ()
    yield "GET", _SUB, accounts.subscription, ()
    yield "GET", f"{_SUB}/locations", accounts.locations, ()
    yield "GET", f"{_SUB}/resourceGroups", accounts.groups, ()
    yield "GET", _RG, accounts.group, ()
    yield "PUT", _RG, accounts.put_group, ()
    yield "GET", f"{_SUB}/providers", accounts.providers, ()
    yield "GET", f"{_SUB}/providers/{{namespace}}", accounts.provider, ()
    yield "POST", f"{_SUB}/providers/{{namespace}}/register", accounts.provider, ()

    yield "GET", f"{_SUB}/{_SETS}", reads.list_in_subscription, _HIGH_COST[:1]
    by_location = f"{_SUB}/{_COMPUTE}/locations/{{location}}/virtualMachineScaleSets"
    yield "GET", by_location, reads.list_in_subscription, _HIGH_COST[:1]
    yield "GET", f"{_RG}/{_SETS}", reads.list_in_group, _HIGH_COST[:1]
    yield "GET", _SET, reads.get_set, _GET_SET
    yield "GET", f"{_SET}/instanceView", reads.set_view, _HIGH_COST
    yield "GET", f"{_SET}/skus", reads.set_skus, _GET_SET
    yield "GET", f"{_SET}/rollingUpgrades/latest", reads.rolling_latest, _GET_SET
    yield "GET", f"{_SET}/osUpgradeHistory", reads.upgrade_history, _GET_SET
    yield "GET", f"{_SET}/virtualMachines", reads.list_instances, (*_HIGH_COST, _VIEWS)
    yield "GET", _VM, reads.get_instance, _GET_VM
    yield "GET", f"{_VM}/instanceView", reads.get_instance_view, _GET_VM
    operation = f"{_SUB}/{_COMPUTE}/locations/{{location}}/operations/{{operation}}"
    yield "GET", operation, reads.get_operation, _POLL

    yield "PUT", _SET, writes.put_set, _CREATE
    yield "PATCH", _SET, writes.patch_set, _PATCH
    yield "DELETE", _SET, writes.delete_set, _DELETE
    yield "PUT", _VM, writes.put_instance, _VM_ACT
    yield "POST", f"{_VM}/simulateEviction", writes.simulate_eviction, _VM_ACT
    yield "DELETE", _VM, writes.instance_action, _VM_STOP
    yield "POST", f"{_SET}/rollingUpgrades/cancel", writes.cancel_rolling, _PATCH
    yield "POST", f"{_SET}/osRollingUpgrade", writes.start_rolling, _PATCH
    yield "POST", f"{_SET}/extensionRollingUpgrade", writes.start_rolling, _PATCH
    yield "POST", f"{_SET}/setOrchestrationServiceState", writes.set_service_state, _PATCH

    yield "GET", _PUBLISHERS, catalogue.publishers, _IMAGE
    yield "GET", _OFFERS, catalogue.offers, _IMAGE
    yield "GET", _SKUS, catalogue.skus, _IMAGE
    yield "GET", _VERSIONS, catalogue.versions, _IMAGES
    yield "GET", f"{_VERSIONS}/{{version}}", catalogue.version, _IMAGE

    for kind in ("images", "galleries"):
        yield "GET", f"{_SUB}/{_COMPUTE}/{kind}", catalogue.none_of_these, ()
        yield "GET", f"{_RG}/{_COMPUTE}/{kind}", catalogue.none_of_these, ()

    yield "GET", "/_simulator/ledger", control.ledger, ()
    yield "POST", "/_simulator/faults", control.add_fault, ()
    yield "DELETE", "/_simulator/faults", control.clear_faults, ()
    yield "GET", "/_simulator/clock", control.get_clock, ()
    yield "POST", "/_simulator/clock", control.move_clock, ()
    yield "POST", "/_simulator/edit", control.edit, ()
    yield "GET", "/_simulator/world", control.whole, ()


def _actions() -> Iterator[Route]:
    for action in writes.ACTIONS:
        stopping = action in _STOPPING
        pattern = _split(f"{_SET}/{{action}}")[:-1]
        yield Route(
            "POST",
            (*pattern, action),
            _named(writes.set_action, action),
            _STOP if stopping else _ACT,
        )
        pattern = _split(_VM)
        buckets = _VM_STOP if stopping else _VM_ACT
        yield Route("POST", (*pattern, action), _named(writes.instance_action, action), buckets)


def _named(handler: Handler, action: str) -> Handler:
    def with_action(world: World, call: Call, params: Params) -> Reply:
        return handler(world, call, {**params, "action": action})

    return with_action


def _split(path: str) -> tuple[str, ...]:
    return tuple(part for part in path.split("/") if part)


def _by_length() -> dict[int, list[Route]]:
    table: dict[int, list[Route]] = {}
    fixed = [
        Route(method, _split(path), handler, buckets) for method, path, handler, buckets in _table()
    ]
    for route in (*fixed, *_actions()):
        table.setdefault(len(route.segments), []).append(route)
    return table


_ROUTES = _by_length()


def find(method: str, segments: list[str]) -> tuple[Route, dict[str, str]] | set[str]:
    """The route with its parameters, or the methods that this path does serve (often none)."""
    served: set[str] = set()
    for route in _ROUTES.get(len(segments), []):
        params = route.match(segments)
        if params is None:
            continue
        if route.method == method:
            return route, params
        served.add(route.method)
    return served

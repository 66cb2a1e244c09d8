"""Which path is served by whom, and which quotas it draws on. Segments compare without case."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from vmss_tui.simulator.exchange import Call, Reply
from vmss_tui.simulator.handlers import control_api as control
from vmss_tui.simulator.handlers import custom_images, networking, quotas
from vmss_tui.simulator.handlers import flexible_vms as machines
from vmss_tui.simulator.handlers import instance_actions as actions
from vmss_tui.simulator.handlers import platform_images as catalogue
from vmss_tui.simulator.handlers import rolling_upgrades as upgrade_service
from vmss_tui.simulator.handlers import scale_set_reads as reads
from vmss_tui.simulator.handlers import scale_set_writes as writes
from vmss_tui.simulator.handlers import shared_galleries as published
from vmss_tui.simulator.handlers import subscriptions as accounts
from vmss_tui.simulator.handlers.scale_set_reads import Params
from vmss_tui.simulator.world.world import World

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


OPEN = "/metadata/endpoints"
"""The one path of Azure Resource Manager that is served unsigned."""

_SUB = "/subscriptions/{sub}"
_RG = f"{_SUB}/resourceGroups/{{rg}}"
_COMPUTE = "providers/Microsoft.Compute"
_SETS = f"{_COMPUTE}/virtualMachineScaleSets"
_SET = f"{_RG}/{_SETS}/{{set}}"
_VM = f"{_SET}/virtualMachines/{{id}}"
_MACHINES = f"{_COMPUTE}/virtualMachines"
_MACHINE = f"{_RG}/{_MACHINES}/{{vm}}"
_NETWORK = f"{_RG}/providers/Microsoft.Network"
_GALLERY = f"{_RG}/{_COMPUTE}/galleries/{{gallery}}"
_DEFINITION = f"{_GALLERY}/images/{{image}}"
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
_LIST_MACHINES = ("HighCostGetSubscriptionMaximum",)
_GET_MACHINE = ("LowCostGetSubscriptionMaximum", "LowCostGetResource")
_MACHINE_ACT = ("UpdateVMSubscriptionMaximum", "UpdateVMResource")
_MACHINE_STOP = ("DeleteVMSubscriptionMaximum", "DeleteVMResource")
_POLL = ("GetOperationResource", "GetOperationSubscriptionMaximum")
_IMAGE = ("GetVMImageFromLocation3Min",)
_IMAGES = ("ListVMImagesVersionsFromLocation3Min",)
_LIST_IMAGES = ("HighCostGetImagesSubscriptionMaximum",)
_GET_IMAGE = ("GetImagesSubscriptionMaximum",)
_MAKE_IMAGE = ("CreateImagesSubscriptionMaximum",)
_GALLERIES = ("ListGalleryInResourceGroup3Min", "ListGalleryInResourceGroup30Min")
_DEFINITIONS = ("ListGalleryImagesInGallery3Min", "ListGalleryImagesInGallery30Min")
_GALLERY_VERSIONS = (
    "ListGalleryImageVersionsInGalleryImage3Min",
    "ListGalleryImageVersionsInGalleryImage30Min",
)

_STOPPING = frozenset({"poweroff", "deallocate", "delete"})


def _table() -> Iterator[tuple[str, str, Handler, tuple[str, ...]]]:
    yield "GET", OPEN, accounts.endpoints, ()
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
    yield "GET", f"{_SET}/rollingUpgrades/latest", upgrade_service.rolling_latest, _GET_SET
    yield "GET", f"{_SET}/osUpgradeHistory", upgrade_service.upgrade_history, _GET_SET
    yield "GET", f"{_SET}/virtualMachines", reads.list_instances, (*_HIGH_COST, _VIEWS)
    yield "GET", _VM, reads.get_instance, _GET_VM
    yield "GET", f"{_VM}/instanceView", reads.get_instance_view, _GET_VM
    operation = f"{_SUB}/{_COMPUTE}/locations/{{location}}/operations/{{operation}}"
    yield "GET", operation, reads.get_operation, _POLL

    yield "PUT", _SET, writes.put_set, _CREATE
    yield "PATCH", _SET, writes.patch_set, _PATCH
    yield "DELETE", _SET, writes.delete_set, _DELETE
    yield "PUT", _VM, writes.put_instance, _VM_ACT
    yield "POST", f"{_VM}/simulateEviction", actions.simulate_eviction, _VM_ACT
    yield "DELETE", _VM, actions.instance_action, _VM_STOP
    yield "POST", f"{_VM}/approveRollingUpgrade", upgrade_service.approve_rolling, _VM_ACT
    yield "POST", f"{_VM}/runCommand", actions.run_command, _VM_ACT
    yield "POST", f"{_VM}/retrieveBootDiagnosticsData", actions.boot_diagnostics, _VM_ACT
    yield "POST", f"{_SET}/rollingUpgrades/cancel", upgrade_service.cancel_rolling, _PATCH
    yield "POST", f"{_SET}/osRollingUpgrade", upgrade_service.start_os, _PATCH
    extensions = f"{_SET}/extensionRollingUpgrade"
    yield "POST", extensions, upgrade_service.start_extensions, _PATCH
    yield "POST", f"{_SET}/setOrchestrationServiceState", actions.set_service_state, _PATCH
    yield "POST", f"{_SET}/approveRollingUpgrade", upgrade_service.approve_rolling, _PATCH
    yield "POST", f"{_SET}/scaleOut", actions.scale_out, _PATCH
    walk = f"{_SET}/forceRecoveryServiceFabricPlatformUpdateDomainWalk"
    yield "POST", walk, actions.walk_domain, _PATCH

    yield "GET", f"{_SUB}/{_MACHINES}", machines.list_in_subscription, _LIST_MACHINES
    yield "GET", f"{_RG}/{_MACHINES}", machines.list_in_group, _LIST_MACHINES
    yield "GET", _MACHINE, machines.get, _GET_MACHINE
    yield "GET", f"{_MACHINE}/instanceView", machines.get_view, _GET_MACHINE
    yield "DELETE", _MACHINE, machines.act, _MACHINE_STOP
    yield "POST", f"{_MACHINE}/simulateEviction", machines.evict, _MACHINE_ACT

    card = f"{_VM}/networkInterfaces/{{card}}"
    public = f"{card}/ipConfigurations/{{configuration}}/publicIPAddresses/{{address}}"
    yield "GET", f"{_VM}/networkInterfaces", networking.list_cards, ()
    yield "GET", card, networking.get_card, ()
    yield "GET", public, networking.get_public, ()
    yield "GET", f"{_NETWORK}/networkInterfaces/{{card}}", networking.get_attached, ()
    attached_public = f"{_NETWORK}/publicIPAddresses/{{address}}"
    yield "GET", attached_public, networking.get_attached_public, ()

    yield "GET", _PUBLISHERS, catalogue.publishers, _IMAGE
    yield "GET", _OFFERS, catalogue.offers, _IMAGE
    yield "GET", _SKUS, catalogue.skus, _IMAGE
    yield "GET", _VERSIONS, catalogue.versions, _IMAGES
    yield "GET", f"{_VERSIONS}/{{version}}", catalogue.version, _IMAGE

    yield "GET", f"{_SUB}/{_COMPUTE}/skus", quotas.resource_skus, ()
    usages = f"{_SUB}/{_COMPUTE}/locations/{{location}}/usages"
    yield "GET", usages, quotas.usages, ()

    for base in (_SUB, _RG):
        yield "GET", f"{base}/{_COMPUTE}/images", custom_images.list_images, _LIST_IMAGES
        yield "GET", f"{base}/{_COMPUTE}/galleries", custom_images.list_galleries, _GALLERIES
    yield "GET", f"{_RG}/{_COMPUTE}/images/{{image}}", custom_images.get_image, _GET_IMAGE
    yield "PUT", f"{_RG}/{_COMPUTE}/images/{{image}}", custom_images.put_image, _MAKE_IMAGE
    yield "GET", _GALLERY, custom_images.get_gallery, ()
    yield "GET", f"{_GALLERY}/images", custom_images.list_definitions, _DEFINITIONS
    yield "GET", _DEFINITION, custom_images.get_definition, ()
    yield "GET", f"{_DEFINITION}/versions", custom_images.list_versions, _GALLERY_VERSIONS
    yield "GET", f"{_DEFINITION}/versions/{{version}}", custom_images.get_version, ()

    for kind in ("shared", "community"):
        galleries = f"{_SUB}/{_COMPUTE}/locations/{{location}}/{kind}Galleries"
        image = f"{galleries}/{{gallery}}/images/{{image}}"
        yield "GET", image, _of(published.get_definition, kind), ()
        yield "GET", f"{image}/versions", _of(published.list_versions, kind), ()

    yield "GET", "/_simulator/ledger", control.ledger, ()
    yield "POST", "/_simulator/faults", control.add_fault, ()
    yield "DELETE", "/_simulator/faults", control.clear_faults, ()
    yield "GET", "/_simulator/clock", control.get_clock, ()
    yield "POST", "/_simulator/clock", control.move_clock, ()
    yield "POST", "/_simulator/edit", control.edit, ()
    yield "GET", "/_simulator/world", control.whole, ()


def _actions() -> Iterator[tuple[str, str, Handler, tuple[str, ...]]]:
    for action in actions.ACTIONS:
        stopping = action in _STOPPING
        on_set = _named(actions.set_action, action)
        yield "POST", f"{_SET}/{action}", on_set, _STOP if stopping else _ACT
        on_one = _named(actions.instance_action, action)
        yield "POST", f"{_VM}/{action}", on_one, _VM_STOP if stopping else _VM_ACT
        if action not in ("delete", "manualupgrade"):
            buckets = _MACHINE_STOP if stopping else _MACHINE_ACT
            yield "POST", f"{_MACHINE}/{action}", _named(machines.act, action), buckets


def _of(handler: Handler, kind: str) -> Handler:
    def with_kind(world: World, call: Call, params: Params) -> Reply:
        return handler(world, call, {**params, "kind": kind})

    return with_kind


def _named(handler: Handler, action: str) -> Handler:
    def with_action(world: World, call: Call, params: Params) -> Reply:
        return handler(world, call, {**params, "action": action})

    return with_action


def _split(path: str) -> tuple[str, ...]:
    return tuple(part for part in path.split("/") if part)


def _by_length() -> dict[int, list[Route]]:
    table: dict[int, list[Route]] = {}
    for method, path, handler, buckets in (*_table(), *_actions()):
        route = Route(method, _split(path), handler, buckets)
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

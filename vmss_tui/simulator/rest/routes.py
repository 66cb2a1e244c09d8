"""The routes: the handler of each method and path, and the quotas it draws on.

Path segments compare without case.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from vmss_tui.simulator.activity import event_query
from vmss_tui.simulator.eligibility import control as eligibility_control
from vmss_tui.simulator.eligibility import handlers as eligibility
from vmss_tui.simulator.exchange import PathParameters, Request, Response
from vmss_tui.simulator.graph import resource_graph
from vmss_tui.simulator.guest import boot_diagnostics, metrics, run_commands
from vmss_tui.simulator.handlers import (
    control_api,
    custom_images,
    diagnosis_control,
    flexible_vms,
    instance_actions,
    networking,
    platform_images,
    quotas,
    rolling_upgrades,
    scale_set_reads,
    scale_set_writes,
    shared_galleries,
    subscriptions,
)
from vmss_tui.simulator.world.world import World

Handler = Callable[[World, Request, PathParameters], Response]


@dataclass(frozen=True, slots=True)
class Route:
    """One method and one path pattern with its handler and its quota buckets."""

    method: str
    segments: tuple[str, ...]
    handler: Handler
    buckets: tuple[str, ...] = ()

    def match(self, segments: list[str]) -> dict[str, str] | None:
        """The values of the pattern's placeholders, or None if the path does not match."""
        values: dict[str, str] = {}
        for pattern, segment in zip(self.segments, segments, strict=True):
            if pattern.startswith("{"):
                values[pattern[1:-1]] = segment
            elif pattern.lower() != segment.lower():
                return None
        return values


UNAUTHENTICATED_PATH = "/metadata/endpoints"
"""The only path of Azure Resource Manager that needs no token."""

_SUB = "/subscriptions/{sub}"
_RG = f"{_SUB}/resourceGroups/{{rg}}"
_COMPUTE = "providers/Microsoft.Compute"
_ORDERING = "providers/Microsoft.MarketplaceOrdering/offerTypes/virtualmachine"
_PERMISSIONS = "providers/Microsoft.Authorization/permissions"
_SETS = f"{_COMPUTE}/virtualMachineScaleSets"
_SET = f"{_RG}/{_SETS}/{{set}}"
_VM = f"{_SET}/virtualMachines/{{id}}"
_MACHINES = f"{_COMPUTE}/virtualMachines"
_MACHINE = f"{_RG}/{_MACHINES}/{{vm}}"
_NETWORK = f"{_RG}/providers/Microsoft.Network"
_GALLERY = f"{_RG}/{_COMPUTE}/galleries/{{gallery}}"
_DEFINITION = f"{_GALLERY}/images/{{image}}"
_LOCATION = f"{_SUB}/{_COMPUTE}/locations/{{location}}"

_HIGH_COST = ("HighCostGetVMScaleSetSubscriptionMaximum", "HighCostGetVMScaleSetResource")
_VIEWS = "VMScaleSetVMViewsSubscriptionMaximum"
_GET_SET = ("GetVMScaleSetSubscriptionMaximum", "GetVMScaleSetResource")
_GET_VM = ("GetVMScaleSetVMSubscriptionMaximum", "GetVMScaleSetVMResource", _VIEWS)
_BATCHED = "VMScaleSetBatchedVMRequestsSubscriptionMaximum"
_CREATE = ("CreateVMScaleSetSubscriptionMaximum", "CreateVMScaleSetResource", _BATCHED)
_PATCH = ("VMScaleSetActionsSubscriptionMaximum", "VMScaleSetActionsResource", _BATCHED)
_ACTION = ("VMScaleSetActionsSubscriptionMaximum", _BATCHED)
_STOP = ("DeleteVMScaleSetSubscriptionMaximum", _BATCHED)
_DELETE = ("DeleteVMScaleSetSubscriptionMaximum", "DeleteVMScaleSetResource", _BATCHED)
_VM_ACTION = ("VMScaleSetVMActionsSubscriptionMaximum", "VMScaleSetVMActionsResource", _BATCHED)
_VM_STOP = ("DeleteVMScaleSetVMSubscriptionMaximum", "DeleteVMScaleSetVMResource", _BATCHED)
_LIST_MACHINES = ("HighCostGetSubscriptionMaximum",)
_GET_MACHINE = ("LowCostGetSubscriptionMaximum", "LowCostGetResource")
_MACHINE_ACTION = ("UpdateVMSubscriptionMaximum", "UpdateVMResource")
_MACHINE_STOP = ("DeleteVMSubscriptionMaximum", "DeleteVMResource")
_POLL = ("GetOperationResource", "GetOperationSubscriptionMaximum")
_DOCUMENTS = ("GetSubscriptionInfo3Min",)
_IMAGE = ("GetVMImageFromLocation3Min",)
_IMAGES = ("ListVMImagesVersionsFromLocation3Min",)
_LIST_IMAGES = ("HighCostGetImagesSubscriptionMaximum",)
_GET_IMAGE = ("GetImagesSubscriptionMaximum",)
_PUT_IMAGE = ("CreateImagesSubscriptionMaximum",)
_GALLERIES = ("ListGalleryInResourceGroup3Min", "ListGalleryInResourceGroup30Min")
_DEFINITIONS = ("ListGalleryImagesInGallery3Min", "ListGalleryImagesInGallery30Min")
_GALLERY_VERSIONS = (
    "ListGalleryImageVersionsInGalleryImage3Min",
    "ListGalleryImageVersionsInGalleryImage30Min",
)

_STOPPING = frozenset({"poweroff", "deallocate", "delete"})


def _resource_routes() -> Iterator[tuple[str, str, Handler, tuple[str, ...]]]:
    yield "GET", UNAUTHENTICATED_PATH, subscriptions.get_endpoints, ()
    events = "providers/Microsoft.Insights/eventtypes/management/values"
    yield "GET", f"{_SUB}/{events}", event_query.list_events, ()
    yield "GET", "/providers/Microsoft.Insights/eventcategories", event_query.list_categories, ()
    graph = "/providers/Microsoft.ResourceGraph/resources"
    yield "POST", graph, resource_graph.query_resources, ()
    yield "GET", "/tenants", subscriptions.list_tenants, ()
    yield "GET", "/subscriptions", subscriptions.list_subscriptions, ()
    yield "GET", _SUB, subscriptions.get_subscription, ()
    yield "GET", f"{_SUB}/locations", subscriptions.list_locations, ()
    yield "GET", f"{_SUB}/resourceGroups", subscriptions.list_groups, ()
    yield "GET", _RG, subscriptions.get_group, ()
    yield "PUT", _RG, subscriptions.put_group, ()
    yield "GET", f"{_SUB}/providers", subscriptions.list_providers, ()
    yield "GET", f"{_SUB}/providers/{{namespace}}", subscriptions.get_provider, ()
    yield "POST", f"{_SUB}/providers/{{namespace}}/register", subscriptions.register_provider, ()

    yield "GET", f"{_SUB}/{_SETS}", scale_set_reads.list_in_subscription, _HIGH_COST[:1]
    by_location = f"{_SUB}/{_COMPUTE}/locations/{{location}}/virtualMachineScaleSets"
    yield "GET", by_location, scale_set_reads.list_in_subscription, _HIGH_COST[:1]
    yield "GET", f"{_RG}/{_SETS}", scale_set_reads.list_in_group, _HIGH_COST[:1]
    yield "GET", _SET, scale_set_reads.get_set, _GET_SET
    yield "GET", f"{_SET}/instanceView", scale_set_reads.get_set_view, _HIGH_COST
    yield "GET", f"{_SET}/skus", scale_set_reads.list_set_skus, _GET_SET
    yield "GET", f"{_SET}/rollingUpgrades/latest", rolling_upgrades.get_latest, _GET_SET
    yield "GET", f"{_SET}/osUpgradeHistory", rolling_upgrades.list_history, _GET_SET
    yield "GET", f"{_SET}/virtualMachines", scale_set_reads.list_instances, (*_HIGH_COST, _VIEWS)
    yield "GET", _VM, scale_set_reads.get_instance, _GET_VM
    yield "GET", f"{_VM}/instanceView", scale_set_reads.get_instance_view, _GET_VM
    operation = f"{_SUB}/{_COMPUTE}/locations/{{location}}/operations/{{operation}}"
    yield "GET", operation, scale_set_reads.get_operation, _POLL

    yield "PUT", _SET, scale_set_writes.put_set, _CREATE
    yield "PATCH", _SET, scale_set_writes.patch_set, _PATCH
    yield "DELETE", _SET, scale_set_writes.delete_set, _DELETE
    yield "PUT", _VM, scale_set_writes.put_instance, _VM_ACTION
    yield "POST", f"{_VM}/simulateEviction", instance_actions.simulate_eviction, _VM_ACTION
    yield "DELETE", _VM, instance_actions.start_instance_action, _VM_STOP
    yield "POST", f"{_VM}/approveRollingUpgrade", rolling_upgrades.approve_upgrade, _VM_ACTION
    yield from _guest_routes()
    yield "POST", f"{_SET}/rollingUpgrades/cancel", rolling_upgrades.cancel_upgrade, _PATCH
    yield "POST", f"{_SET}/osRollingUpgrade", rolling_upgrades.start_os_upgrade, _PATCH
    extensions = f"{_SET}/extensionRollingUpgrade"
    yield "POST", extensions, rolling_upgrades.start_extension_upgrade, _PATCH
    yield "POST", f"{_SET}/setOrchestrationServiceState", instance_actions.set_service_state, _PATCH
    yield "POST", f"{_SET}/approveRollingUpgrade", rolling_upgrades.approve_upgrade, _PATCH
    yield "POST", f"{_SET}/scaleOut", instance_actions.scale_out, _PATCH
    walk = f"{_SET}/forceRecoveryServiceFabricPlatformUpdateDomainWalk"
    yield "POST", walk, instance_actions.walk_update_domain, _PATCH

    yield "GET", f"{_SUB}/{_MACHINES}", flexible_vms.list_in_subscription, _LIST_MACHINES
    yield "GET", f"{_RG}/{_MACHINES}", flexible_vms.list_in_group, _LIST_MACHINES
    yield "GET", _MACHINE, flexible_vms.get_machine, _GET_MACHINE
    yield "GET", f"{_MACHINE}/instanceView", flexible_vms.get_machine_view, _GET_MACHINE
    yield "DELETE", _MACHINE, flexible_vms.start_machine_action, _MACHINE_STOP
    yield "POST", f"{_MACHINE}/simulateEviction", flexible_vms.simulate_eviction, _MACHINE_ACTION

    card = f"{_VM}/networkInterfaces/{{card}}"
    public = f"{card}/ipConfigurations/{{configuration}}/publicIPAddresses/{{address}}"
    yield "GET", f"{_VM}/networkInterfaces", networking.list_interfaces, ()
    yield "GET", card, networking.get_interface, ()
    yield "GET", public, networking.get_public_address, ()
    yield "GET", f"{_NETWORK}/networkInterfaces/{{card}}", networking.get_machine_interface, ()
    attached_public = f"{_NETWORK}/publicIPAddresses/{{address}}"
    yield "GET", attached_public, networking.get_machine_public_address, ()

    for place in (_LOCATION, f"{_LOCATION}/edgeZones/{{zone}}"):
        publishers = f"{place}/publishers"
        offers = f"{publishers}/{{publisher}}/artifacttypes/vmimage/offers"
        skus = f"{offers}/{{offer}}/skus"
        versions = f"{skus}/{{sku}}/versions"
        yield "GET", publishers, platform_images.list_publishers, _IMAGE
        yield "GET", offers, platform_images.list_offers, _IMAGE
        yield "GET", skus, platform_images.list_skus, _IMAGE
        yield "GET", versions, platform_images.list_versions, _IMAGES
        yield "GET", f"{versions}/{{version}}", platform_images.get_version, _IMAGE

    yield "GET", f"{_SUB}/{_COMPUTE}/skus", quotas.list_resource_skus, ()
    agreement = "offers/{offer}/plans/{plan}/agreements/current"
    terms = f"{_ORDERING}/publishers/{{publisher}}/{agreement}"
    yield "GET", f"{_SUB}/{terms}", eligibility.get_terms, ()
    for scope in (_RG, _SET):
        yield "GET", f"{scope}/{_PERMISSIONS}", eligibility.list_permissions, ()
    usages = f"{_SUB}/{_COMPUTE}/locations/{{location}}/usages"
    yield "GET", usages, quotas.list_usages, ()

    for base in (_SUB, _RG):
        yield "GET", f"{base}/{_COMPUTE}/images", custom_images.list_images, _LIST_IMAGES
        yield "GET", f"{base}/{_COMPUTE}/galleries", custom_images.list_galleries, _GALLERIES
    yield "GET", f"{_RG}/{_COMPUTE}/images/{{image}}", custom_images.get_image, _GET_IMAGE
    yield "PUT", f"{_RG}/{_COMPUTE}/images/{{image}}", custom_images.put_image, _PUT_IMAGE
    yield "GET", _GALLERY, custom_images.get_gallery, ()
    yield "GET", f"{_GALLERY}/images", custom_images.list_definitions, _DEFINITIONS
    yield "GET", _DEFINITION, custom_images.get_definition, ()
    yield "GET", f"{_DEFINITION}/versions", custom_images.list_versions, _GALLERY_VERSIONS
    yield "GET", f"{_DEFINITION}/versions/{{version}}", custom_images.get_version, ()

    for kind in ("shared", "community"):
        galleries = f"{_SUB}/{_COMPUTE}/locations/{{location}}/{kind}Galleries"
        image = f"{galleries}/{{gallery}}/images/{{image}}"
        yield "GET", image, _with_kind(shared_galleries.get_definition, kind), ()
        yield "GET", f"{image}/versions", _with_kind(shared_galleries.list_versions, kind), ()

    yield from _control_routes()


def _control_routes() -> Iterator[tuple[str, str, Handler, tuple[str, ...]]]:
    yield "GET", "/_simulator/ledger", control_api.get_ledger, ()
    yield "POST", "/_simulator/faults", control_api.add_fault, ()
    yield "DELETE", "/_simulator/faults", control_api.clear_faults, ()
    yield "GET", "/_simulator/clock", control_api.get_clock, ()
    yield "POST", "/_simulator/clock", control_api.set_clock, ()
    yield "POST", "/_simulator/edit", control_api.edit_scale_set, ()
    yield "GET", "/_simulator/world", control_api.get_world, ()
    diagnostics = diagnosis_control.set_boot_diagnostics
    yield "POST", "/_simulator/boot-diagnostics", diagnostics, ()
    yield "POST", "/_simulator/guest", diagnosis_control.set_guest, ()
    yield "POST", "/_simulator/rights", diagnosis_control.refuse_operations, ()
    yield "DELETE", "/_simulator/rights", diagnosis_control.allow_operations, ()
    yield "POST", "/_simulator/eligibility", eligibility_control.set_eligibility, ()
    yield "POST", "/_simulator/activity", diagnosis_control.set_activity, ()
    yield "POST", "/_simulator/index", resource_graph.set_index, ()
    yield "POST", "/_simulator/metrics", metrics.set_metric, ()


def _guest_routes() -> Iterator[tuple[str, str, Handler, tuple[str, ...]]]:
    console, script = "retrieveBootDiagnosticsData", "runCommand"
    yield "POST", f"{_VM}/{console}", boot_diagnostics.retrieve_of_instance, _GET_MACHINE
    yield "POST", f"{_MACHINE}/{console}", boot_diagnostics.retrieve_of_machine, _GET_MACHINE
    yield "POST", f"{_VM}/{script}", run_commands.run_on_instance, _VM_ACTION
    yield "POST", f"{_MACHINE}/{script}", run_commands.run_on_machine, _MACHINE_ACTION
    yield "GET", f"{_SET}/providers/Microsoft.Insights/metrics", metrics.list_metrics, ()
    documents = f"{_LOCATION}/runCommands"
    yield "GET", documents, run_commands.list_documents, _DOCUMENTS
    yield "GET", f"{documents}/{{command}}", run_commands.get_document, _DOCUMENTS


def _action_routes() -> Iterator[tuple[str, str, Handler, tuple[str, ...]]]:
    for action in instance_actions.ACTIONS:
        stopping = action in _STOPPING
        on_set = _with_action(instance_actions.start_set_action, action)
        yield "POST", f"{_SET}/{action}", on_set, _STOP if stopping else _ACTION
        on_one = _with_action(instance_actions.start_instance_action, action)
        yield "POST", f"{_VM}/{action}", on_one, _VM_STOP if stopping else _VM_ACTION
        if action not in ("delete", "manualupgrade"):
            buckets = _MACHINE_STOP if stopping else _MACHINE_ACTION
            yield (
                "POST",
                f"{_MACHINE}/{action}",
                _with_action(flexible_vms.start_machine_action, action),
                buckets,
            )


def _with_kind(handler: Handler, kind: str) -> Handler:
    def with_kind(world: World, request: Request, parameters: PathParameters) -> Response:
        return handler(world, request, {**parameters, "kind": kind})

    return with_kind


def _with_action(handler: Handler, action: str) -> Handler:
    def with_action(world: World, request: Request, parameters: PathParameters) -> Response:
        return handler(world, request, {**parameters, "action": action})

    return with_action


def _split(path: str) -> tuple[str, ...]:
    return tuple(part for part in path.split("/") if part)


def _group_by_length() -> dict[int, list[Route]]:
    table: dict[int, list[Route]] = {}
    for method, path, handler, buckets in (*_resource_routes(), *_action_routes()):
        route = Route(method, _split(path), handler, buckets)
        table.setdefault(len(route.segments), []).append(route)
    return table


_ROUTES = _group_by_length()


def find_route(method: str, segments: list[str]) -> tuple[Route, dict[str, str]] | set[str]:
    """The route and its path parameters; without one, the methods that the path supports."""
    methods: set[str] = set()
    for route in _ROUTES.get(len(segments), []):
        parameters = route.match(segments)
        if parameters is None:
            continue
        if route.method == method:
            return route, parameters
        methods.add(route.method)
    return methods

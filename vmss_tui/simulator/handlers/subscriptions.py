"""The handlers of clouds, tenants, subscriptions, locations, resource groups and providers."""

from vmss_tui.simulator.behaviour.validate import check_group_name, check_location
from vmss_tui.simulator.errors import ArmError, Json
from vmss_tui.simulator.exchange import PathParameters, Request, Response, json_response
from vmss_tui.simulator.payloads.provider import COMPUTE, provider_body
from vmss_tui.simulator.world.world import World


def tenant_id(world: World) -> str:
    """The id of the only tenant."""
    return world.random.guid("tenant")


def get_endpoints(world: World, request: Request, parameters: PathParameters) -> Response:
    """The endpoints of the cloud, for clients that know only its Resource Manager; no token needed.

    Sign-in must be implemented by a TLS proxy in front of the simulator.
    """
    body = {
        "name": "Simulator",
        "resourceManager": request.base,
        "portal": request.base,
        "gallery": request.base,
        "graphAudience": request.base,
        "microsoftGraphResourceId": request.base,
        "authentication": {
            "loginEndpoint": request.base,
            "audiences": [request.base],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "suffixes": {},
    }
    return json_response(200, body)


def list_tenants(world: World, request: Request, parameters: PathParameters) -> Response:
    """The only tenant."""
    tenant = tenant_id(world)
    entry = {
        "id": f"/tenants/{tenant}",
        "tenantId": tenant,
        "countryCode": "US",
        "displayName": "Contoso (simulated)",
        "domains": ["contoso.example"],
        "tenantCategory": "Home",
    }
    return json_response(200, {"value": [entry]})


def list_subscriptions(world: World, request: Request, parameters: PathParameters) -> Response:
    """All subscriptions."""
    return json_response(
        200,
        {
            "value": [
                _subscription_body(world, subscription) for subscription in world.subscriptions
            ]
        },
    )


def get_subscription(world: World, request: Request, parameters: PathParameters) -> Response:
    """One subscription."""
    return json_response(200, _subscription_body(world, world.find_subscription(parameters["sub"])))


def list_locations(world: World, request: Request, parameters: PathParameters) -> Response:
    """The regions of all resource groups, and East US."""
    subscription_id = world.find_subscription(parameters["sub"])
    names = sorted({location for _, location in world.groups.values()} | {"eastus"})
    values = [
        {
            "id": f"/subscriptions/{subscription_id}/locations/{name}",
            "name": name,
            "type": "Region",
            "displayName": name,
            "regionalDisplayName": name,
        }
        for name in names
    ]
    return json_response(200, {"value": values})


def list_groups(world: World, request: Request, parameters: PathParameters) -> Response:
    """The resource groups of a subscription."""
    subscription_id = world.find_subscription(parameters["sub"])
    values = [
        _group_body(subscription_id, name, location)
        for (subscription, _), (name, location) in world.groups.items()
        if subscription == subscription_id.lower()
    ]
    return json_response(200, {"value": values})


def get_group(world: World, request: Request, parameters: PathParameters) -> Response:
    """One resource group."""
    subscription_id = world.find_subscription(parameters["sub"])
    world.find_group(subscription_id, parameters["rg"])
    name, location = world.groups[subscription_id.lower(), parameters["rg"].lower()]
    return json_response(200, _group_body(subscription_id, name, location))


def put_group(world: World, request: Request, parameters: PathParameters) -> Response:
    """Creates or reads a resource group."""
    subscription_id = world.find_subscription(parameters["sub"])
    body = request.json()
    location = str(body.get("location", "")).replace(" ", "").lower()
    if not location:
        message = "The location property is required for this definition."
        raise ArmError(400, "LocationRequired", message)
    check_group_name(parameters["rg"])
    check_location(location)
    status = 200 if (subscription_id.lower(), parameters["rg"].lower()) in world.groups else 201
    world.add_group(subscription_id, parameters["rg"], location)
    name, location = world.groups[subscription_id.lower(), parameters["rg"].lower()]
    return json_response(status, _group_body(subscription_id, name, location))


def list_providers(world: World, request: Request, parameters: PathParameters) -> Response:
    """The resource providers; only the compute service is simulated."""
    return json_response(200, {"value": [_provider_body(world, parameters["sub"], COMPUTE)]})


def get_provider(world: World, request: Request, parameters: PathParameters) -> Response:
    """One resource provider, with the api-versions of each of its types."""
    return json_response(200, _provider_body(world, parameters["sub"], parameters["namespace"]))


def register_provider(world: World, request: Request, parameters: PathParameters) -> Response:
    """Registers a resource provider, at once."""
    subscription_id = world.find_subscription(parameters["sub"])
    world.faults.refusals.register(subscription_id, world.subscriptions[subscription_id])
    return get_provider(world, request, parameters)


def _provider_body(world: World, subscription: str, namespace: str) -> Json:
    subscription_id = world.find_subscription(subscription)
    refusals = world.faults.refusals
    kind = refusals.of_subscription(subscription_id, world.subscriptions[subscription_id])
    versions = refusals.of_api_versions()
    return provider_body(
        subscription_id,
        namespace,
        registered=kind != "unregistered",
        newest=versions.newest if versions is not None else "",
    )


def _subscription_body(world: World, subscription_id: str) -> Json:
    return {
        "id": f"/subscriptions/{subscription_id}",
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": subscription_id,
        "tenantId": tenant_id(world),
        "displayName": world.subscriptions[subscription_id],
        "state": "Enabled",
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "PayAsYouGo_2014-09-01",
            "spendingLimit": "Off",
        },
    }


def _group_body(subscription: str, name: str, location: str) -> Json:
    return {
        "id": f"/subscriptions/{subscription}/resourceGroups/{name}",
        "name": name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": location,
        "properties": {"provisioningState": "Succeeded"},
    }

"""The handlers a client needs to sign in and look around: subscriptions, tenants, groups."""

from vmss_tui.simulator.behaviour.validate import check_name_and_location
from vmss_tui.simulator.errors import ArmError, Json
from vmss_tui.simulator.exchange import PathParameters, Request, Response, json_response
from vmss_tui.simulator.world.world import World


def tenant_id(world: World) -> str:
    """The one tenant there is."""
    return world.random.guid("tenant")


def get_endpoints(world: World, request: Request, parameters: PathParameters) -> Response:
    """Where a cloud is, for clients that are told its Resource Manager only; asked unsigned.

    Signing in is left to whatever TLS front stands before the simulator.
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
    """The one tenant there is."""
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
        200, {"value": [_subscription(world, each) for each in world.subscriptions]}
    )


def get_subscription(world: World, request: Request, parameters: PathParameters) -> Response:
    """One subscription."""
    return json_response(200, _subscription(world, world.find_subscription(parameters["sub"])))


def list_locations(world: World, request: Request, parameters: PathParameters) -> Response:
    """The regions that anything is in."""
    known = world.find_subscription(parameters["sub"])
    names = sorted({location for _, location in world.groups.values()} | {"eastus"})
    values = [
        {
            "id": f"/subscriptions/{known}/locations/{name}",
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
    known = world.find_subscription(parameters["sub"])
    values = [
        _group(known, name, location)
        for (subscription, _), (name, location) in world.groups.items()
        if subscription == known.lower()
    ]
    return json_response(200, {"value": values})


def get_group(world: World, request: Request, parameters: PathParameters) -> Response:
    """One resource group."""
    known = world.find_subscription(parameters["sub"])
    world.find_group(known, parameters["rg"])
    name, location = world.groups[known.lower(), parameters["rg"].lower()]
    return json_response(200, _group(known, name, location))


def put_group(world: World, request: Request, parameters: PathParameters) -> Response:
    """Makes a resource group, so that sets can be created in it."""
    known = world.find_subscription(parameters["sub"])
    asked = request.json()
    location = str(asked.get("location", "")).replace(" ", "").lower()
    if not location:
        message = "The location property is required for this definition."
        raise ArmError(400, "LocationRequired", message)
    check_name_and_location(parameters["rg"], location)
    status = 200 if (known.lower(), parameters["rg"].lower()) in world.groups else 201
    world.add_group(known, parameters["rg"], location)
    name, location = world.groups[known.lower(), parameters["rg"].lower()]
    return json_response(status, _group(known, name, location))


def list_providers(world: World, request: Request, parameters: PathParameters) -> Response:
    """The registered resource providers."""
    known = world.find_subscription(parameters["sub"])
    return json_response(200, {"value": [_provider(known, "Microsoft.Compute")]})


def get_provider(world: World, request: Request, parameters: PathParameters) -> Response:
    """One resource provider, always registered; also the answer to registering it."""
    known = world.find_subscription(parameters["sub"])
    return json_response(200, _provider(known, parameters["namespace"]))


def _subscription(world: World, known: str) -> Json:
    return {
        "id": f"/subscriptions/{known}",
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": known,
        "tenantId": tenant_id(world),
        "displayName": world.subscriptions[known],
        "state": "Enabled",
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "PayAsYouGo_2014-09-01",
            "spendingLimit": "Off",
        },
    }


def _group(subscription: str, name: str, location: str) -> Json:
    return {
        "id": f"/subscriptions/{subscription}/resourceGroups/{name}",
        "name": name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": location,
        "properties": {"provisioningState": "Succeeded"},
    }


def _provider(subscription: str, namespace: str) -> Json:
    kinds = ("virtualMachineScaleSets", "virtualMachineScaleSets/virtualMachines", "locations")
    return {
        "id": f"/subscriptions/{subscription}/providers/{namespace}",
        "namespace": namespace,
        "resourceTypes": [
            {"resourceType": kind, "locations": ["East US"], "apiVersions": ["2026-04-01"]}
            for kind in kinds
        ],
        "registrationState": "Registered",
        "registrationPolicy": "RegistrationRequired",
    }

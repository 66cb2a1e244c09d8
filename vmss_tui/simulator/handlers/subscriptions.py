"""The handlers a client needs to sign in and look around: subscriptions, tenants, groups."""

from vmss_tui.simulator.behaviour import validate as shape
from vmss_tui.simulator.errors import ArmError, Json
from vmss_tui.simulator.exchange import Call, Reply, json_reply
from vmss_tui.simulator.handlers.scale_set_reads import Params
from vmss_tui.simulator.world.world import World


def tenant_id(world: World) -> str:
    """The one tenant there is."""
    return world.dice.guid("tenant")


def endpoints(world: World, call: Call, params: Params) -> Reply:
    """Where a cloud is, for clients that are told its Resource Manager only; asked unsigned.

    Signing in is left to whatever TLS front stands before the simulator.
    """
    body = {
        "name": "Simulator",
        "resourceManager": call.base,
        "portal": call.base,
        "gallery": call.base,
        "graphAudience": call.base,
        "microsoftGraphResourceId": call.base,
        "authentication": {
            "loginEndpoint": call.base,
            "audiences": [call.base],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "suffixes": {},
    }
    return json_reply(200, body)


def tenants(world: World, call: Call, params: Params) -> Reply:
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
    return json_reply(200, {"value": [entry]})


def subscriptions(world: World, call: Call, params: Params) -> Reply:
    """All subscriptions."""
    return json_reply(200, {"value": [_subscription(world, each) for each in world.subscriptions]})


def subscription(world: World, call: Call, params: Params) -> Reply:
    """One subscription."""
    return json_reply(200, _subscription(world, world.known_subscription(params["sub"])))


def locations(world: World, call: Call, params: Params) -> Reply:
    """The regions that anything is in."""
    known = world.known_subscription(params["sub"])
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
    return json_reply(200, {"value": values})


def groups(world: World, call: Call, params: Params) -> Reply:
    """The resource groups of a subscription."""
    known = world.known_subscription(params["sub"])
    values = [
        _group(known, name, location)
        for (subscription, _), (name, location) in world.groups.items()
        if subscription == known.lower()
    ]
    return json_reply(200, {"value": values})


def group(world: World, call: Call, params: Params) -> Reply:
    """One resource group."""
    known = world.known_subscription(params["sub"])
    world.known_group(known, params["rg"])
    name, location = world.groups[known.lower(), params["rg"].lower()]
    return json_reply(200, _group(known, name, location))


def put_group(world: World, call: Call, params: Params) -> Reply:
    """Makes a resource group, so that sets can be created in it."""
    known = world.known_subscription(params["sub"])
    asked = call.json()
    location = str(asked.get("location", "")).replace(" ", "").lower()
    if not location:
        message = "The location property is required for this definition."
        raise ArmError(400, "LocationRequired", message)
    shape.check_place(params["rg"], location)
    status = 200 if (known.lower(), params["rg"].lower()) in world.groups else 201
    world.add_group(known, params["rg"], location)
    name, location = world.groups[known.lower(), params["rg"].lower()]
    return json_reply(status, _group(known, name, location))


def providers(world: World, call: Call, params: Params) -> Reply:
    """The registered resource providers."""
    known = world.known_subscription(params["sub"])
    return json_reply(200, {"value": [_provider(known, "Microsoft.Compute")]})


def provider(world: World, call: Call, params: Params) -> Reply:
    """One resource provider, always registered; also the answer to registering it."""
    known = world.known_subscription(params["sub"])
    return json_reply(200, _provider(known, params["namespace"]))


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

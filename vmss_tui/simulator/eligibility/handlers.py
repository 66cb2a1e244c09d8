"""The handlers of marketplace terms and of the caller's permissions.

Shapes: recorded `flow-marketplace-terms-accept`; "Permissions - List For Resource Group".
"""

from vmss_tui.simulator.errors import ArmError, Json
from vmss_tui.simulator.exchange import PathParameters, Request, Response, json_response
from vmss_tui.simulator.world.world import World

_ORDERING = "Microsoft.MarketplaceOrdering"


def get_terms(world: World, request: Request, parameters: PathParameters) -> Response:
    """The terms of a purchase plan, and whether they are accepted in the subscription."""
    subscription = world.find_subscription(parameters["sub"])
    publisher, offer, name = (parameters[key] for key in ("publisher", "offer", "plan"))
    key = f"{publisher}/{offer}/{name}".lower()
    settings = world.eligibility
    known = {
        f"{plan['publisher']}/{plan['product']}/{plan['name']}".lower()
        for plan in settings.plans.values()
    }
    if key not in known | settings.accepted:
        message = f"Unable to find legal terms for {publisher}:{offer}:{name}."
        raise ArmError(400, "BadRequest", message)
    base = f"/subscriptions/{subscription}/providers/{_ORDERING}/offerTypes/VirtualMachine"
    return json_response(
        200,
        {
            "id": f"{base}/publishers/{publisher}/offers/{offer}/plans/{name}/agreements/current",
            "name": name,
            "type": f"{_ORDERING}/offertypes",
            "properties": {
                "publisher": publisher,
                "product": offer,
                "plan": name,
                "licenseTextLink": "https://simulated.invalid/license",
                "privacyPolicyLink": "https://simulated.invalid/privacy",
                "marketplaceTermsLink": "https://simulated.invalid/terms",
                "retrieveDatetime": "2026-11-22T12:00:00.0000000Z",
                "signature": "SIMULATED",
                "accepted": key in settings.accepted,
            },
        },
    )


def list_permissions(world: World, request: Request, parameters: PathParameters) -> Response:
    """What the caller's roles allow on a resource group or a scale set: one role for everything
    but the refused operations, and those that a setting adds to the scope or above it."""
    subscription = world.find_subscription(parameters["sub"])
    scope = f"/subscriptions/{subscription}/resourcegroups/{parameters['rg']}"
    world.find_group(subscription, parameters["rg"])
    if "set" in parameters:
        scale_set = world.find_scale_set(subscription, parameters["rg"], parameters["set"])
        scope = scale_set.id
    roles = [_role(["*"], world.rights.refused)]
    for place, actions in world.eligibility.roles.items():
        if scope.lower() == place or scope.lower().startswith(f"{place}/"):
            roles.append(_role(actions, []))
    return json_response(200, {"value": roles})


def _role(actions: list[str], not_actions: list[str]) -> Json:
    return {
        "actions": list(actions),
        "notActions": list(not_actions),
        "dataActions": [],
        "notDataActions": [],
    }

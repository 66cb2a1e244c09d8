"""The handler of `POST /_simulator/eligibility`, which sets what decides about a model.

`{"limits": {"eastus": {"standardESv5Family": 10}}, "capabilities": {"Standard_D4s_v5":
{"HyperVGenerations": "V2"}}, "restrictions": {"Standard_E4s_v5": [...]}, "plans":
{"publisher:offer:sku": {"publisher", "name", "product"}}, "accepted": ["publisher/offer/plan"],
"replicas": [{"version": id, "region": "eastus", "state": "Replicating", "progress": 40}], "roles":
{id of a scope: ["Microsoft.Compute/*"]}}`; what is left out stays as it is.
"""

from typing import Any

from vmss_tui.simulator.eligibility.state import REPLICA_STATES
from vmss_tui.simulator.errors import ArmError, Json
from vmss_tui.simulator.exchange import PathParameters, Request, Response, json_response
from vmss_tui.simulator.world.world import World


def set_eligibility(world: World, request: Request, parameters: PathParameters) -> Response:
    """Sets what the body names."""
    body, settings = request.json(), world.eligibility
    try:
        for region, limits in _entries(body, "limits"):
            for name, limit in limits.items():
                settings.limits[region, name.lower()] = int(limit)
        settings.capabilities.update(_entries(body, "capabilities"))
        settings.restrictions.update(_entries(body, "restrictions"))
        settings.plans.update(_entries(body, "plans"))
        settings.roles.update(_entries(body, "roles"))
        settings.accepted.update(str(name).lower() for name in body.get("accepted", ()))
        for replica in body.get("replicas", ()):
            state = str(replica["state"])
            if state not in REPLICA_STATES:
                raise ValueError(f"the state of a replica is one of {', '.join(REPLICA_STATES)}")
            key = (str(replica["version"]).lower(), str(replica["region"]).lower())
            settings.replicas[key] = (state, int(replica.get("progress", 0)))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ArmError(400, "InvalidControl", str(error)) from error
    return json_response(200, {})


def _entries(body: Json, name: str) -> list[tuple[str, Any]]:
    return [(str(key).lower(), value) for key, value in body.get(name, {}).items()]

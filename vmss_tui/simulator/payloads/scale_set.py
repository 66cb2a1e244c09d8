"""The bodies of scale sets. Missing values are left out, never null.

Shapes, key order and spelling follow the recorded exchanges (`vmss-get-*`).
"""

from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.payloads.redaction import without_secrets
from vmss_tui.simulator.world.instance import InstanceState
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.simulated_time import timestamp

SCALE_SET_TYPE = "Microsoft.Compute/virtualMachineScaleSets"


def scale_set_body(
    scale_set: ScaleSet, moment: float | None = None, *, user_data: bool = False
) -> Json:
    """The scale set's resource at `moment` (None: now)."""
    state = scale_set.states.as_of(moment)
    body: Json = without_secrets(state.body, user_data=user_data)
    properties = dict(body.get("properties", {}))
    profile = properties.get("virtualMachineProfile")
    if profile is not None:
        properties["virtualMachineProfile"] = {
            **profile,
            "timeCreated": timestamp(scale_set.created_at),
        }
    properties["provisioningState"] = state.provisioning
    properties["uniqueId"] = scale_set.unique_id
    properties["timeCreated"] = timestamp(scale_set.created_at)
    result: Json = {
        "name": scale_set.name,
        "id": scale_set.id,
        "type": SCALE_SET_TYPE,
        "location": scale_set.location,
        "tags": body.get("tags", {}),
    }
    for key in ("sku", "identity", "plan"):
        if key in body:
            result[key] = body[key]
    result["etag"] = state.quoted_etag
    result["properties"] = properties
    if scale_set.zones:
        result["zones"] = scale_set.zones
    return result


def scale_set_view_body(
    scale_set: ScaleSet, states: list[InstanceState], moment: float | None = None
) -> Json:
    """The scale set's instance view: counts of provisioning states, never of power states.

    `states` are those of its instances.
    """
    state = scale_set.states.as_of(moment)
    succeeded = state.provisioning == "Succeeded"
    status: Json = {
        "code": f"ProvisioningState/{state.provisioning.lower()}",
        "level": "Error" if state.provisioning == "Failed" else "Info",
        "displayStatus": "Provisioning succeeded" if succeeded else state.provisioning,
    }
    if state.provisioning in ("Succeeded", "Failed"):
        status["time"] = timestamp(state.settled_at)
    result: Json = {"virtualMachine": {"statusesSummary": _summary(states)}}
    extensions = [
        {"name": extension["name"], "statusesSummary": _summary(states)}
        for extension in state.model.extensions
    ]
    if extensions:
        result["extensions"] = extensions
    if state.properties.get("automaticRepairsPolicy", {}).get("enabled"):
        service = {
            "serviceName": "AutomaticRepairs",
            "serviceState": scale_set.automatic_repairs_state,
        }
        result["orchestrationServices"] = [service]
    result["statuses"] = [status]
    return result


def _summary(states: list[InstanceState]) -> list[Json]:
    counts: dict[str, int] = {}
    for state in states:
        code = f"ProvisioningState/{state.provisioning.lower()}"
        counts[code] = counts.get(code, 0) + 1
    return [{"code": code, "count": count} for code, count in sorted(counts.items())]

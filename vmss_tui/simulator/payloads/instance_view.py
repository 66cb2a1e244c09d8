"""The instance view: what the platform, the VM agent and the extensions report.

Pairs of code and display text are recorded; `starting`, `stopping`, `deallocating` and all of
`vmHealth` are from documentation (page "Using Application Health extension").
"""

import json

from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.payloads.boot_diagnostics import diagnostics_view
from vmss_tui.simulator.payloads.maintenance import maintenance_status
from vmss_tui.simulator.payloads.observation import Observation
from vmss_tui.simulator.world.instance import HEALTH_EXTENSION_TYPES, Instance, InstanceState
from vmss_tui.simulator.world.scale_set import ScaleSet, os_disk_name
from vmss_tui.simulator.world.simulated_time import timestamp

_HEALTH_TEXT = {
    "healthy": ("Info", "The VM is reporting itself as healthy"),
    "unhealthy": ("Warning", "The VM is reporting itself as unhealthy"),
    "initializing": ("Info", "The VM is reporting itself as initializing"),
    "unknown": ("Warning", "The VM health is unknown"),
}
PROVISIONING_TEXT = {
    "Succeeded": "Provisioning succeeded",
    "Failed": "Provisioning failed",
}
"""Provisioning states that have ended → display text."""


def instance_view_body(scale_set: ScaleSet, instance: Instance, observation: Observation) -> Json:
    """The instance view; without agent, computer name and OS where nothing reports them.

    A Flexible machine's view has no domains (documentation page "Fault domains").
    """
    state = observation.state
    view: Json = {}
    if not scale_set.flexible:
        view = {
            "placementGroupId": instance.placement_group,
            "platformUpdateDomain": instance.update_domain,
            "platformFaultDomain": instance.fault_domain,
        }
    os = state.build.os
    if state.agent is not None:
        view |= {
            "computerName": instance.computer_name,
            "osName": os.name,
            "osVersion": os.version,
            "vmAgent": _agent(state),
        }
    maintenance = maintenance_status(state.maintenance)
    if maintenance is not None:
        view["maintenanceRedeployStatus"] = maintenance
    view["disks"] = [
        {
            "name": os_disk_name(scale_set, instance, state.disk),
            "statuses": [_succeeded(state.settled_at)],
        }
    ]
    if state.agent is not None and state.model.extensions:
        view["extensions"] = _extensions(state)
    diagnostics = diagnostics_view(state.model, instance)
    if diagnostics is not None:
        view["bootDiagnostics"] = diagnostics
    if state.health is not None and state.agent is not None and observation.reports_health:
        level, text = _HEALTH_TEXT[state.health]
        view["vmHealth"] = {
            "status": {
                "code": f"HealthState/{state.health}",
                "level": level,
                "displayStatus": text,
                "time": timestamp(state.health_at),
            }
        }
    view["hyperVGeneration"] = os.generation
    view["statuses"] = [_provisioning(state), _power(state)]
    return view


def _agent(state: InstanceState) -> Json:
    ready = state.agent == "Ready"
    status = {
        "code": "ProvisioningState/succeeded" if ready else "ProvisioningState/Unavailable",
        "level": "Info" if ready else "Warning",
        "displayStatus": "Ready" if ready else "Not Ready",
        "message": "Guest Agent is running"
        if ready
        else "VM status blob is found but not yet populated.",
        "time": timestamp(state.agent_at),
    }
    handlers = [
        {
            "type": _handler(extension),
            "typeHandlerVersion": _version(extension),
            "status": {
                "code": "ProvisioningState/succeeded",
                "level": "Info",
                "displayStatus": "Ready",
            },
        }
        for extension in state.model.extensions
        if ready
    ]
    return {"vmAgentVersion": "2.11.1.4", "statuses": [status], "extensionHandlers": handlers}


def _extensions(state: InstanceState) -> list[Json]:
    return [_extension(extension, state) for extension in state.model.extensions]


def _extension(extension: Json, state: InstanceState) -> Json:
    result: Json = {
        "name": extension["name"],
        "type": _handler(extension),
        "typeHandlerVersion": _version(extension),
    }
    is_health = extension.get("properties", {}).get("type") in HEALTH_EXTENSION_TYPES
    if is_health and state.health is not None:
        result["substatuses"] = [
            {
                "code": f"ComponentStatus/AppHealthStatus/{state.health}",
                "level": "Info",
                "displayStatus": "Provisioning succeeded",
                "message": f"Application found to be {state.health}",
            }
        ]
        if state.metrics is not None:
            result["substatuses"].append(
                {
                    "code": "ComponentStatus/CustomMetrics/succeeded",
                    "level": "Info",
                    "displayStatus": "Provisioning succeeded",
                    "message": json.dumps(state.metrics),
                }
            )
    failed = state.failure is not None and "Extension" in state.failure[0] and not is_health
    result["statuses"] = [
        {
            "code": "ProvisioningState/failed/1" if failed else "ProvisioningState/succeeded",
            "level": "Error" if failed else "Info",
            "displayStatus": "Provisioning failed" if failed else "Provisioning succeeded",
            "message": state.failure[1]
            if failed and state.failure
            else f"[{_version(extension)}] Enable succeeded.",
        }
    ]
    return result


def _handler(extension: Json) -> str:
    properties: Json = extension.get("properties", {})
    return f"{properties.get('publisher', '')}.{properties.get('type', '')}"


def _version(extension: Json) -> str:
    return f"{extension.get('properties', {}).get('typeHandlerVersion', '1.0')}.14"


def _succeeded(at: float) -> Json:
    return {
        "code": "ProvisioningState/succeeded",
        "level": "Info",
        "displayStatus": "Provisioning succeeded",
        "time": timestamp(at),
    }


def _provisioning(state: InstanceState) -> Json:
    code = f"ProvisioningState/{state.provisioning.lower()}"
    if state.provisioning == "Failed" and state.failure is not None:
        return {
            "code": f"{code}/{state.failure[0]}",
            "level": "Error",
            "displayStatus": "Provisioning failed",
            "message": state.failure[1],
            "time": timestamp(state.settled_at),
        }
    text = PROVISIONING_TEXT.get(state.provisioning, state.provisioning)
    status: Json = {"code": code, "level": "Info", "displayStatus": text}
    if state.provisioning in PROVISIONING_TEXT:
        status["time"] = timestamp(state.settled_at)
    return status


def _power(state: InstanceState) -> Json:
    return {
        "code": f"PowerState/{state.power}",
        "level": "Info",
        "displayStatus": f"VM {state.power}",
    }

"""Planned maintenance of an instance, as its view announces it.

A finished one stays in the view (recorded: vm-instanceView-maintenanceRedeployStatus-completed), so
that the presence of the status does not mean that anything is planned. The windows of a planned one
follow the SDK's model `MaintenanceRedeployStatus`.
"""

from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.world.simulated_time import timestamp

MAINTENANCE_STATES = ("", "pending", "scheduled", "completed")
"""`pending`: its owner may start it; `scheduled`: Azure does, that window has begun."""

_DAY = 86_400.0
_MESSAGES = {
    "completed": "Maintenance Redeploy operation on the Virtual Machine was successfully completed."
}


def maintenance_status(state: str) -> Json | None:
    """`maintenanceRedeployStatus`; None where nothing was ever planned."""
    if state == "completed":
        return {
            "isCustomerInitiatedMaintenanceAllowed": False,
            "lastOperationResultCode": "MaintenanceCompleted",
            "lastOperationMessage": _MESSAGES[state],
        }
    if state not in ("pending", "scheduled"):
        return None
    shift = 0.0 if state == "pending" else -36 * _DAY
    windows = {
        "preMaintenanceWindowStartTime": -2 * _DAY,
        "preMaintenanceWindowEndTime": 33 * _DAY,
        "maintenanceWindowStartTime": 33 * _DAY,
        "maintenanceWindowEndTime": 40 * _DAY,
    }
    return {
        "isCustomerInitiatedMaintenanceAllowed": state == "pending",
        **{key: timestamp(seconds + shift) for key, seconds in windows.items()},
        "lastOperationResultCode": "None",
    }

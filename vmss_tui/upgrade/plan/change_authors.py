"""Which requests of others can explain why a run halted or paused. Pure.

Names of operations are those of the Activity Log, such as
`Microsoft.Compute/virtualMachineScaleSets/write`; they are compared without case.
"""

from vmss_tui.upgrade import events as ev

HALT_REASONS = {"drift": "drift", "gone": "gone", "busy": "foreign"}
"""Reason of a halt that others have caused -> the `reason` of `explains`."""
_READ_OPERATIONS = ("/read", "retrievebootdiagnosticsdata/action", "/listkeys/action")
_DELETIONS = ("/delete", "/delete/action", "scaledown/action", "scaledownresult/action")
_MODEL_PARTS = ("virtualmachineprofile", "sku.name", "sku.tier", "plan", "zones", "upgradepolicy")
"""In the paths of properties that a run is halted for."""


def explains(reason: str, operation: str) -> bool:
    """Whether an operation can be the cause; unknown ones can."""
    name = operation.lower()
    if name.endswith(_READ_OPERATIONS):
        return False
    match reason:
        case "drift":
            return name.endswith(
                ("virtualmachinescalesets/write", "virtualmachinescalesets/delete")
            )
        case "gone":
            return name.endswith(_DELETIONS)
        case "capacity":
            scales = "autoscale" in name or name.endswith("virtualmachinescalesets/write")
            return scales or name.endswith(_DELETIONS)
    return not name.endswith("virtualmachinescalesets/write")


def changes_model(author: ev.Author) -> bool:
    """Whether it has changed what a run compares, and not only tags or the capacity."""
    return any(part in path.lower() for path, _, _ in author.properties for part in _MODEL_PARTS)

"""The names of operations as roles and the Activity Log have them: `Microsoft.Compute/…/write`.

They are made of the pattern of a route, so that their case does not depend on the request's.
"""

_VERBS = {"GET": "read", "HEAD": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete"}
_CASE = {
    "manualupgrade": "manualUpgrade",
    "poweroff": "powerOff",
    "reimageall": "reimageAll",
    "performmaintenance": "performMaintenance",
}
_READS = {"microsoft.resourcegraph/resources/action": "Microsoft.ResourceGraph/resources/read"}
_SETS = "Microsoft.Compute/virtualMachineScaleSets"
LABELS = {
    f"{_SETS}/write": "Create or Update Virtual Machine Scale Set",
    f"{_SETS}/delete": "Delete Virtual Machine Scale Set",
    f"{_SETS}/delete/action": "Delete Virtual Machines in a Virtual Machine Scale Set",
    f"{_SETS}/manualUpgrade/action": "Manual Upgrade Virtual Machine Scale Set",
    f"{_SETS}/restart/action": "Restart Virtual Machine Scale Set",
    f"{_SETS}/start/action": "Start Virtual Machine Scale Set",
    f"{_SETS}/powerOff/action": "Power Off Virtual Machine Scale Set",
    f"{_SETS}/deallocate/action": "Deallocate Virtual Machine Scale Set",
    f"{_SETS}/reimage/action": "Reimage Virtual Machine Scale Set",
    f"{_SETS}/redeploy/action": "Redeploy Virtual Machine Scale Set",
    f"{_SETS}/osRollingUpgrade/action": "Start OS Rolling Upgrade",
    f"{_SETS}/virtualMachines/write": "Update a Virtual Machine in a VM Scale Set",
    f"{_SETS}/virtualMachines/deallocate/action": (
        "Deallocate a Virtual Machine instance in a Virtual Machine Scale Set"
    ),
    f"{_SETS}/virtualMachines/delete": "Delete Virtual Machine in a Virtual Machine Scale Set",
    f"{_SETS}/virtualMachines/runCommand/action": (
        "Run Command on a Virtual Machine instance in a Virtual Machine Scale Set"
    ),
    f"{_SETS}/virtualMachines/retrieveBootDiagnosticsData/action": (
        "Retrieve boot diagnostics data of Virtual Machine instance in a VM Scale Set"
    ),
    "Microsoft.Insights/AutoscaleSettings/Scaleup/Action": "Autoscale scale up initiated",
    "Microsoft.Insights/AutoscaleSettings/Scaledown/Action": "Autoscale scale down initiated",
}
"""Operation → its label; the label of any other operation is its name."""


def operation_name(method: str, pattern: tuple[str, ...]) -> str:
    """The operation of a method and the segments of a route; names are `{name}` there."""
    if "providers" not in pattern:
        return f"Microsoft.Resources/{'/'.join(_types(pattern))}/{_VERBS.get(method, 'action')}"
    start = len(pattern) - pattern[::-1].index("providers")
    namespace, *rest = pattern[start:] or ("Microsoft.Resources",)
    if method == "POST" and rest and not rest[-1].startswith("{"):
        *rest, last = rest
        suffix = f"{_CASE.get(last, last)}/action"
    else:
        suffix = _VERBS.get(method, "action")
    name = "/".join([namespace, *_types(rest), suffix])
    return _READS.get(name.lower(), name)


def operation_scope(method: str, pattern: tuple[str, ...], segments: list[str]) -> str:
    """The id of the resource that a request is about: its path without an action or a list."""
    pairs = zip(pattern, segments, strict=True)
    path = [segment if name.startswith("{") else name for name, segment in pairs]
    if not pattern[-1].startswith("{") and len(pattern) > 1:
        path = path[:-1]
    return f"/{'/'.join(path)}"


def _types(pattern: tuple[str, ...] | list[str]) -> list[str]:
    """Every other segment, from the first one on."""
    return list(pattern[::2])

"""The predefined run commands. RunShellScript is recorded, the others are those of the page "Run
scripts in your Linux VM" and its sister for Windows, shortened."""

from typing import Any

from vmss_tui.simulator import errors
from vmss_tui.simulator.errors import Json

_SCHEMA = "http://schema.management.azure.com/schemas/2016-11-17/runcommands.json"
_ARGUMENTS = [{"name": name, "type": "string", "required": False} for name in ("arg1", "arg2")]


def _document(name: str, os: str, label: str, description: str, *script: str, **more: Any) -> Json:
    return {
        "script": list(script),
        **more,
        "$schema": _SCHEMA,
        "id": name,
        "osType": os,
        "label": label,
        "description": description,
    }


DOCUMENTS: dict[str, Json] = {
    item["id"].lower(): item
    for item in (
        _document(
            "RunShellScript",
            "Linux",
            "Executes a Linux shell script",
            "Custom multiline shell script should be defined in script property. Optional "
            "parameters can be set in parameters property.",
            "echo This is a sample script",
            "echo Optional parameters: $0 $1",
            parameters=_ARGUMENTS,
        ),
        _document(
            "ifconfig",
            "Linux",
            "List network configuration",
            "Get the configuration of all network interfaces.",
            "ifconfig",
        ),
        _document(
            "RunPowerShellScript",
            "Windows",
            "Executes a PowerShell script",
            "Custom multiline PowerShell script should be defined in script property. Optional "
            "parameters can be set in parameters property.",
            "param([string]$arg1, [string]$arg2)",
            "Write-Host This is a sample script $arg1 $arg2",
            parameters=_ARGUMENTS,
        ),
        _document(
            "IPConfig",
            "Windows",
            "List IP configuration",
            "Shows detailed information for the IP address, subnet mask and default gateway for "
            "each adapter bound to TCP/IP.",
            "ipconfig /all",
        ),
    )
}
"""By id in lower case."""


def document(command: str) -> Json:
    """A predefined command. Raises ArmError (404) for an unknown one."""
    item = DOCUMENTS.get(command.lower())
    if item is None:
        raise errors.entity_not_found()
    return item

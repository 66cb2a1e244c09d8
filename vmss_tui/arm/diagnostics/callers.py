"""Who made a request, by the Activity Log and by Resource Graph."""

import re

from vmss_tui.gateway.diagnostics import CallerKind
from vmss_tui.text import cell

_CLIENTS = {
    "04b07795-8ddb-461a-bbee-02f9e1bf7b46": "Azure CLI",
    "c44b4083-3bb0-49c1-b47d-974e53cbdf3c": "Azure Portal",
    "1950a258-227b-4e31-a9cf-717495945fc2": "Azure PowerShell",
}
"""Ids of Microsoft's own applications that people sign in with."""
_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_CHANGE_KINDS = {
    "user": CallerKind.USER,
    "application": CallerKind.APPLICATION,
    "system": CallerKind.AZURE,
}


def client_name(application: object) -> str:
    """The name of a known application, or its id; empty where Azure does not say."""
    text = cell(application) if isinstance(application, str) else ""
    return _CLIENTS.get(text.lower(), text)


def caller_kind(caller: str) -> CallerKind:
    """By the form of the Activity Log's `caller`: a name, an id, or a provider of Azure's."""
    if "@" in caller:
        return CallerKind.USER
    if _ID.fullmatch(caller.lower()):
        return CallerKind.APPLICATION
    if caller.lower().startswith(("microsoft.", "azure ")) or caller.lower() == "system":
        return CallerKind.AZURE
    return CallerKind.UNKNOWN


def change_kind(kind: str, caller: str) -> CallerKind:
    """By `changedByType` of a change, and by its `changedBy` where that does not say."""
    return _CHANGE_KINDS.get(kind.lower()) or caller_kind(caller)

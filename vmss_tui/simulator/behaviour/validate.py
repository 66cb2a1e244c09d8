"""Whether a written body has objects where objects belong: refused before anything is touched."""

import re
from typing import Any

from vmss_tui.simulator.errors import ArmError, Json

_OBJECTS = frozenset(
    {
        "properties",
        "tags",
        "identity",
        "virtualMachineProfile",
        "storageProfile",
        "imageReference",
        "osDisk",
        "managedDisk",
        "osProfile",
        "networkProfile",
        "securityProfile",
        "extensionProfile",
        "upgradePolicy",
        "rollingUpgradePolicy",
        "automaticRepairsPolicy",
        "scaleInPolicy",
        "protectionPolicy",
    }
)
_TOP_OBJECTS = frozenset({"sku", "plan"})
"""Elsewhere these names are text."""
_LISTS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(
        ("extensions", "dataDisks", "networkInterfaceConfigurations", "ipConfigurations"), (dict,)
    ),
    **dict.fromkeys(("zones", "rules"), (str,)),
    "instanceIds": (str, int),  # numbers pass for text, as old clients send them (azurerm)
}
"""Lists, and of what."""
_NAMED = frozenset({"extensions", "networkInterfaceConfigurations"})
_NAME = re.compile(r"[^\W_][\w.()-]{0,89}", re.ASCII)
_TEXTS = frozenset(
    {
        "location",
        "mode",
        "publisher",
        "offer",
        "version",
        "computerNamePrefix",
        "pauseTimeBetweenBatches",
    }
)


def check_name_and_location(name: str, location: str) -> None:
    """Raises Azure's refusal of a name or a region that could be none."""
    if not _NAME.fullmatch(name):
        message = f"The Resource name '{name[:80]}' is invalid."
        raise ArmError(400, "InvalidResourceName", message)
    if not location.isascii() or not location.isalnum():
        message = f"The provided location '{location[:80]}' is not available for resource type."
        raise ArmError(400, "LocationNotAvailableForResourceType", message)


def check_body(body: Json, *, within: str = "") -> None:
    """Raises Azure's refusal of content that cannot be read; null passes everywhere."""
    for key, value in body.items():
        if value is None:
            continue
        here = _OBJECTS if within else _OBJECTS | _TOP_OBJECTS
        if key in here and not isinstance(value, dict):
            raise _unreadable(key, "an object")
        if key in _TEXTS and not isinstance(value, str):
            raise _unreadable(key, "a text")
        if key in _LISTS:
            _check_list(key, value)
        if within == "rollingUpgradePolicy" and key.endswith("Percent"):
            _check_percent(key, value)
        if isinstance(value, dict) and key != "settings":
            check_body(value, within=key)
        elif isinstance(value, list):
            for item in value:
                if isinstance(item, dict):
                    check_body(item, within=f"{key}[]")


def _check_list(key: str, value: Any) -> None:
    if not isinstance(value, list) or not all(
        isinstance(item, _LISTS[key]) and not isinstance(item, bool) for item in value
    ):
        raise _unreadable(key, "a list")
    if key in _NAMED and not all(isinstance(item.get("name"), str) for item in value):
        raise _unreadable(key, "a list of things with names")


def _check_percent(key: str, value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 100:
        message = f"The value of parameter {key} is out of range. It must be from 0 to 100."
        raise ArmError(400, "InvalidParameter", message, key)


def _unreadable(key: str, wanted: str) -> ArmError:
    message = (
        "The request content was invalid and could not be deserialized: "
        f"'{wanted} is expected at {key}'."
    )
    return ArmError(400, "InvalidRequestContent", message)

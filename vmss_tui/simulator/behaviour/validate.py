"""Validation of the types in a written body, before anything is changed."""

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
        "skuProfile",
        "extendedLocation",
    }
)
_TOP_LEVEL_OBJECTS = frozenset({"sku", "plan"})
"""Objects at the top level only; below it these names have text."""
_LISTS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(
        (
            "extensions",
            "dataDisks",
            "networkInterfaceConfigurations",
            "ipConfigurations",
            "vmSizes",
        ),
        (dict,),
    ),
    **dict.fromkeys(("zones", "rules"), (str,)),
    "instanceIds": (str, int),  # old clients send numbers instead of text (azurerm)
}
"""Lists, with the types of their items."""
_LISTS_OF_NAMED = frozenset({"extensions", "networkInterfaceConfigurations", "vmSizes"})
_NAME = re.compile(r"[^\W_][\w.()-]{0,89}", re.ASCII)
_GROUP_NAME = re.compile(r"[\w.()-]{0,89}[\w()-]")
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


def check_group_name(name: str) -> None:
    """Raises ArmError (400) for an invalid name of a resource group; letters of any script do."""
    if not _GROUP_NAME.fullmatch(name):
        message = f"The provided resource group name '{name[:90]}' is invalid."
        raise ArmError(400, "InvalidResourceGroup", message)


def check_location(location: str) -> None:
    """Raises ArmError (400) for an invalid region."""
    if not location.isascii() or not location.isalnum():
        message = f"The provided location '{location[:80]}' is not available for resource type."
        raise ArmError(400, "LocationNotAvailableForResourceType", message)


def check_name_and_location(name: str, location: str) -> None:
    """Raises ArmError (400) for an invalid resource name or region."""
    if not _NAME.fullmatch(name):
        message = f"The Resource name '{name[:80]}' is invalid."
        raise ArmError(400, "InvalidResourceName", message)
    check_location(location)


def check_body(body: Json, *, within: str = "") -> None:
    """Raises ArmError (400) for a value of a wrong type; null is accepted everywhere."""
    for key, value in body.items():
        if value is None:
            continue
        objects = _OBJECTS if within else _OBJECTS | _TOP_LEVEL_OBJECTS
        if key in objects and not isinstance(value, dict):
            raise _wrong_type(key, "an object")
        if key in _TEXTS and not isinstance(value, str):
            raise _wrong_type(key, "a text")
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
        raise _wrong_type(key, "a list")
    if key in _LISTS_OF_NAMED and not all(isinstance(item.get("name"), str) for item in value):
        raise _wrong_type(key, "a list of things with names")


def _check_percent(key: str, value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 100:
        message = f"The value of parameter {key} is out of range. It must be from 0 to 100."
        raise ArmError(400, "InvalidParameter", message, key)


def _wrong_type(key: str, expected: str) -> ArmError:
    message = (
        "The request content was invalid and could not be deserialized: "
        f"'{expected} is expected at {key}'."
    )
    return ArmError(400, "InvalidRequestContent", message)

"""The id of a scale set: subscription, resource group and name, checked against Azure's rules.

Names are used in request paths, so an invalid one is refused here, never corrected.
Source: "Naming rules and restrictions for Azure resources" (Microsoft.Resources,
Microsoft.Compute); ids of one resource differ in case between responses, so compare `key`.
"""

import re

from msgspec import Struct

from vmss_tui.errors import ExitCode, VmssError
from vmss_tui.fleet import resource_name

_SUBSCRIPTION = re.compile(resource_name.SUBSCRIPTION)
_GROUP = re.compile(resource_name.GROUP)
_NAME = re.compile(resource_name.SCALE_SET)
_INSTANCE = re.compile(resource_name.INSTANCE)
_RESOURCE_ID = re.compile(
    r"/subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)"
    r"/providers/Microsoft\.Compute/virtualMachineScaleSets/(?P<name>[^/]+)/?",
    re.IGNORECASE,
)


class BadName(VmssError, ValueError):
    """A name or id that no Azure resource can have; the message says what is allowed."""

    exit_code = ExitCode.USAGE


class ScaleSetId(Struct, frozen=True):
    """Identifies a scale set. Build it with `parse_resource_id` or `scale_set_id`."""

    subscription_id: str
    resource_group: str
    name: str

    @property
    def resource_id(self) -> str:
        """The full ARM resource id; upper and lower case as in its parts."""
        return (
            f"/subscriptions/{self.subscription_id}/resourceGroups/{self.resource_group}"
            f"/providers/Microsoft.Compute/virtualMachineScaleSets/{self.name}"
        )

    @property
    def key(self) -> str:
        """The lower-cased resource id: equal for every spelling of the same scale set."""
        return self.resource_id.lower()

    @property
    def short(self) -> str:
        """`resource-group/name`, as on the command line."""
        return f"{self.group_label}/{self.name}"

    @property
    def group_label(self) -> str:
        """The resource group for a person, in lower case: names are compared without regard to
        case, and Azure's lists write them in capitals where other answers do not."""
        return self.resource_group.lower()


def scale_set_id(subscription_id: str, resource_group: str, name: str) -> ScaleSetId:
    """Checks the three parts against Azure's naming rules; raises `BadName`."""
    if not _SUBSCRIPTION.fullmatch(subscription_id):
        raise BadName(f"{subscription_id!a} is not a subscription id (a GUID)")
    if not _GROUP.fullmatch(resource_group):
        raise BadName(
            f"{resource_group!a} is not a resource group name "
            "(up to 90 letters, digits, - _ . and parentheses, not ending in a dot)"
        )
    if not _NAME.fullmatch(name):
        raise BadName(
            f"{name!a} is not a scale set name "
            "(up to 64 letters, digits, - _ and dots, starting and ending with a letter or digit)"
        )
    return ScaleSetId(subscription_id, resource_group, name)


def split_scale_set(text: str) -> tuple[str | None, str, str]:
    """`RESOURCE_GROUP/NAME` or a full resource id -> (subscription or None, group, name)."""
    if match := _RESOURCE_ID.fullmatch(text):
        parts = match["subscription"], match["group"], match["name"]
        scale_set_id(*parts)
        return parts
    group, slash, name = text.partition("/")
    if text.startswith("/") or not slash or "/" in name or not group or not name:
        raise BadName(
            f"{text!a} is not a scale set: write RESOURCE_GROUP/NAME or a full resource id "
            "(/subscriptions/…/virtualMachineScaleSets/NAME)"
        )
    scale_set_id("00000000-0000-0000-0000-000000000000", group, name)
    return None, group, name


def parse_resource_id(text: str) -> ScaleSetId:
    """A full resource id -> its parts; raises `BadName` for anything else."""
    subscription, group, name = split_scale_set(text)
    if subscription is None:
        raise BadName(f"{text!a} is not a full resource id")
    return ScaleSetId(subscription, group, name)


def check_instance_id(text: str) -> str:
    """An instance id (digits in Uniform, a VM name in Flexible), or `BadName`."""
    if not _INSTANCE.fullmatch(text):
        raise BadName(f"{text!a} is not an instance id (digits, or a VM's name)")
    return text

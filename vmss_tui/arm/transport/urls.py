"""Builds request URLs. Every name in them is checked against Azure's grammar, then quoted."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote, unquote, urlsplit

from msgspec import Struct

from vmss_tui.arm.transport.pipeline import Origin
from vmss_tui.fleet import resource_name
from vmss_tui.fleet.scale_set_id import BadName, ScaleSetId, check_instance_id, scale_set_id
from vmss_tui.text import cell

COMPUTE_VERSION = "2026-04-01"
"""Scale sets, their machines, virtual machines, platform images (azure-mgmt-compute 39)."""
GALLERIES_VERSION = "2026-03-03"
SUBSCRIPTIONS_VERSION = "2022-12-01"
ACTIVITY_VERSION = "2015-04-01"
METRICS_VERSION = "2018-01-01"
RESOURCE_GRAPH_VERSION = "2021-03-01"
NETWORK_VERSION = "2018-10-01"
"""The only version in which azure-mgmt-network lists the network interfaces of instances."""


class ArmUrls(Struct, frozen=True):
    """Builds URLs below one endpoint, and checks those that Azure returns."""

    endpoint: str

    @property
    def origin(self) -> Origin:
        """The only origin that requests are sent to."""
        return Origin.of(self.endpoint)

    def url(
        self, path: str, version: str = COMPUTE_VERSION, query: Mapping[str, str] | None = None
    ) -> str:
        """An absolute URL; keys of the query stay literal (`$expand`), values are quoted."""
        pairs = {"api-version": version} | dict(query or {})
        encoded = "&".join(f"{key}={quote(value, safe='')}" for key, value in pairs.items())
        return f"{self.endpoint}{path}?{encoded}"

    def subscriptions(self) -> str:
        """All visible subscriptions."""
        return self.url("/subscriptions", SUBSCRIPTIONS_VERSION)

    def scale_sets(self, subscription_id: str) -> str:
        """The scale sets of a subscription."""
        scale_set_id(subscription_id, "group", "name")
        provider = "providers/Microsoft.Compute/virtualMachineScaleSets"
        return self.url(f"/subscriptions/{subscription_id}/{provider}")

    def scale_set(self, scale_set: ScaleSetId, action: str = "") -> str:
        """One scale set, or an action on it."""
        return self.url(_set_path(scale_set) + (f"/{action}" if action else ""))

    def instances(self, scale_set: ScaleSetId) -> str:
        """The instances of a Uniform set. Never with $select, which makes the response wrong."""
        return self.url(f"{_set_path(scale_set)}/virtualMachines", query=_WITH_VIEW)

    def flexible_machines(self, scale_set: ScaleSetId) -> str:
        """The VMs of a Flexible set: the group's VMs filtered by set, with instance views."""
        set_filter = f"'virtualMachineScaleSet/id' eq '{scale_set.resource_id}'"
        return self.url(f"{_machines_path(scale_set)}", query={"$filter": set_filter, **_WITH_VIEW})

    def instance(self, scale_set: ScaleSetId, instance_id: str, flexible: bool) -> str:
        """One instance with its instance view."""
        parent = (
            _machines_path(scale_set) if flexible else f"{_set_path(scale_set)}/virtualMachines"
        )
        return self.url(f"{parent}/{_instance_part(instance_id)}", query=_WITH_VIEW)

    def instance_action(
        self, scale_set: ScaleSetId, instance_id: str, action: str, flexible: bool
    ) -> str:
        """An action on one instance, by the path of the VM where the set is Flexible."""
        parent = (
            _machines_path(scale_set) if flexible else f"{_set_path(scale_set)}/virtualMachines"
        )
        return self.url(f"{parent}/{_instance_part(instance_id)}/{action}")

    def activity(self, subscription_id: str, condition: str) -> str:
        """The events of a subscription's Activity Log for a filter."""
        scale_set_id(subscription_id, "group", "name")
        provider = "providers/Microsoft.Insights/eventtypes/management/values"
        path = f"/subscriptions/{subscription_id}/{provider}"
        return self.url(path, ACTIVITY_VERSION, {"$filter": condition})

    def metrics(self, resource_id: str, name: str, aggregation: str, timespan: str) -> str:
        """One metric of a resource by the minute; raises `BadName` for what is no resource id."""
        if not _RESOURCE_ID.fullmatch(resource_id):
            raise BadName(f"{resource_id[:300]!a} is no resource id")
        query = {
            "metricnames": name.replace(",", "%2"),  # how Azure Monitor escapes a comma
            "aggregation": aggregation,
            "interval": "PT1M",
            "timespan": timespan,
        }
        path = f"{quote(resource_id)}/providers/Microsoft.Insights/metrics"
        return self.url(path, METRICS_VERSION, query)

    def resource_graph(self) -> str:
        """Queries of Azure Resource Graph."""
        path = "/providers/Microsoft.ResourceGraph/resources"
        return self.url(path, RESOURCE_GRAPH_VERSION)

    def set_instance(self, scale_set: ScaleSetId, instance_id: str) -> str:
        """One instance by its path in the scale set, which a Flexible VM has, too."""
        return self.url(f"{_set_path(scale_set)}/virtualMachines/{_instance_part(instance_id)}")

    def network_interfaces(self, scale_set: ScaleSetId, instance_id: str) -> str:
        """The network interfaces of one instance of a Uniform set."""
        instance = f"{_set_path(scale_set)}/virtualMachines/{_instance_part(instance_id)}"
        return self.url(f"{instance}/networkInterfaces", NETWORK_VERSION)

    def network_resource(self, resource_id: str) -> str:
        """A network interface or public address by its resource id; raises `BadName` for others."""
        if not _NETWORK_ID.fullmatch(resource_id):
            raise BadName(f"{resource_id[:300]!a} is neither a NIC nor a public IP address")
        return self.resource(resource_id, NETWORK_VERSION)

    def resource(self, path: str, version: str) -> str:
        """A resource by its id, or a list below it; names in it may hold letters of any script."""
        return self.url(quote(path), version)

    def is_next_page(self, first: str, next_link: str) -> bool:
        """Whether `next_link`, from a page of `first`, has the same origin and path."""
        return self.origin.serves(next_link) and _path(first) == _path(next_link)

    def host_of(self, url: str) -> str:
        """The host of a URL from Azure, for an error message."""
        try:
            return cell(urlsplit(url).hostname or "nowhere", 100)
        except ValueError:
            return "nowhere"

    def is_operation(self, url: str) -> bool:
        """Whether this is an operation's URL: our host, below a subscription, no dot segments."""
        path = _path(url)
        return (
            url.isascii()
            and url.isprintable()
            and self.origin.serves(url)
            and path.startswith("/subscriptions/")
            and not any(part in (".", "..") for part in path.split("/"))
        )


_NETWORK_ID = re.compile(resource_name.NETWORK_ID, re.IGNORECASE)
_RESOURCE_ID = re.compile(r"/subscriptions(?:/[\w.()\-]{1,260}){1,30}", re.IGNORECASE | re.ASCII)
_WITH_VIEW = {"$expand": "instanceView"}


def check_instance_ids(instance_ids: Sequence[str]) -> list[str]:
    """The distinct ids for a write; raises `BadName` for none, or an invalid one such as `*`."""
    if isinstance(instance_ids, str) or not instance_ids:
        raise BadName("a write needs explicit instance ids")
    return list(dict.fromkeys(check_instance_id(instance_id) for instance_id in instance_ids))


def _instance_part(instance_id: str) -> str:
    return quote(check_instance_id(instance_id), safe="")


def _set_path(scale_set: ScaleSetId) -> str:
    scale_set_id(scale_set.subscription_id, scale_set.resource_group, scale_set.name)
    provider = "providers/Microsoft.Compute/virtualMachineScaleSets"
    return f"{_group_path(scale_set)}/{provider}/{quote(scale_set.name)}"


def _machines_path(scale_set: ScaleSetId) -> str:
    scale_set_id(scale_set.subscription_id, scale_set.resource_group, scale_set.name)
    return f"{_group_path(scale_set)}/providers/Microsoft.Compute/virtualMachines"


def _group_path(scale_set: ScaleSetId) -> str:
    group = quote(scale_set.resource_group, safe="")
    return f"/subscriptions/{scale_set.subscription_id}/resourceGroups/{group}"


def _path(url: str) -> str:
    """The decoded path in lower case; empty for what is not a URL."""
    try:
        return unquote(urlsplit(url).path).rstrip("/").lower()
    except ValueError:
        return ""

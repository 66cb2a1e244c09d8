"""The defaults that Azure adds to a scale set's body (recorded: requests and responses of
`vmss-create-201` and `flow-rolling-os-upgrade`)."""

from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.world.instance import MIX

ROLLING_POLICY: Json = {
    "maxBatchInstancePercent": 20,
    "maxUnhealthyInstancePercent": 20,
    "maxUnhealthyUpgradedInstancePercent": 20,
    "pauseTimeBetweenBatches": "PT0S",
}
_MODES = {"manual": "Manual", "automatic": "Automatic", "rolling": "Rolling"}


def with_defaults(body: Json) -> Json:
    """A copy of a written body with the defaults of its missing properties."""
    properties: Json = {**_set_defaults(body), **body.get("properties", {})}
    if "upgradePolicy" in properties:
        properties["upgradePolicy"] = _upgrade_policy(properties["upgradePolicy"])
    repairs = properties.get("automaticRepairsPolicy")
    if repairs is not None:
        filled = {"gracePeriod": "PT10M", "repairAction": "Replace", **repairs}
        properties["automaticRepairsPolicy"] = filled
    profile = properties.get("virtualMachineProfile")
    if profile is not None:
        properties["virtualMachineProfile"] = _machine_profile(profile)
    filled = {**body, "properties": properties}
    if body.get("sku", {}).get("name") == MIX:
        filled["sku"] = {key: value for key, value in body["sku"].items() if key != "tier"}
    return filled


def _set_defaults(body: Json) -> Json:
    properties: Json = body.get("properties", {})
    if properties.get("orchestrationMode") == "Flexible":
        empty: Json = {"singlePlacementGroup": False, "platformFaultDomainCount": 1}
        if "virtualMachineProfile" not in properties:
            return empty
        policy = {"upgradePolicy": {"mode": "Manual"}, "constrainedMaximumCapacity": False}
        return {**empty, **policy}
    return {
        "singlePlacementGroup": True,
        "orchestrationMode": "Uniform",
        "upgradePolicy": {"mode": "Manual"},
        "overprovision": True,
        "doNotRunExtensionsOnOverprovisionedVMs": False,
        "platformFaultDomainCount": 1 if body.get("zones") else 5,
    }


def _upgrade_policy(policy: Json) -> Json:
    mode = str(policy.get("mode", "Manual"))
    policy = {**policy, "mode": _MODES.get(mode.lower(), mode)}
    if policy["mode"] == "Rolling":
        written = policy.get("rollingUpgradePolicy", {})
        policy["rollingUpgradePolicy"] = {**ROLLING_POLICY, **written}
    return policy


def _machine_profile(profile: Json) -> Json:
    filled = dict(profile)
    if "osProfile" in profile:
        filled["osProfile"] = _os_profile(profile["osProfile"])
    network = profile.get("networkProfile", {})
    interfaces = network.get("networkInterfaceConfigurations")
    if interfaces:
        interfaces = [_network_interface(interface) for interface in interfaces]
        filled["networkProfile"] = {**network, "networkInterfaceConfigurations": interfaces}
    return filled


def _os_profile(profile: Json) -> Json:
    filled = {
        **profile,
        "secrets": profile.get("secrets", []),
        "allowExtensionOperations": profile.get("allowExtensionOperations", True),
        "requireGuestProvisionSignal": profile.get("requireGuestProvisionSignal", True),
    }
    for key in ("linuxConfiguration", "windowsConfiguration"):
        if isinstance(profile.get(key), dict):
            filled[key] = {"provisionVMAgent": True, **profile[key]}
    return filled


def _network_interface(interface: Json) -> Json:
    properties: Json = {
        "primary": True,
        "disableTcpStateTracking": False,
        "dnsSettings": {"dnsServers": []},
        "enableIPForwarding": False,
        **interface.get("properties", {}),
    }
    configurations = properties.get("ipConfigurations")
    if isinstance(configurations, list):
        properties["ipConfigurations"] = [_ip_configuration(item) for item in configurations]
    return {**interface, "properties": properties}


def _ip_configuration(configuration: Json) -> Json:
    properties = {"privateIPAddressVersion": "IPv4", **configuration.get("properties", {})}
    return {**configuration, "properties": properties}

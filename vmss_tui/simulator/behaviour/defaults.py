"""What Azure adds by itself to a scale set that is written without it (recorded: `vmss-create-201`
and `flow-rolling-os-upgrade`, request and answer side by side)."""

from vmss_tui.simulator.errors import Json

ROLLING_POLICY: Json = {
    "maxBatchInstancePercent": 20,
    "maxUnhealthyInstancePercent": 20,
    "maxUnhealthyUpgradedInstancePercent": 20,
    "pauseTimeBetweenBatches": "PT0S",
}
_MODES = {"manual": "Manual", "automatic": "Automatic", "rolling": "Rolling"}


def with_defaults(body: Json) -> Json:
    """A written body as it is kept, with all that was left out filled in."""
    properties: Json = {**_set_defaults(body), **body.get("properties", {})}
    if "upgradePolicy" in properties:
        properties["upgradePolicy"] = _policy(properties["upgradePolicy"])
    repairs = properties.get("automaticRepairsPolicy")
    if repairs is not None:
        filled = {"gracePeriod": "PT10M", "repairAction": "Replace", **repairs}
        properties["automaticRepairsPolicy"] = filled
    profile = properties.get("virtualMachineProfile")
    if profile is not None:
        properties["virtualMachineProfile"] = _profile(profile)
    return {**body, "properties": properties}


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


def _policy(policy: Json) -> Json:
    mode = str(policy.get("mode", "Manual"))
    policy = {**policy, "mode": _MODES.get(mode.lower(), mode)}
    if policy["mode"] == "Rolling":
        given = policy.get("rollingUpgradePolicy", {})
        policy["rollingUpgradePolicy"] = {**ROLLING_POLICY, **given}
    return policy


def _profile(profile: Json) -> Json:
    filled = dict(profile)
    if "osProfile" in profile:
        filled["osProfile"] = _os_profile(profile["osProfile"])
    network = profile.get("networkProfile", {})
    cards = network.get("networkInterfaceConfigurations")
    if cards:
        cards = [_card(each) for each in cards]
        filled["networkProfile"] = {**network, "networkInterfaceConfigurations": cards}
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


def _card(card: Json) -> Json:
    properties: Json = {
        "primary": True,
        "disableTcpStateTracking": False,
        "dnsSettings": {"dnsServers": []},
        "enableIPForwarding": False,
        **card.get("properties", {}),
    }
    addresses = properties.get("ipConfigurations")
    if isinstance(addresses, list):
        properties["ipConfigurations"] = [_address(each) for each in addresses]
    return {**card, "properties": properties}


def _address(address: Json) -> Json:
    properties = {"privateIPAddressVersion": "IPv4", **address.get("properties", {})}
    return {**address, "properties": properties}

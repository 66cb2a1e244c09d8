"""The simulator's responses to recorded requests have the shape of the recorded ones.

That is the same status, at least the same headers, and bodies with the same keys and types.
The few exceptions are listed here with their reasons. The recordings: `data/exchanges`, without
those that `test_recorded_diagnosis` compares, and without those of images and API versions that
the simulator does not have, whose decoding `test_preflight_reads` tests.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulator.payloads.diagnosis_stems import DIAGNOSIS_STEMS
from tests.simulator.payloads.exchange_replay import ExchangeReplay, load_exchanges
from tests.simulator.payloads.json_shape import shape_differences, state_values
from tests.support.paths import EXCHANGES
from vmss_tui.simulator.server import Simulator

NOT_SIMULATED = {
    "compute-usages-westus",
    "flow-marketplace-terms-accept",
    "skus-2017-restrictions",
    "vmimage-version-get-features-2026",
}
STEMS = sorted({path.stem for path in EXCHANGES.glob("*.json")} - DIAGNOSIS_STEMS - NOT_SIMULATED)

_SERVICE_2019 = "the service of 2019, whatever the api-version"
_EXAMPLE = "an example of a specification, not recorded"
_RAW_FLOW = "flow-raw-retry-after-create-patch-manualupgrade"
_CREATED = "vmss-create-201-retry-after-10"
_PATCHED = "vmss-patch-200-retry-after-10"
_LISTED = "spec-vmss-list-by-location"
_BLOB_PUT = "spec-vmss-put-unmanaged-custom-image-blob"
_PROFILE = ".properties.virtualMachineProfile"
_INTERFACE = "networkInterfaceConfigurations[].properties"
_SET_INTERFACE = f"{_PROFILE}.networkProfile.{_INTERFACE}"
_VM_INTERFACE = f".value[].properties.networkProfileConfiguration.{_INTERFACE}"
_VIEW = ".value[].properties.instanceView"
_ADDRESS = "ipConfigurations[].properties"
_VM_DISKS = ".value[].properties.storageProfile"
EXCEPTIONS: dict[tuple[str, str], str] = {
    ("flow-latestModelApplied-flip-after-model-put", f"{_PROFILE}.userData"): (
        "the request emptied it, which scrubbing hides"
    ),
    ("vms-list-select-expand-instanceView", f"{_VIEW}.extensions"): (
        "of disk encryption, which is not simulated"
    ),
    ("vms-list-select-expand-instanceView", f"{_VIEW}.disks[].encryptionSettings"): (
        "of disk encryption, which is not simulated"
    ),
    (_CREATED, ".properties.orchestrationMode"): _SERVICE_2019,
    (_CREATED, f"{_SET_INTERFACE}.disableTcpStateTracking"): _SERVICE_2019,
    (_CREATED, f"{_SET_INTERFACE}.enableAcceleratedNetworking"): _SERVICE_2019,
    (_PATCHED, ".properties.orchestrationMode"): _SERVICE_2019,
    (_PATCHED, f"{_SET_INTERFACE}.disableTcpStateTracking"): _SERVICE_2019,
    (_RAW_FLOW, ".properties.orchestrationMode"): _SERVICE_2019,
    (_RAW_FLOW, f"{_SET_INTERFACE}.disableTcpStateTracking"): _SERVICE_2019,
    (_RAW_FLOW, f"{_SET_INTERFACE}.enableAcceleratedNetworking"): _SERVICE_2019,
    (_RAW_FLOW, f"{_VM_INTERFACE}.disableTcpStateTracking"): _SERVICE_2019,
    (_RAW_FLOW, f"{_VM_INTERFACE}.enableAcceleratedNetworking"): _SERVICE_2019,
    (_RAW_FLOW, ".value[].properties.hardwareProfile.vmSize"): _SERVICE_2019,
    (_RAW_FLOW, f"{_VM_DISKS}.dataDisks"): _SERVICE_2019,
    (_RAW_FLOW, f"{_VM_DISKS}.imageReference.exactVersion"): _SERVICE_2019,
    (_RAW_FLOW, f"{_VM_DISKS}.osDisk.diskSizeGB"): _SERVICE_2019,
    (_BLOB_PUT, "status"): _EXAMPLE,
    (_LISTED, ".value[].properties.orchestrationMode"): _EXAMPLE,
    (_LISTED, ".value[].properties.uniqueId"): _EXAMPLE,
    (_LISTED, f".value[]{_SET_INTERFACE}.disableTcpStateTracking"): _EXAMPLE,
    (_LISTED, f".value[]{_SET_INTERFACE}.dnsSettings"): _EXAMPLE,
    (_LISTED, f".value[]{_SET_INTERFACE}.enableIPForwarding"): _EXAMPLE,
    (_LISTED, f".value[]{_SET_INTERFACE}.{_ADDRESS}.privateIPAddressVersion"): _EXAMPLE,
    (_LISTED, f".value[]{_PROFILE}.osProfile.allowExtensionOperations"): _EXAMPLE,
    (_LISTED, f".value[]{_PROFILE}.osProfile.linuxConfiguration.provisionVMAgent"): _EXAMPLE,
    (_LISTED, f".value[]{_PROFILE}.osProfile.requireGuestProvisionSignal"): _EXAMPLE,
    (_LISTED, f".value[]{_PROFILE}.osProfile.secrets"): _EXAMPLE,
}
"""(recording, key) → why the simulator's response differs from the recorded one."""
MIN_SHARE = 0.95
"""The share of all exchanges that have no exception."""
IGNORED_HEADERS = {"date", "content-type", "x-ms-ratelimit-remaining-subscription-reads"}
"""Headers that the server adds itself, or has under a later name."""

HEALTH_EXTENSION = {
    "name": "health",
    "properties": {
        "publisher": "Microsoft.ManagedServices",
        "type": "ApplicationHealthLinux",
        "typeHandlerVersion": "1.0",
    },
}

DIFFERENCES: dict[str, list[list[str]]] = {}
"""By recording; each is replayed once in a process."""


def recording_differences(stem: str) -> list[list[str]]:
    """The differences of each exchange of a recording."""
    if stem not in DIFFERENCES:
        with Simulator("empty", speed=0, throttling=False) as simulator:
            replay = ExchangeReplay(simulator, load_exchanges(stem))
            replay.prepare()
            start_recorded_work(replay, stem)
            DIFFERENCES[stem] = [
                list(exchange_differences(replay, exchange)) for exchange in replay.exchanges
            ]
    return DIFFERENCES[stem]


def exchange_differences(replay: ExchangeReplay, exchange: Any) -> Iterator[str]:
    """Describes what the response to a recorded request has unlike the recorded one."""
    response, recorded = replay.repeat(exchange), exchange["response"]
    if response.status_code != recorded["status"]:
        status = response.status_code
        yield f"status is {status}, should be {recorded['status']}: {response.text[:300]}"
        return
    names = {name.lower() for name in recorded["headers"]} - IGNORED_HEADERS
    for name in sorted(names - {name.lower() for name in response.headers}):
        yield f"header {name} is missing"
    body = response.json() if response.content else None
    if state_values(body) != state_values(recorded["body"]):
        yield f"states are {state_values(body)}, should be {state_values(recorded['body'])}"
    yield from shape_differences(recorded["body"], body)


@pytest.mark.parametrize("stem", STEMS)
def test_a_recorded_exchange_is_answered_in_the_same_shape(stem: str) -> None:
    for number, differences in enumerate(recording_differences(stem)):
        unexpected = [text for text in differences if (stem, text.split()[0]) not in EXCEPTIONS]
        assert unexpected == [], f"{stem} #{number}"


def test_nearly_every_exchange_is_equal_and_each_exception_is_needed() -> None:
    exchanges = [(stem, texts) for stem in STEMS for texts in recording_differences(stem)]
    different = {(stem, text.split()[0]) for stem, texts in exchanges for text in texts}
    assert different == set(EXCEPTIONS)
    equal = sum(not texts for _, texts in exchanges)
    share = equal / len(exchanges)
    print(  # noqa: T201
        f"{equal} of {len(exchanges)} exchanges in {len(STEMS)} recordings are equal: {share:.1%}; "
        f"{len(EXCEPTIONS)} exceptions in {len({stem for stem, _ in EXCEPTIONS})} recordings"
    )
    assert share >= MIN_SHARE


def start_recorded_work(replay: ExchangeReplay, stem: str) -> None:
    """Starts the work that was in progress when a recording began."""
    group = f"/subscriptions/{replay.simulator.subscription_id}/resourceGroups/empty-rg"
    empty_set = f"{group}/providers/Microsoft.Compute/virtualMachineScaleSets/empty-vmss"
    first = replay.path(replay.exchanges[0])
    scale_set = first.split("/virtualMachines/")[0].split("/rollingUpgrades")[0]
    if stem == "doc-429-compute-throttle-classic":
        replay.simulator.world.throttle.enabled = True
        for _ in range(30):
            replay.send("GET", first, "")
    elif stem == "doc-asyncop-failed-rolling-unhealthy":
        replay.simulator.world.faults.add({"instance": "never_healthy"})
        replay.create_set(rolling_set := empty_set.replace("empty-vmss", "rolled"))
        rolling: Any = {"properties": {"upgradePolicy": {"mode": "Rolling"}}}
        replay.send("PATCH", rolling_set, "", rolling)
        with_health: Any = {"extensionProfile": {"extensions": [HEALTH_EXTENSION]}}
        body: Any = {"properties": {"virtualMachineProfile": with_health}}
        replay.operation = dict(replay.send("PATCH", rolling_set, "", body).headers)
    elif stem == "doc-osUpgradeHistory-one-entry":
        replay.send("POST", f"{first.rsplit('/', 1)[0]}/osRollingUpgrade", "")
        replay.simulator.clock.advance(600)
    elif stem == "asyncop-first-poll-retry-after-37":
        replay.operation = dict(replay.send("PATCH", empty_set, "", {"tags": {}}).headers)
    elif stem.startswith("asyncop-"):
        replay.operation = dict(replay.send("POST", f"{empty_set}/restart", "").headers)
    elif stem == "doc-409-concurrent-request":
        profile = {"osProfile": {"adminUsername": "other"}}
        body = {"properties": {"virtualMachineProfile": profile}}
        replay.send("PATCH", first.rsplit("/", 1)[0], "", body)
        replay.send("POST", f"{first.rsplit('/', 1)[0]}/restart", "")
    elif stem == "vm-get-protectionpolicy-after":
        policy = {"protectFromScaleIn": True, "protectFromScaleSetActions": True}
        replay.send("PUT", first, "", {"properties": {"protectionPolicy": policy}})
    elif stem in ("vm-instanceView-stopped", "vm-instanceView-deallocated"):
        action = "poweroff" if stem.endswith("stopped") else "deallocate"
        replay.send("POST", f"{scale_set}/{action}", "")
    elif "rollingUpgrades-latest" in stem:
        profile = {"osProfile": {"adminUsername": "other"}}
        replay.send("PATCH", scale_set, "", {"properties": {"virtualMachineProfile": profile}})
        replay.send("POST", f"{scale_set}/osRollingUpgrade", "")

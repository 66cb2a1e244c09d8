"""Every recorded exchange of Azure, asked again of the simulator, is answered in the same shape.

The same status, at least the same headers, and bodies with the same keys and types. Exceptions
are few and named here with their reasons. The recordings: `data/exchanges`.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from vmss_tui.simulator import scaling
from vmss_tui.simulator.server import Simulator

EXCHANGES = Path(__file__).parent / "data" / "exchanges"

NOT_ASKED = {
    "doc-429-compute-throttle-classic": "asked with quotas on, in test_simulator",
    "doc-asyncop-failed-rolling-unhealthy": "needs a bad image; asked in test_simulator",
    "doc-osUpgradeHistory-one-entry": "the service's automatic OS upgrades are not simulated",
    "flow-raw-retry-after-create-patch-manualupgrade": "of 2019, with unmanaged disks",
    "spec-vmss-list-by-location": "written by hand in a specification, never served",
    "spec-vmss-put-unmanaged-custom-image-blob": "written by hand, never served",
    "vmss-list-subscription": "many sets of all kinds and no way to make them again",
    "vms-list-flexible-stubs": "Flexible sets are not simulated yet",
    "vmss-deallocate-hibernate-flex-202": "Flexible sets are not simulated yet",
    "vmss-get-flexible": "Flexible sets are not simulated yet",
    "vmss-put-400-trustedlaunch-managed-image": "managed images are not simulated yet",
    "managed-image-put": "managed images are not simulated yet",
    "managed-images-list-rg": "managed images are not simulated yet",
    "galleries-list-rg": "galleries are not simulated yet",
    "gallery-images-list": "galleries are not simulated yet",
    "gallery-image-versions-list": "galleries are not simulated yet",
}
FILES = sorted({path.stem for path in EXCHANGES.glob("*.json")} - NOT_ASKED.keys())

MISSING_HERE = {
    "encryptionSettings": "disk encryption is not simulated",
    "substatuses": "of the disk encryption extension",
    "extensions": "of a set whose model the file does not hold",
    "enableAcceleratedNetworking": "filled in by old api-versions only",
    "_truncated_note": "added by whoever cut the recording",
    "loadBalancerInboundNatPools": "of a set whose model the file does not hold",
}
EXTRA_HERE = {
    "resilientVMDeletionStatus": "newer api-versions have it",
    "etag": "newer api-versions have it",
    "disableTcpStateTracking": "newer api-versions have it",
    "orchestrationMode": "newer api-versions have it",
    "diskControllerType": "newer api-versions have it",
    "timeCreated": "newer api-versions have it",
    "platformFaultDomainCount": "newer api-versions have it",
    "uniqueId": "some old recordings lack it",
    "prioritizeUnhealthyInstances": "newer api-versions have it",
    "resources": "extensions of a VM, from documentation",
    "extensions": "the recorded VMs did not have the model's extensions yet",
    "vmHealth": "no recording has it; from documentation",
    "endTime": "an operation that was over sooner",
    "time": "a state that had settled sooner",
    "userData": "the recording emptied it, and scrubbing hid that",
    "target": "an error that tells more",
}
HEADERS_APART = {"date", "content-type", "x-ms-ratelimit-remaining-subscription-reads"}
"""Of these the server has its own, or a later name."""


def recorded(stem: str) -> list[Any]:
    """The exchanges of a file in their order."""
    found = json.loads((EXCHANGES / f"{stem}.json").read_text(encoding="utf-8"))
    exchanges: list[Any] = found.get("exchanges", [found])
    return exchanges


def differences(real: Any, ours: Any, path: str = "") -> Iterator[str]:
    """What has other keys or types here than there, in words."""
    if isinstance(real, dict) and isinstance(ours, dict):
        for key in real.keys() - ours.keys() - MISSING_HERE.keys():
            yield f"{path}.{key} is missing"
        for key in ours.keys() - real.keys() - EXTRA_HERE.keys():
            yield f"{path}.{key} is new"
        for key in sorted(real.keys() & ours.keys()):
            yield from differences(real[key], ours[key], f"{path}.{key}")
    elif isinstance(real, list) and isinstance(ours, list):
        if real and ours:
            yield from differences(union(real), union(ours), f"{path}[]")
    elif type(real) is not type(ours):
        yield f"{path} is {type(ours).__name__}, should be {type(real).__name__}"


def union(items: list[Any]) -> Any:
    """All keys that any item of a list has; the first item where they are no objects."""
    if not isinstance(items[0], dict):
        return items[0]
    found: dict[str, Any] = {}
    for item in items:
        for key, value in item.items():
            older = found.get(key)
            both = isinstance(older, dict) and isinstance(value, dict)
            found[key] = union([older, value]) if both else value
    return found


class Replay:
    """A simulator in which the recorded set exists, and the requests come again."""

    def __init__(self, simulator: Simulator, exchanges: list[Any]) -> None:
        self.simulator = simulator
        self.exchanges = exchanges
        self.headers = {"Authorization": "Bearer x"}
        self.operation: dict[str, str] = {}
        self.made: set[str] = set()

    def prepare(self) -> None:
        """Makes the group, and the set with its instances unless the recording makes it."""
        paths = [self.path(each) for each in self.exchanges]
        for path in paths:
            group = re.match(r"(/subscriptions/[^/]+/resourceGroups/[^/]+)", path, re.IGNORECASE)
            if group:
                self.ask("PUT", group[1], "", {"location": "westus"})
        for path, exchange in zip(paths, self.exchanges, strict=True):
            found = re.match(r"(.*/virtualMachineScaleSets/[^/]+)", path, re.IGNORECASE)
            if found is None or found[1].lower() in self.made:
                continue
            status = exchange["response"]["status"]
            code = ((exchange["response"]["body"] or {}).get("error") or {}).get("code")
            self.made.add(found[1].lower())
            if status != 201 and code != "ResourceNotFound":
                self.make(found[1])

    def make(self, path: str) -> None:
        """The set as the recording knows it, with the ids that the recording names."""
        body = self.model(path)
        body["sku"] = {**body["sku"], "capacity": 0}
        reply = self.ask("PUT", path, "", body)
        assert reply.status_code == 201, reply.text
        world = self.simulator.world
        with world.lock:
            (made,) = [s for s in world.scale_sets.values() if s.id.lower() == path.lower()]
            for number in self.ids():
                made.next_number = number
                scaling.make(world, made, world.now)
            capacity = {"sku": {**made.state.body["sku"], "capacity": len(made.instances)}}
            made.become(world.now, body={**made.state.body, **capacity})
        self.simulator.clock.advance(300)

    def model(self, path: str) -> Any:
        """The first body in the recording that is a set, or what a VM tells of its model."""
        for exchange in self.exchanges:
            for body in (exchange["response"]["body"], exchange["request"]["body"]):
                if isinstance(body, dict) and "value" in body and body["value"]:
                    body = body["value"][0]
                if not isinstance(body, dict):
                    continue
                if "virtualMachineProfile" in body.get("properties", {}) and "name" in body:
                    return {**body, "location": "westus"}
                if "storageProfile" in body.get("properties", {}) and "instanceId" in body:
                    return from_vm(body)
        (plain,) = recorded("vmss-get-uniform")
        return plain["response"]["body"]

    def ids(self) -> list[int]:
        """The instances that the recording's requests and first list name."""
        found: set[int] = set()
        for exchange in self.exchanges:
            path, asked = exchange["request"]["path"], exchange["request"]["body"] or {}
            listed = (exchange["response"]["body"] or {}) if "Machines" in path else {}
            values = listed.get("value", []) if isinstance(listed, dict) else []
            named = [each for each in asked.get("instanceIds", []) if each != "*"]
            named += [vm["instanceId"] for vm in values if "instanceId" in vm]
            named += re.findall(r"/virtualmachines/(\d+)", path, re.IGNORECASE)
            if exchange["response"]["status"] in (200, 202, 409):
                found |= {int(each) for each in named}
        first = self.exchanges[0]["response"]
        none = first["status"] == 404 or first["body"] == {"value": []}
        return sorted(found) or ([] if none else [0, 1])

    def present(self, asked: Any, status: int) -> Any:
        """The body with ids that are there: scale-in may have removed others than in Azure."""
        if status >= 400 or not isinstance(asked, dict) or "*" in asked.get("instanceIds", ["*"]):
            return asked
        (made,) = [s for s in self.simulator.world.scale_sets.values() if s.name != "empty-vmss"]
        return {**asked, "instanceIds": list(made.instances)[-len(asked["instanceIds"]) :]}

    def path(self, exchange: Any) -> str:
        """The recorded path in this subscription."""
        found: str = exchange["request"]["path"]
        zeros = "00000000-0000-0000-0000-000000000000"
        return found.replace(f"ptions/{zeros}", f"ptions/{self.simulator.subscription_id}")

    def ask(self, method: str, path: str, query: str, body: Any = None) -> requests.Response:
        """Sends a request as recorded; time is enough that whatever ran before is over."""
        url = f"{self.simulator.endpoint}{path}?{query or 'api-version=2024-07-01'}"
        headers = dict(self.headers)
        if isinstance(body, dict) and "_note" in body:
            found = re.search(r'If-Match:? *"?\\?"?(\d+)', body.pop("_note"))
            if found:
                headers["If-Match"] = f'"{found[1]}"'
        return requests.request(method, url, json=body, headers=headers, timeout=20)

    def again(self, exchange: Any) -> requests.Response:
        """The recorded request; a poll goes to the operation begun last."""
        request, path = exchange["request"], self.path(exchange)
        body = exchange["response"]["body"]
        running = isinstance(body, dict) and (
            body.get("status") == "InProgress" or "RollingForward" in str(body)
        )
        if (
            not running
            and exchange["response"]["status"] != 409
            and request["method"] in ("GET", "POST", "DELETE")
        ):
            self.simulator.clock.advance(700)
        if "/operations/" in path:
            name = "Location" if "monitor=true" in request["query"] else "Azure-AsyncOperation"
            url = urlsplit(self.operation[name])
            return self.ask("GET", url.path, url.query)
        asked = self.present(request["body"], exchange["response"]["status"])
        reply = self.ask(request["method"], path, request["query"], asked)
        if "Azure-AsyncOperation" in reply.headers:
            self.operation = dict(reply.headers)
        return reply


def from_vm(vm: Any) -> Any:
    """A set whose instances would look like this one."""
    known = vm["properties"]
    storage = known["storageProfile"]
    reference = {k: v for k, v in storage["imageReference"].items() if k != "exactVersion"}
    disk = {k: v for k, v in storage["osDisk"].items() if k != "name"}
    disk["managedDisk"] = {"storageAccountType": disk["managedDisk"]["storageAccountType"]}
    profile = {
        "osProfile": {"computerNamePrefix": vm["name"].split("_")[0][:9], **known["osProfile"]},
        "storageProfile": {
            **{key: value for key, value in storage.items() if key != "dataDisks"},
            "imageReference": reference,
            "osDisk": disk,
        },
        "networkProfile": known["networkProfileConfiguration"],
    }
    for key in ("securityProfile", "licenseType"):
        if key in known:
            profile[key] = known[key]
    del profile["osProfile"]["computerName"]
    return {
        "location": "westus",
        "sku": vm["sku"],
        "properties": {"virtualMachineProfile": profile},
    }


@pytest.mark.parametrize("stem", FILES)
def test_a_recorded_exchange_is_answered_in_the_same_shape(stem: str) -> None:
    with Simulator("empty", speed=0, throttling=False) as simulator:
        replay = Replay(simulator, recorded(stem))
        replay.prepare()
        begin_what_is_polled(replay, stem)
        for number, exchange in enumerate(replay.exchanges):
            where = f"{stem} #{number} {exchange['request']['method']}"
            reply, real = replay.again(exchange), exchange["response"]
            assert reply.status_code == real["status"], f"{where}: {reply.text[:500]}"
            names = {name.lower() for name in real["headers"]} - HEADERS_APART
            assert names <= {name.lower() for name in reply.headers}, where
            ours = reply.json() if reply.content else None
            assert list(differences(real["body"], ours)) == [], where


def begin_what_is_polled(replay: Replay, stem: str) -> None:
    """Does what a recording does not tell of, but begins with."""
    group = f"/subscriptions/{replay.simulator.subscription_id}/resourceGroups/empty-rg"
    polled = f"{group}/providers/Microsoft.Compute/virtualMachineScaleSets/empty-vmss"
    first = replay.path(replay.exchanges[0])
    scale_set = first.split("/virtualMachines/")[0].split("/rollingUpgrades")[0]
    if stem == "asyncop-first-poll-retry-after-37":
        replay.operation = dict(replay.ask("PATCH", polled, "", {"tags": {}}).headers)
    elif stem.startswith("asyncop-"):
        replay.operation = dict(replay.ask("POST", f"{polled}/restart", "").headers)
    elif stem == "doc-409-concurrent-request":
        profile = {"osProfile": {"adminUsername": "other"}}
        body = {"properties": {"virtualMachineProfile": profile}}
        replay.ask("PATCH", first.rsplit("/", 1)[0], "", body)
        replay.ask("POST", f"{first.rsplit('/', 1)[0]}/restart", "")
    elif stem == "vm-get-protectionpolicy-after":
        policy = {"protectFromScaleIn": True, "protectFromScaleSetActions": True}
        replay.ask("PUT", first, "", {"properties": {"protectionPolicy": policy}})
    elif stem in ("vm-instanceView-stopped", "vm-instanceView-deallocated"):
        action = "poweroff" if stem.endswith("stopped") else "deallocate"
        replay.ask("POST", f"{scale_set}/{action}", "")
    elif "rollingUpgrades-latest" in stem:
        profile = {"osProfile": {"adminUsername": "other"}}
        replay.ask("PATCH", scale_set, "", {"properties": {"virtualMachineProfile": profile}})
        replay.ask("POST", f"{scale_set}/osRollingUpgrade", "")

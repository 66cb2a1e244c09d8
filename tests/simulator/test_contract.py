"""Every recorded exchange of Azure, asked again of the simulator, is answered in the same shape.

The same status, at least the same headers, and bodies with the same keys and types. Exceptions
are few and named here with their reasons. The recordings: `data/exchanges`.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.support.paths import EXCHANGES
from vmss_tui.simulator.behaviour.scaling import create_instance
from vmss_tui.simulator.server import Simulator
from vmss_tui.simulator.world.custom_images import (
    Gallery,
    GalleryImage,
    GalleryVersion,
    ManagedImage,
)
from vmss_tui.simulator.world.platform_images import OperatingSystem
from vmss_tui.simulator.world.scale_set import ScaleSet

FILES = sorted(path.stem for path in EXCHANGES.glob("*.json"))

_2019 = "the service of 2019, whatever the api-version"
_BY_HAND = "written by hand in a specification, never served"
_RAW = "flow-raw-retry-after-create-patch-manualupgrade"
_CREATED = "vmss-create-201-retry-after-10"
_PATCHED = "vmss-patch-200-retry-after-10"
_LOCATED = "spec-vmss-list-by-location"
_BLOB = "spec-vmss-put-unmanaged-custom-image-blob"
_PROFILE = ".properties.virtualMachineProfile"
_CARD = "networkInterfaceConfigurations[].properties"
_OLD_CARD = f"{_PROFILE}.networkProfile.{_CARD}"
_VM_CARD = f".value[].properties.networkProfileConfiguration.{_CARD}"
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
    (_CREATED, ".properties.orchestrationMode"): _2019,
    (_CREATED, f"{_OLD_CARD}.disableTcpStateTracking"): _2019,
    (_CREATED, f"{_OLD_CARD}.enableAcceleratedNetworking"): _2019,
    (_PATCHED, ".properties.orchestrationMode"): _2019,
    (_PATCHED, f"{_OLD_CARD}.disableTcpStateTracking"): _2019,
    (_RAW, ".properties.orchestrationMode"): _2019,
    (_RAW, f"{_OLD_CARD}.disableTcpStateTracking"): _2019,
    (_RAW, f"{_OLD_CARD}.enableAcceleratedNetworking"): _2019,
    (_RAW, f"{_VM_CARD}.disableTcpStateTracking"): _2019,
    (_RAW, f"{_VM_CARD}.enableAcceleratedNetworking"): _2019,
    (_RAW, ".value[].properties.hardwareProfile.vmSize"): _2019,
    (_RAW, f"{_VM_DISKS}.dataDisks"): _2019,
    (_RAW, f"{_VM_DISKS}.imageReference.exactVersion"): _2019,
    (_RAW, f"{_VM_DISKS}.osDisk.diskSizeGB"): _2019,
    (_BLOB, "status"): _BY_HAND,
    (_LOCATED, ".value[].properties.orchestrationMode"): _BY_HAND,
    (_LOCATED, ".value[].properties.uniqueId"): _BY_HAND,
    (_LOCATED, f".value[]{_OLD_CARD}.disableTcpStateTracking"): _BY_HAND,
    (_LOCATED, f".value[]{_OLD_CARD}.dnsSettings"): _BY_HAND,
    (_LOCATED, f".value[]{_OLD_CARD}.enableIPForwarding"): _BY_HAND,
    (_LOCATED, f".value[]{_OLD_CARD}.{_ADDRESS}.privateIPAddressVersion"): _BY_HAND,
    (_LOCATED, f".value[]{_PROFILE}.osProfile.allowExtensionOperations"): _BY_HAND,
    (_LOCATED, f".value[]{_PROFILE}.osProfile.linuxConfiguration.provisionVMAgent"): _BY_HAND,
    (_LOCATED, f".value[]{_PROFILE}.osProfile.requireGuestProvisionSignal"): _BY_HAND,
    (_LOCATED, f".value[]{_PROFILE}.osProfile.secrets"): _BY_HAND,
}
"""(file, key) → why the simulator has this key otherwise than Azure had it there."""
SHARE = 0.95
"""Of all exchanges so many have no exception at all."""
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
        for key in sorted(real.keys() - ours.keys() - {"_truncated_note"}):
            yield f"{path}.{key} is missing"
        for key in sorted(ours.keys() - real.keys()):
            yield f"{path}.{key} is new"
        for key in sorted(real.keys() & ours.keys()):
            yield from differences(real[key], ours[key], f"{path}.{key}")
    elif isinstance(real, list) and isinstance(ours, list):
        if real and ours:
            yield from differences(union(real), union(ours), f"{path}[]")
        elif path == ".value" and bool(real) != bool(ours):
            yield f"{path} has {len(ours)} items, should have {len(real)}"
    elif type(real) is not type(ours):
        yield f"{path} is {type(ours).__name__}, should be {type(real).__name__}"


def states(body: Any) -> list[Any]:
    """The words in an answer that tell how things stand."""
    if not isinstance(body, dict):
        return []
    properties = body.get("properties") or {}
    words = [body.get("status"), (body.get("error") or {}).get("code")]
    if "virtualMachineProfile" in properties or "osDisk" in str(properties):
        words.append(properties.get("provisioningState"))
    words.append((properties.get("runningStatus") or {}).get("code"))
    return words


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


FLEXIBLE = {
    "orchestrationMode": "Flexible",
    "singlePlacementGroup": False,
    "platformFaultDomainCount": 1,
}


def by_hand(exchange: Any) -> bool:
    """Whether it makes a set that a specification gives a name which is none."""
    return exchange["request"]["method"] == "PUT" and "{vmss-name}" in str(exchange)


class Replay:
    """A simulator in which the recorded set exists, and the requests come again."""

    def __init__(self, simulator: Simulator, exchanges: list[Any]) -> None:
        self.simulator = simulator
        zeros, home = "00000000-0000-0000-0000-000000000000", simulator.subscription_id
        text = json.dumps(exchanges).replace(f"ptions/{zeros}", f"ptions/{home}")
        self.exchanges: list[Any] = json.loads(re.sub(r"\{subscription-id\}", home, text))
        self.headers = {"Authorization": "Bearer x"}
        self.operation: dict[str, str] = {}
        self.made: set[str] = set()

    def prepare(self) -> None:
        """Makes the group, and the set with its instances unless the recording makes it."""
        paths = [self.path(each) for each in self.exchanges]
        for path in paths:
            self.make_group(path)
        for exchange in self.exchanges:
            if exchange["response"]["status"] != 201:
                self.shelve(exchange["response"]["body"])
        for path, exchange in zip(paths, self.exchanges, strict=True):
            listed = (exchange["response"]["body"] or {}) if "Sets" in path else {}
            whole = re.fullmatch(r".*/virtualMachineScaleSets", path, re.IGNORECASE)
            if whole:
                self.simulator.world.scale_sets.clear()
            for each in listed.get("value", []) if whole else []:
                self.make_listed(each)
            found = re.match(r"(.*/virtualMachineScaleSets/[^/]+)", path, re.IGNORECASE)
            if found is None or found[1].lower() in self.made:
                continue
            status = exchange["response"]["status"]
            code = ((exchange["response"]["body"] or {}).get("error") or {}).get("code")
            self.made.add(found[1].lower())
            if status != 201 and code != "ResourceNotFound" and not by_hand(exchange):
                self.make(found[1])

    def make_group(self, path: str) -> None:
        """The resource group of a path."""
        group = re.match(r"(/subscriptions/[^/]+/resourceGroups/[^/]+)", path, re.IGNORECASE)
        if group:
            self.ask("PUT", group[1], "", {"location": "westus"})

    def make_listed(self, body: Any) -> None:
        """One of several sets, without instances; names of a specification lose their braces."""
        path = re.sub(r"[{}]", "", body["id"])
        self.make_group(path)
        storage = body["properties"]["virtualMachineProfile"]["storageProfile"]
        if storage["imageReference"].get("publisher") == "azuredatabricks":
            debian = {"publisher": "Debian", "offer": "debian-10", "sku": "10"}
            storage["imageReference"] = {**debian, "version": "latest"}
        size = {**body["sku"], "capacity": 0}
        reply = self.ask("PUT", path, "", {**body, "sku": size})
        assert reply.status_code in (200, 201), reply.text

    def shelve(self, body: Any) -> None:
        """Makes known the images that a recorded answer names, and the galleries it lists."""
        library, home = self.simulator.world.library, self.simulator.subscription_id
        for item in (body.get("value") or [body]) if isinstance(body, dict) else []:
            kind = str(item.get("type", "")) if isinstance(item, dict) else ""
            if kind.endswith("/galleries") or "/galleries/" in kind:
                library.add(self.gallery(item))
            elif kind.endswith("/images"):
                group = self.path(self.exchanges[0]).split("/")[4]
                os = OperatingSystem("Linux", "ubuntu", "18.04", "V1")
                library.add(ManagedImage(home, group, item["name"], item["location"], os))
        if library.galleries:
            return
        for found in re.findall(r"'id': '(/subscriptions/[^']*/images/[^']*)'", str(body)):
            parts = found.split("/")
            os = OperatingSystem("Linux", "ubuntu", "22.04")
            if "galleries" in parts:
                version = GalleryVersion(parts[-1], 0.0, ("westus", "westus2"))
                image = GalleryImage(parts[10], os, ("p", "o", "s"), (version,))
                group, name = parts[4], parts[8]
                shelf = Gallery(home, group, name, "westus", name, name, (image,))
                known = library.galleries.get(shelf.id.lower())
                library.add(replace(shelf, images=(*known.images, image)) if known else shelf)
            elif len(parts) == 9:
                library.add(ManagedImage(home, parts[4], parts[8], "westus", os))

    def gallery(self, item: Any) -> Gallery:
        """A gallery with whatever a recorded answer lists of it."""
        path = self.path(self.exchanges[0]).split("/")
        name = path[8] if len(path) > 8 else item["name"]
        secret = "encryptionset" if "encryption" in str(self.exchanges[0]["response"]) else None
        version = GalleryVersion("1.1.2", 0.0, ("eastus2", "westus2"), False, secret)
        os = OperatingSystem("Linux", "ubuntu", "18.04", "V1")
        image = GalleryImage("image1", os, ("publisher1", "offer1", "sku1"), (version,))
        home = self.simulator.subscription_id
        return Gallery(home, path[4], name, item["location"], "unique", "public", (image,))

    def make(self, path: str) -> None:
        """The set as the recording knows it, with the ids that the recording names."""
        body = self.model(path)
        body["sku"] = {**body["sku"], "capacity": 0}
        names = self.names()
        if names:
            body = {**body, "properties": {**body["properties"], **FLEXIBLE}}
            for key in ("overprovision", "doNotRunExtensionsOnOverprovisionedVMs"):
                body["properties"].pop(key, None)
        reply = self.ask("PUT", path, "", body)
        assert reply.status_code == 201, reply.text
        world = self.simulator.world
        with world.lock:
            (made,) = [s for s in world.scale_sets.values() if s.id.lower() == path.lower()]
            for number in [] if names else self.ids():
                made.next_instance_number = number
                create_instance(world, made, world.now)
            for name in names:
                machine = create_instance(world, made, world.now)
                made.instances[name] = made.instances.pop(machine.instance_id)
                machine.instance_id = machine.name = name
            capacity = {"sku": {**made.state.body["sku"], "capacity": len(made.instances)}}
            made.update_state(world.now, body={**made.state.body, **capacity})
        self.simulator.clock.advance(300)

    def names(self) -> list[str]:
        """The names of Flexible machines that the recording lists or asks for."""
        found: dict[str, None] = {}
        for exchange in self.exchanges:
            asked = exchange["request"]["body"] or {}
            listed = exchange["response"]["body"] or {}
            values = listed.get("value", []) if isinstance(listed, dict) else []
            ids = [*asked.get("instanceIds", []), *(v.get("instanceId", "") for v in values)]
            found |= {each: None for each in ids if "_" in each}
        return list(found)

    def model(self, path: str) -> Any:
        """The first body in the recording that is a set, or what a VM tells of its model."""
        if self.exchanges[0]["response"]["status"] == 400:
            earlier = Replay(self.simulator, recorded("vmss-get-flexible"))
            self.shelve(body := earlier.exchanges[0]["response"]["body"])
            return body
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
        plain = Replay(self.simulator, recorded("vmss-get-uniform"))
        self.shelve(body := plain.exchanges[0]["response"]["body"])
        return body

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
                found |= {int(each) for each in named if each.isdecimal()}
        first = self.exchanges[0]["response"]
        none = first["status"] == 404 or first["body"] == {"value": []}
        return sorted(found) or ([] if none else [0, 1])

    def present(self, asked: Any, status: int) -> Any:
        """The body with ids that are there: scale-in may have removed others than in Azure."""
        if status >= 400 or not isinstance(asked, dict) or "*" in asked.get("instanceIds", ["*"]):
            return asked
        made = self.its_set()
        return {**asked, "instanceIds": list(made.instances)[-len(asked["instanceIds"]) :]}

    def its_set(self) -> ScaleSet:
        """The one set that a recording is about."""
        (made,) = [s for s in self.simulator.world.scale_sets.values() if s.name != "empty-vmss"]
        return made

    def path(self, exchange: Any) -> str:
        """The recorded path in this subscription, to an instance that is there."""
        found = str(exchange["request"]["path"])
        named = re.search(r"/virtualmachines/(\d+)", found, re.IGNORECASE)
        gone = exchange["response"]["status"] == 200 and named and self.made
        if named and gone and (there := self.its_set().instances) and named[1] not in there:
            found = found.replace(named[0], named[0].replace(named[1], list(there)[-1]))
        return found

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
            body.get("status") == "InProgress"
            or "RollingForward" in str(body)
            or (body.get("properties") or {}).get("provisioningState") == "Updating"
        )
        if (
            not running
            and exchange["response"]["status"] not in (409, 429)
            and request["method"] in ("GET", "POST", "DELETE")
        ):
            self.simulator.clock.advance(700)
        if "/operations/" in path:
            name = "Location" if "monitor=true" in request["query"] else "Azure-AsyncOperation"
            url = urlsplit(self.operation[name])
            return self.ask("GET", url.path, url.query)
        pattern = r".*/virtualMachineScaleSets/[^/]+(/virtualMachines/[^/]+)?"
        one = re.fullmatch(pattern, path, re.IGNORECASE)
        if running and request["method"] == "GET" and one:
            # Something that the recording does not show had begun before.
            self.ask("PUT" if one[1] else "PATCH", path, "", {})
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


HEALTH = {
    "name": "health",
    "properties": {
        "publisher": "Microsoft.ManagedServices",
        "type": "ApplicationHealthLinux",
        "typeHandlerVersion": "1.0",
    },
}


def replayed(stem: str) -> list[list[str]]:
    """What each exchange of a file is answered otherwise."""
    with Simulator("empty", speed=0, throttling=False) as simulator:
        replay = Replay(simulator, recorded(stem))
        replay.prepare()
        begin_what_is_polled(replay, stem)
        return [list(apart(replay, exchange)) for exchange in replay.exchanges]


TOLD: dict[str, list[list[str]]] = {}
"""By file; every file is replayed once in a process."""


def told(stem: str) -> list[list[str]]:
    if stem not in TOLD:
        TOLD[stem] = replayed(stem)
    return TOLD[stem]


@pytest.mark.parametrize("stem", FILES)
def test_a_recorded_exchange_is_answered_in_the_same_shape(stem: str) -> None:
    for number, differing in enumerate(told(stem)):
        unexpected = [each for each in differing if (stem, each.split()[0]) not in EXCEPTIONS]
        assert unexpected == [], f"{stem} #{number}"


def test_nearly_every_exchange_holds_and_each_exception_is_needed() -> None:
    exchanges = [(stem, differing) for stem in FILES for differing in told(stem)]
    apart = {(stem, each.split()[0]) for stem, differing in exchanges for each in differing}
    assert apart == set(EXCEPTIONS)
    held = sum(not differing for _, differing in exchanges)
    share = held / len(exchanges)
    print(  # noqa: T201
        f"{held} of {len(exchanges)} exchanges in {len(FILES)} files hold: {share:.1%}; "
        f"{len(EXCEPTIONS)} exceptions in {len({stem for stem, _ in EXCEPTIONS})} files"
    )
    assert share >= SHARE


def apart(replay: Replay, exchange: Any) -> Iterator[str]:
    """What the answer to a recorded request has otherwise than the recorded one."""
    reply, real = replay.again(exchange), exchange["response"]
    if reply.status_code != real["status"]:
        yield f"status is {reply.status_code}, should be {real['status']}: {reply.text[:300]}"
        return
    names = {name.lower() for name in real["headers"]} - HEADERS_APART
    for name in sorted(names - {name.lower() for name in reply.headers}):
        yield f"header {name} is missing"
    ours = reply.json() if reply.content else None
    if states(ours) != states(real["body"]):
        yield f"states are {states(ours)}, should be {states(real['body'])}"
    yield from differences(real["body"], ours)


def begin_what_is_polled(replay: Replay, stem: str) -> None:
    """Does what a recording does not tell of, but begins with."""
    group = f"/subscriptions/{replay.simulator.subscription_id}/resourceGroups/empty-rg"
    polled = f"{group}/providers/Microsoft.Compute/virtualMachineScaleSets/empty-vmss"
    first = replay.path(replay.exchanges[0])
    scale_set = first.split("/virtualMachines/")[0].split("/rollingUpgrades")[0]
    if stem == "doc-429-compute-throttle-classic":
        replay.simulator.world.throttle.enabled = True
        for _ in range(30):
            replay.ask("GET", first, "")
    elif stem == "doc-asyncop-failed-rolling-unhealthy":
        replay.simulator.world.faults.add({"instance": "never_healthy"})
        replay.make(rolled := polled.replace("empty-vmss", "rolled"))
        rolling: Any = {"properties": {"upgradePolicy": {"mode": "Rolling"}}}
        replay.ask("PATCH", rolled, "", rolling)
        with_health: Any = {"extensionProfile": {"extensions": [HEALTH]}}
        body: Any = {"properties": {"virtualMachineProfile": with_health}}
        replay.operation = dict(replay.ask("PATCH", rolled, "", body).headers)
    elif stem == "doc-osUpgradeHistory-one-entry":
        replay.ask("POST", f"{first.rsplit('/', 1)[0]}/osRollingUpgrade", "")
        replay.simulator.clock.advance(600)
    elif stem == "asyncop-first-poll-retry-after-37":
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

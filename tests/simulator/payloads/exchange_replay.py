"""Sends the requests of a recorded exchange again, to a simulator prepared for them."""

import json
import re
from typing import Any
from urllib.parse import urlsplit

import requests

from tests.simulator.payloads.recorded_images import RecordedImages
from tests.support.paths import EXCHANGES
from vmss_tui.simulator.behaviour.scaling import create_instance
from vmss_tui.simulator.server import Simulator
from vmss_tui.simulator.world.scale_set import ScaleSet

FLEXIBLE = {
    "orchestrationMode": "Flexible",
    "singlePlacementGroup": False,
    "platformFaultDomainCount": 1,
}


def load_exchanges(stem: str) -> list[Any]:
    """The exchanges of a recording in their order."""
    recording = json.loads((EXCHANGES / f"{stem}.json").read_text(encoding="utf-8"))
    exchanges: list[Any] = recording.get("exchanges", [recording])
    return exchanges


class ExchangeReplay:
    """A simulator with the recorded resources, to which the recorded requests are sent."""

    def __init__(self, simulator: Simulator, exchanges: list[Any]) -> None:
        self.simulator = simulator
        zeros, subscription = "00000000-0000-0000-0000-000000000000", simulator.subscription_id
        text = json.dumps(exchanges).replace(f"ptions/{zeros}", f"ptions/{subscription}")
        self.exchanges: list[Any] = json.loads(re.sub(r"\{subscription-id\}", subscription, text))
        self.headers = {"Authorization": "Bearer x"}
        self.operation: dict[str, str] = {}
        """The response headers of the latest long-running operation."""
        self.created: set[str] = set()
        """The paths, in lower case, of the scale sets that exist or must not exist."""

    def prepare(self) -> None:
        """Creates the group, and the scale set unless a recorded request creates it."""
        paths = [self.path(exchange) for exchange in self.exchanges]
        for path in paths:
            self.create_group(path)
        for exchange in self.exchanges:
            if exchange["response"]["status"] != 201:
                self.add_images(exchange["response"]["body"])
        for path, exchange in zip(paths, self.exchanges, strict=True):
            body = (exchange["response"]["body"] or {}) if "Sets" in path else {}
            is_list = re.fullmatch(r".*/virtualMachineScaleSets", path, re.IGNORECASE)
            if is_list:
                self.simulator.world.scale_sets.clear()
            for item in body.get("value", []) if is_list else []:
                self.create_listed_set(item)
            set_path = re.match(r"(.*/virtualMachineScaleSets/[^/]+)", path, re.IGNORECASE)
            if set_path is None or set_path[1].lower() in self.created:
                continue
            status = exchange["response"]["status"]
            code = ((exchange["response"]["body"] or {}).get("error") or {}).get("code")
            self.created.add(set_path[1].lower())
            if status != 201 and code != "ResourceNotFound" and not _creates_placeholder(exchange):
                self.create_set(set_path[1])

    def create_group(self, path: str) -> None:
        """Creates the resource group of a path."""
        group = re.match(r"(/subscriptions/[^/]+/resourceGroups/[^/]+)", path, re.IGNORECASE)
        if group:
            self.send("PUT", group[1], "", {"location": "westus"})

    def create_listed_set(self, body: Any) -> None:
        """Creates a scale set of a list without instances; placeholder names lose their braces."""
        path = re.sub(r"[{}]", "", body["id"])
        self.create_group(path)
        storage = body["properties"]["virtualMachineProfile"]["storageProfile"]
        if storage["imageReference"].get("publisher") == "azuredatabricks":
            debian = {"publisher": "Debian", "offer": "debian-10", "sku": "10"}
            storage["imageReference"] = {**debian, "version": "latest"}
        sku = {**body["sku"], "capacity": 0}
        response = self.send("PUT", path, "", {**body, "sku": sku})
        assert response.status_code in (200, 201), response.text

    def add_images(self, body: Any) -> None:
        """Adds the images that a recorded response references, and the galleries it lists."""
        first = self.exchanges[0]
        encrypted = "encryption" in str(first["response"])
        path = str(first["request"]["path"])
        images = RecordedImages(self.simulator, path, encrypted=encrypted)
        images.add_from(body)

    def create_set(self, path: str) -> None:
        """Creates the recorded scale set, with the instance ids of the recording."""
        body = self.model_body()
        body["sku"] = {**body["sku"], "capacity": 0}
        names = self.machine_names()
        if names:
            body = {**body, "properties": {**body["properties"], **FLEXIBLE}}
            for key in ("overprovision", "doNotRunExtensionsOnOverprovisionedVMs"):
                body["properties"].pop(key, None)
        response = self.send("PUT", path, "", body)
        assert response.status_code == 201, response.text
        world = self.simulator.world
        with world.lock:
            (created,) = [s for s in world.scale_sets.values() if s.id.lower() == path.lower()]
            for number in [] if names else self.instance_numbers():
                created.next_instance_number = number
                create_instance(world, created, world.now)
            for name in names:
                machine = create_instance(world, created, world.now)
                created.instances[name] = created.instances.pop(machine.instance_id)
                machine.instance_id = machine.name = name
            sku = {**created.state.body["sku"], "capacity": len(created.instances)}
            created.update_state(world.now, body={**created.state.body, "sku": sku})
        self.simulator.clock.advance(300)

    def machine_names(self) -> list[str]:
        """The names of Flexible machines in the recorded requests and lists."""
        names: dict[str, None] = {}
        for exchange in self.exchanges:
            request_body = exchange["request"]["body"] or {}
            body = exchange["response"]["body"] or {}
            items = body.get("value", []) if isinstance(body, dict) else []
            ids = [*request_body.get("instanceIds", [])]
            ids += [item.get("instanceId", "") for item in items]
            names |= {instance_id: None for instance_id in ids if "_" in instance_id}
        return list(names)

    def model_body(self) -> Any:
        """The first recorded body of a scale set, or one derived from a recorded instance."""
        if self.exchanges[0]["response"]["status"] == 400:
            return self.other_model_body("vmss-get-flexible")
        for exchange in self.exchanges:
            for body in (exchange["response"]["body"], exchange["request"]["body"]):
                if isinstance(body, dict) and "value" in body and body["value"]:
                    body = body["value"][0]
                if not isinstance(body, dict):
                    continue
                if "virtualMachineProfile" in body.get("properties", {}) and "name" in body:
                    return {**body, "location": self.written_location()}
                if "storageProfile" in body.get("properties", {}) and "instanceId" in body:
                    return _set_body_from_instance(body)
        return self.other_model_body("vmss-get-uniform")

    def written_location(self) -> str:
        """The region in the first recorded write of a scale set; without one West US."""
        for exchange in self.exchanges:
            body = exchange["request"]["body"]
            if isinstance(body, dict) and "virtualMachineProfile" in str(body):
                return str(body.get("location", "westus"))
        return "westus"

    def other_model_body(self, stem: str) -> Any:
        """The body of a scale set in another recording."""
        other = ExchangeReplay(self.simulator, load_exchanges(stem))
        body = other.exchanges[0]["response"]["body"]
        self.add_images(body)
        return body

    def instance_numbers(self) -> list[int]:
        """The instances in the recorded requests and in the first list."""
        numbers: set[int] = set()
        for exchange in self.exchanges:
            path, request_body = exchange["request"]["path"], exchange["request"]["body"] or {}
            body = (exchange["response"]["body"] or {}) if "Machines" in path else {}
            items = body.get("value", []) if isinstance(body, dict) else []
            ids = [item for item in request_body.get("instanceIds", []) if item != "*"]
            ids += [vm["instanceId"] for vm in items if "instanceId" in vm]
            ids += re.findall(r"/virtualmachines/(\d+)", path, re.IGNORECASE)
            if exchange["response"]["status"] in (200, 202, 409):
                numbers |= {int(instance_id) for instance_id in ids if instance_id.isdecimal()}
        first = self.exchanges[0]["response"]
        is_empty = first["status"] == 404 or first["body"] == {"value": []}
        return sorted(numbers) or ([] if is_empty else [0, 1])

    def with_existing_ids(self, body: Any, status: int) -> Any:
        """The body with ids that exist: scale-in may have deleted others than in Azure."""
        if status >= 400 or not isinstance(body, dict) or "*" in body.get("instanceIds", ["*"]):
            return body
        ids = list(self.scale_set().instances)
        return {**body, "instanceIds": ids[-len(body["instanceIds"]) :]}

    def scale_set(self) -> ScaleSet:
        """The only scale set of a recording."""
        scale_sets = self.simulator.world.scale_sets.values()
        (created,) = [entry for entry in scale_sets if entry.name != "empty-vmss"]
        return created

    def path(self, exchange: Any) -> str:
        """The recorded path in this subscription, of an instance that exists."""
        path = str(exchange["request"]["path"])
        segment = re.search(r"/virtualmachines/(\d+)", path, re.IGNORECASE)
        if exchange["response"]["status"] == 200 and segment and self.created:
            instances = self.scale_set().instances
            if instances and segment[1] not in instances:
                existing = segment[0].replace(segment[1], list(instances)[-1])
                path = path.replace(segment[0], existing)
        return path

    def send(self, method: str, path: str, query: str, body: Any = None) -> requests.Response:
        """Sends a request; an If-Match in the recording's note becomes a header."""
        url = f"{self.simulator.endpoint}{path}?{query or 'api-version=2024-07-01'}"
        headers = dict(self.headers)
        if isinstance(body, dict) and "_note" in body:
            etag = re.search(r'If-Match:? *"?\\?"?(\d+)', body.pop("_note"))
            if etag:
                headers["If-Match"] = f'"{etag[1]}"'
        return requests.request(method, url, json=body, headers=headers, timeout=20)

    def repeat(self, exchange: Any) -> requests.Response:
        """Sends the recorded request again; a poll goes to the latest operation."""
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
            return self.send("GET", url.path, url.query)
        pattern = r".*/virtualMachineScaleSets/[^/]+(/virtualMachines/[^/]+)?"
        resource = re.fullmatch(pattern, path, re.IGNORECASE)
        if running and request["method"] == "GET" and resource:
            # A write that the recording does not include was in progress.
            self.send("PUT" if resource[1] else "PATCH", path, "", {})
        request_body = self.with_existing_ids(request["body"], exchange["response"]["status"])
        response = self.send(request["method"], path, request["query"], request_body)
        if "Azure-AsyncOperation" in response.headers:
            self.operation = dict(response.headers)
        return response


def _creates_placeholder(exchange: Any) -> bool:
    """Whether it creates a set whose name is a placeholder of a specification."""
    return exchange["request"]["method"] == "PUT" and "{vmss-name}" in str(exchange)


def _set_body_from_instance(vm: Any) -> Any:
    """The body of a set whose instances have the shape of this one."""
    properties = vm["properties"]
    storage = properties["storageProfile"]
    reference = {k: v for k, v in storage["imageReference"].items() if k != "exactVersion"}
    disk = {k: v for k, v in storage["osDisk"].items() if k != "name"}
    disk["managedDisk"] = {"storageAccountType": disk["managedDisk"]["storageAccountType"]}
    prefix = vm["name"].split("_")[0][:9]
    profile = {
        "osProfile": {"computerNamePrefix": prefix, **properties["osProfile"]},
        "storageProfile": {
            **{key: value for key, value in storage.items() if key != "dataDisks"},
            "imageReference": reference,
            "osDisk": disk,
        },
        "networkProfile": properties["networkProfileConfiguration"],
    }
    for key in ("securityProfile", "licenseType"):
        if key in properties:
            profile[key] = properties[key]
    del profile["osProfile"]["computerName"]
    return {
        "location": "westus",
        "sku": vm["sku"],
        "properties": {"virtualMachineProfile": profile},
    }

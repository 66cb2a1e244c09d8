"""A plain HTTP client for tests of the simulator, without the SDK and vmss-tui's gateway."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import requests

from vmss_tui.simulator.server import Simulator

API_VERSION = "2026-04-01"
NEWER = "22.04.202512010"
"""An image version after that of the model in the web scenarios."""
NEWEST = "22.04.202601010"
"""The newest image version in the web scenarios."""


class SimulatorClient:
    """Sends single requests: no retries, no redirects, no polling. Paths are of one scale set."""

    def __init__(self, simulator: Simulator, scale_set: str | None = None) -> None:
        self.simulator = simulator
        self.session = requests.Session()
        self.session.headers["Authorization"] = "Bearer anything"
        group, name = (scale_set or simulator.scale_sets[0]).split("/")
        self.subscription_path = f"/subscriptions/{simulator.subscription_id}"
        self.set_path = (
            f"{self.subscription_path}/resourceGroups/{group}/providers/Microsoft.Compute/"
            f"virtualMachineScaleSets/{name}"
        )

    def send(
        self, method: str, path: str, body: Any = None, query: str = "", **headers: str
    ) -> requests.Response:
        url = path if path.startswith("http") else self.simulator.endpoint + path
        if "api-version" not in url:
            url += f"{'&' if '?' in url else '?'}api-version={API_VERSION}"
        if query:
            url += f"&{query}"
        sent_headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.session.request(
            method, url, json=body, headers=sent_headers, timeout=20, allow_redirects=False
        )

    def get(self, path: str = "", query: str = "", **headers: str) -> requests.Response:
        return self.send("GET", self.set_path + path, None, query, **headers)

    def post(self, path: str, ids: list[str] | None = None, **headers: str) -> requests.Response:
        body = None if ids is None else {"instanceIds": ids}
        return self.send("POST", self.set_path + path, body, **headers)

    def patch_image_version(self, version: str, **headers: str) -> requests.Response:
        return self.send("PATCH", self.set_path, image_body(version), **headers)

    def patch_rolling_policy(self, mode: str = "Rolling", **policy: Any) -> requests.Response:
        body = {"properties": {"upgradePolicy": {"mode": mode, "rollingUpgradePolicy": policy}}}
        return self.send("PATCH", self.set_path, body)

    def list_instances(self, query: str = "$expand=instanceView") -> list[Any]:
        page = self.send("GET", self.set_path + "/virtualMachines", None, query).json()
        instances = list(page["value"])
        while "nextLink" in page:
            page = self.send("GET", page["nextLink"]).json()
            instances += page["value"]
        return instances

    def get_instance(self, instance_id: str) -> Any:
        return self.get(f"/virtualMachines/{instance_id}", "$expand=instanceView").json()

    def operation_status(self, accepted: requests.Response) -> Any:
        return self.send("GET", accepted.headers["Azure-AsyncOperation"]).json()

    def control(self, method: str, what: str, body: Any = None) -> Any:
        response = requests.request(
            method, f"{self.simulator.endpoint}/_simulator/{what}", json=body, timeout=20
        )
        assert response.ok, response.text
        return response.json()

    def effects(self, kind: str) -> list[Any]:
        effects = self.control("GET", "ledger")["effects"]
        return [effect for effect in effects if effect["kind"] == kind]

    def add_fault(self, **fault: Any) -> None:
        self.control("POST", "faults", fault)

    def advance(self, seconds: float) -> None:
        self.simulator.clock.advance(seconds)


ClientFactory = Callable[..., SimulatorClient]


@contextmanager
def client_factory() -> Iterator[ClientFactory]:
    """Starts simulators with speed 0 and makes their clients; stops all of them at the end."""
    started: list[Simulator] = []

    def make_client(
        scenario: str = "web-100", scale_set: str | None = None, **options: Any
    ) -> SimulatorClient:
        simulator = Simulator(scenario, **{"speed": 0.0, **options})
        simulator.start()
        started.append(simulator)
        return SimulatorClient(simulator, scale_set)

    yield make_client
    for simulator in started:
        simulator.stop()


def image_body(version: str) -> Any:
    reference = {"imageReference": {"version": version}}
    return {"properties": {"virtualMachineProfile": {"storageProfile": reference}}}


def health_state(vm: Any) -> str | None:
    health = vm["properties"]["instanceView"].get("vmHealth")
    return health["status"]["code"].removeprefix("HealthState/") if health else None


def power_state(vm: Any) -> str:
    codes = [status["code"] for status in vm["properties"]["instanceView"]["statuses"]]
    (power_code,) = (code for code in codes if code.startswith("PowerState/"))
    return str(power_code.removeprefix("PowerState/"))

"""A client without manners, for tests of the simulator: plain HTTP, no SDK, nothing of ours."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import requests

from vmss_tui.simulator.server import Simulator

API = "2026-04-01"


class SimulatorClient:
    """A client without manners: it sends what it is told and follows nothing."""

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
            url += f"{'&' if '?' in url else '?'}api-version={API}"
        if query:
            url += f"&{query}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.session.request(
            method, url, json=body, headers=named, timeout=20, allow_redirects=False
        )

    def get(self, path: str = "", query: str = "", **headers: str) -> requests.Response:
        return self.send("GET", self.set_path + path, None, query, **headers)

    def post(self, path: str, ids: list[str] | None = None, **headers: str) -> requests.Response:
        body = None if ids is None else {"instanceIds": ids}
        return self.send("POST", self.set_path + path, body, **headers)

    def patch_image_version(self, version: str, **headers: str) -> requests.Response:
        return self.send("PATCH", self.set_path, image_body(version), **headers)

    def list_instances(self, query: str = "$expand=instanceView") -> list[Any]:
        url, found = self.set_path + "/virtualMachines", []
        reply = self.send("GET", url, None, query).json()
        found += reply["value"]
        while "nextLink" in reply:
            reply = self.send("GET", reply["nextLink"]).json()
            found += reply["value"]
        return found

    def get_instance(self, instance_id: str) -> Any:
        return self.get(f"/virtualMachines/{instance_id}", "$expand=instanceView").json()

    def operation_status(self, accepted: requests.Response) -> Any:
        return self.send("GET", accepted.headers["Azure-AsyncOperation"]).json()

    def control(self, method: str, what: str, body: Any = None) -> Any:
        reply = requests.request(
            method, f"{self.simulator.endpoint}/_simulator/{what}", json=body, timeout=20
        )
        assert reply.ok, reply.text
        return reply.json()

    def effects(self, kind: str) -> list[Any]:
        return [each for each in self.control("GET", "ledger")["effects"] if each["kind"] == kind]

    def add_fault(self, **fault: Any) -> None:
        self.control("POST", "faults", fault)

    def advance(self, seconds: float) -> None:
        self.simulator.clock.advance(seconds)


ClientFactory = Callable[..., SimulatorClient]


@contextmanager
def client_factory() -> Iterator[ClientFactory]:
    """Makes callers of simulators whose time stands still; all end together."""
    living: list[Simulator] = []

    def call(scenario: str = "web-100", scale_set: str | None = None, **options: Any) -> SimulatorClient:
        simulator = Simulator(scenario, **{"speed": 0.0, **options})
        simulator.start()
        living.append(simulator)
        return SimulatorClient(simulator, scale_set)

    yield call
    for simulator in living:
        simulator.stop()


def image_body(version: str) -> Any:
    reference = {"imageReference": {"version": version}}
    return {"properties": {"virtualMachineProfile": {"storageProfile": reference}}}


def health_state(vm: Any) -> str | None:
    found = vm["properties"]["instanceView"].get("vmHealth")
    return found["status"]["code"].removeprefix("HealthState/") if found else None


def power_state(vm: Any) -> str:
    codes = [each["code"] for each in vm["properties"]["instanceView"]["statuses"]]
    (code,) = (each for each in codes if each.startswith("PowerState/"))
    return str(code.removeprefix("PowerState/"))

"""A simulator and the ARM gateway connected to it over real HTTP.

Time is the simulator's and moves only when a test says so; the waits of the gateway are recorded
and not waited for.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests

from vmss_tui.arm.gateway import ArmGateway
from vmss_tui.fleet.scale_set_id import ScaleSetId, scale_set_id
from vmss_tui.simulator.server import Simulator

REQUEST_ID = "6a9f7f5e-0000-4000-8000-000000000001"
LIST = r"/virtualMachineScaleSets/[^/]+/virtualMachines$"
UPGRADE = "/manualupgrade$"


@dataclass
class GatewayHarness:
    """A simulator and a gateway connected to it."""

    simulator: Simulator
    gateway: ArmGateway
    waits: list[float] = field(default_factory=list)

    @property
    def set_id(self) -> ScaleSetId:
        """The first scale set of the scenario."""
        group, _, name = self.simulator.scale_sets[0].partition("/")
        return scale_set_id(self.simulator.subscription_id, group, name)

    def fault(self, path: str, action: dict[str, Any], **more: Any) -> None:
        """Adds a fault to requests whose path matches."""
        method = {"method": more.pop("method")} if "method" in more else {}
        self._control(
            "POST", "faults", {"match": {"path": path, **method}, "action": action} | more
        )

    def edit(self, **changes: Any) -> None:
        """Another operator's write."""
        body = {"scale_set": self.simulator.scale_sets[0], "set": changes}
        self._control("POST", "edit", body)

    def upgraded(self) -> list[str]:
        """Ids of instances whose upgrade began, in order, once for each upgrade."""
        effects = self._control("GET", "ledger")["effects"]
        return [effect["instance_id"] for effect in effects if effect["kind"] == "upgrade"]

    def requested_paths(self, method: str) -> list[str]:
        """Paths of all requests of a method that arrived."""
        requests = self._control("GET", "ledger")["requests"]
        return [
            request["path"]
            for request in requests
            if request["method"] == method and "/_simulator/" not in request["path"]
        ]

    def request_ids(self, method: str) -> list[str]:
        """Client request ids of all requests of a method to ARM paths."""
        requests = self._control("GET", "ledger")["requests"]
        return [
            request["client_request_id"]
            for request in requests
            if request["method"] == method and "/_simulator/" not in request["path"]
        ]

    def _control(self, method: str, what: str, body: object = None) -> Any:
        url = f"{self.simulator.endpoint}/_simulator/{what}"
        response = requests.request(method, url, json=body, timeout=10)
        response.raise_for_status()
        return response.json()


GatewayFactory = Callable[..., GatewayHarness]

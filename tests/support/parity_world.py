"""A simulator with one scale set of each kind, and what commands changed in it."""

import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from vmss_tui import demo
from vmss_tui.cli.program import main

NEWEST, MODELS = "22.04.202601010", "22.04.202511010"
DOMAIN_1 = {str(number) for number in range(1, 100, 5)}
"""Instances of the default world whose update domain, and fault domain, is 1."""
ALL_INSTANCES = {str(number) for number in range(100)}
SCENARIOS = {
    "web-rg": "web-100",
    "big-rg": "thousand",
    "zone-rg": "zonal",
    "custom-rg": "custom-image",
    "legacy-rg": "vhd",
}
PROFILE = "properties.virtualMachineProfile.storageProfile"


@dataclass
class ParityWorld:
    """A demo world, and what a command changed in it."""

    world: demo.DemoWorld
    state: Path
    capsys: pytest.CaptureFixture[str]
    speed: int = 600
    """Of its time; lower for a command that must come before something has ended."""
    out: str = ""
    err: str = ""
    effects_before: int = 0
    requests_before: int = 0
    instance_ids: set[str] = field(default_factory=set)
    outdated_ids: set[str] = field(default_factory=set)
    """Instances before the command without the latest model."""

    def run(self, command: str) -> int:
        """Runs a command of the table."""
        arguments = shlex.split(command)
        assert arguments.pop(0) == "vmss-tui"
        demo_options = ("--demo", "--scenario", self.world.scenario, "--speed", f"{self.speed}")
        code = main([*demo_options, *arguments])
        self.out, self.err = self.capsys.readouterr()
        assert "Traceback" not in self.err
        return int(code)

    def control(self, what: str, body: Any = None) -> Any:
        """A request to the control API of the simulator; returns its decoded reply."""
        world = demo.find_running(self.state, self.world)
        assert world is not None, "the demo is gone"
        url = f"{world.endpoint}/_simulator/{what}"
        response = requests.request("POST" if body else "GET", url, json=body, timeout=30)
        response.raise_for_status()
        return response.json()

    def start_counting(self) -> None:
        """From now on effects and requests are counted."""
        ledger = self.control("ledger")
        instances = self.scale_sets[0]["instances"]
        self.instance_ids = {instance["instanceId"] for instance in instances}
        self.outdated_ids = {
            instance["instanceId"]
            for instance in instances
            if not instance["properties"]["latestModelApplied"]
        }
        self.effects_before = len(ledger["effects"])
        self.requests_before = len(ledger["requests"])

    def effects(self, kind: str) -> list[str]:
        """Ids of instances that an effect of this kind happened to since, once for each effect."""
        effects = self.control("ledger")["effects"][self.effects_before :]
        return [effect["instance_id"] for effect in effects if effect["kind"] == kind]

    def writes(self) -> list[str]:
        """The writes since, as `POST restart`."""
        requests = self.control("ledger")["requests"][self.requests_before :]
        return [
            f"{request['method']} {request['path'].rpartition('/')[2]}"
            for request in requests
            if request["method"] not in ("GET", "HEAD") and "/_simulator/" not in request["path"]
        ]

    @property
    def scale_sets(self) -> list[dict[str, Any]]:
        """Every scale set of the world, with its instances."""
        world = self.control("world")
        sets: list[dict[str, Any]] = world["scale_sets"] if isinstance(world, dict) else world
        return sets

    def model_value(self, path: str) -> Any:
        """The value at a JSON path of the first scale set."""
        tree: Any = self.scale_sets[0]["resource"]
        for key in path.split("."):
            tree = tree.get(key) if isinstance(tree, dict) else None
        return tree

    def power_states(self, ids: set[str]) -> set[str]:
        """The power states of these instances."""
        return {
            status["code"]
            for instance in self.scale_sets[0]["instances"]
            if instance["instanceId"] in ids
            for status in instance["properties"]["instanceView"]["statuses"]
            if status["code"].startswith("PowerState/")
        }

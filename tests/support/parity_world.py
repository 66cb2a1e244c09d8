"""A simulator with one scale set of each kind, and what commands changed in it."""

import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from vmss_tui import demo
from vmss_tui.cli import main

NEWEST, MODELS = "22.04.202601010", "22.04.202511010"
DOMAIN_1 = {str(number) for number in range(1, 100, 5)}
"""Instances of the default world whose update domain, and fault domain, is 1."""
EVERYONE = {str(number) for number in range(100)}
SCENARIOS = {
    "web-rg": "web-100",
    "big-rg": "thousand",
    "zone-rg": "zonal",
    "custom-rg": "custom-image",
    "legacy-rg": "vhd",
}
PROFILE = "properties.virtualMachineProfile.storageProfile"


@dataclass
class World:
    """A demo world, and what became of it."""

    world: demo.DemoWorld
    state: Path
    capsys: pytest.CaptureFixture[str]
    out: str = ""
    err: str = ""
    effects_before: int = 0
    requests_before: int = 0
    members: set[str] = field(default_factory=set)
    stale: set[str] = field(default_factory=set)
    """Instances before the command, and those of them that lacked the model."""

    def run(self, command: str) -> int:
        """Runs a command of the table."""
        words = shlex.split(command)
        assert words.pop(0) == "vmss-tui"
        where = ("--demo", "--scenario", self.world.scenario, "--speed", "600")
        code = main([*where, *words])
        self.out, self.err = self.capsys.readouterr()
        assert "Traceback" not in self.err
        return int(code)

    def control(self, what: str, body: Any = None) -> Any:
        """The simulator's own interface."""
        found = demo.living(self.state, self.world)
        assert found is not None, "the demo is gone"
        url = f"{found.endpoint}/_simulator/{what}"
        answer = requests.request("POST" if body else "GET", url, json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def mark(self) -> None:
        """What happens from now on counts."""
        ledger = self.control("ledger")
        instances = self.sets[0]["instances"]
        self.members = {each["instanceId"] for each in instances}
        self.stale = {
            each["instanceId"] for each in instances if not each["properties"]["latestModelApplied"]
        }
        self.effects_before = len(ledger["effects"])
        self.requests_before = len(ledger["requests"])

    def did(self, kind: str) -> list[str]:
        """Ids on which something truly happened since, once for each time."""
        effects = self.control("ledger")["effects"][self.effects_before :]
        return [each["instance_id"] for each in effects if each["kind"] == kind]

    def writes(self) -> list[str]:
        """`POST restart` … since, without the workers' and others' reads."""
        asked = self.control("ledger")["requests"][self.requests_before :]
        return [
            f"{each['method']} {each['path'].rpartition('/')[2]}"
            for each in asked
            if each["method"] not in ("GET", "HEAD") and "/_simulator/" not in each["path"]
        ]

    @property
    def sets(self) -> list[dict[str, Any]]:
        """Every scale set of the world, whole."""
        found = self.control("world")
        sets: list[dict[str, Any]] = found["scale_sets"] if isinstance(found, dict) else found
        return sets

    def at(self, path: str) -> Any:
        """What the first set's model says at a JSON path."""
        tree: Any = self.sets[0]["resource"]
        for key in path.split("."):
            tree = tree.get(key) if isinstance(tree, dict) else None
        return tree

    def powers(self, ids: set[str]) -> set[str]:
        """The power states of these instances."""
        return {
            status["code"]
            for each in self.sets[0]["instances"]
            if each["instanceId"] in ids
            for status in each["properties"]["instanceView"]["statuses"]
            if status["code"].startswith("PowerState/")
        }

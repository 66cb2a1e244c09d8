"""The simulator as a whole: its imports, and how it starts and stops."""

import ast
import socket
import sys
from pathlib import Path

import pytest
import requests

import vmss_tui.simulator
from tests.support.simulator_client import ClientFactory
from vmss_tui.simulator.server import Simulator


def test_the_simulator_imports_only_itself_msgspec_and_the_standard_library() -> None:
    roots = set()
    for path in Path(vmss_tui.simulator.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                roots |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                roots.add(node.module or "")
    own = {root for root in roots if root.startswith("vmss_tui")}
    assert all(root.startswith("vmss_tui.simulator") for root in own)
    others = {root.split(".")[0] for root in roots - own}
    assert others - sys.stdlib_module_names == {"msgspec"}


def test_only_loopback_is_served() -> None:
    for host in ("0.0.0.0", "10.0.0.1", "example.com"):
        with pytest.raises(ValueError, match="loopback"):
            Simulator(host=host)


def test_stopping_the_simulator_closes_its_connections(make_client: ClientFactory) -> None:
    client = make_client()
    client.get()
    client.simulator.stop()
    client.simulator.stop()
    with pytest.raises(requests.ConnectionError):
        client.get()


def test_an_idle_simulator_ends_by_itself() -> None:
    simulator = Simulator(speed=0, idle_exit=0.05)
    simulator.serve_forever()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", int(simulator.endpoint.rsplit(":", 1)[1])), 1)

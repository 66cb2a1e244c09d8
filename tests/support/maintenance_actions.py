"""Maintenance actions of a scale set, sent as a command does after a yes."""

import json
from typing import Any

from tests.support.bench import Bench
from vmss_tui.operations.maintenance import MaintenanceAction

OS, EXTENSIONS, CANCEL = "/osRollingUpgrade", "/extensionRollingUpgrade", "/rollingUpgrades/cancel"
LATEST = "/rollingUpgrades/latest$"


def logged_operations(bench: Bench) -> list[dict[str, Any]]:
    """The records of the operations log."""
    path = bench.services.store.state_folder / "operations.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def send_action(bench: Bench, act: MaintenanceAction) -> str:
    """Sends an action as a command does after a yes; returns the message."""
    maintenance = bench.services.maintenance
    return maintenance.begin(maintenance.preview(bench.set_id, act)).message

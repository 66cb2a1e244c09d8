"""Maintenance actions of a scale set, sent as a command does after a yes."""

import json
from typing import Any

from tests.support.bench import Bench
from vmss_tui.operations.maintenance import MaintenanceAction

OS, EXTENSIONS, CANCEL = "/osRollingUpgrade", "/extensionRollingUpgrade", "/rollingUpgrades/cancel"
LATEST = "/rollingUpgrades/latest$"


def logged_operations(bench: Bench) -> list[dict[str, Any]]:
    """What the record of writes holds."""
    path = bench.services.store.state_folder / "operations.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def send_action(bench: Bench, act: MaintenanceAction) -> str:
    """Asks as a command does after a yes; returns what is said."""
    maintenance = bench.services.maintenance
    return maintenance.begin(maintenance.preview(bench.set_id, act)).message

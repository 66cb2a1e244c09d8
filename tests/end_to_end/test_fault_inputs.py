"""Wrong input of the fault table: it is refused, and nothing is sent."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.fault_table.inputs import REFUSALS, Refusal
from vmss_tui.cli.program import main
from vmss_tui.simulator.server import Simulator

WRITES = ("POST", "PATCH", "PUT", "DELETE")


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    """Three subscriptions with scale sets in each."""
    with Simulator("fleet", speed=0.0) as running:
        yield running


@pytest.mark.parametrize("row", REFUSALS, ids=lambda row: row.name.replace(" ", "-"))
def test_what_people_get_wrong_is_one_sentence_and_nothing_is_sent(
    row: Refusal,
    simulator: Simulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("STATE", "CONFIG"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))
    monkeypatch.setenv("AZURE_CONFIG_DIR", str(tmp_path / "azure"))
    monkeypatch.delenv("AZURE_SUBSCRIPTION_ID", raising=False)
    before: list[str] = []
    if row.settings is not None:
        file = tmp_path / "config.yaml"
        file.write_bytes(row.settings.encode() if isinstance(row.settings, str) else row.settings)
        before = ["--config", str(file)]
    known_requests = len(request_methods(simulator))
    arguments = [
        argument.replace("{here}", simulator.subscription_id) for argument in row.arguments
    ]

    code = main(["--endpoint", simulator.endpoint, *before, "run", *arguments])

    captured = capsys.readouterr()
    assert code == row.ends, captured.err
    assert captured.err.startswith("vmss-tui: ")
    assert captured.err.count("\n") == 1, captured.err
    assert re.search(row.message, captured.err), captured.err
    assert "hunter2" not in captured.err
    new = request_methods(simulator)[known_requests:]
    assert not set(new).intersection(WRITES)
    assert not (row.settings is not None and new)
    runs = tmp_path / "STATE" / "vmss-tui" / "runs"
    assert not runs.exists() or not list(runs.iterdir())


def request_methods(simulator: Simulator) -> list[str]:
    """The methods of all requests to Azure."""
    ledger = requests.get(f"{simulator.endpoint}/_simulator/ledger", timeout=10).json()
    return [request["method"] for request in ledger["requests"]]

"""Reading Azure's own rolling upgrade: recorded, over HTTP, absent, and invalid."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.bench import BenchFactory
from tests.support.paths import EXCHANGES
from tests.support.simulator_client import SimulatorClient
from vmss_tui.arm.resources.rolling_upgrades import RollingUpgradeWire, translate_rolling_upgrade
from vmss_tui.arm.wire.decode import decode_item
from vmss_tui.fleet.azure_maintenance import RollingCode, RollingUpgrade
from vmss_tui.gateway import InvalidResponse, NotAllowed, Throttled, Unreachable

LATEST = "/rollingUpgrades/latest$"


def recorded(name: str) -> RollingUpgrade:
    body = json.loads((EXCHANGES / f"{name}.json").read_text("utf-8"))["response"]["body"]
    return translate_rolling_upgrade(decode_item(json.dumps(body).encode(), RollingUpgradeWire)[0])


def test_a_recorded_one_that_is_over_is_read_whole() -> None:
    upgrade = recorded("vmss-rollingUpgrades-latest-Completed")
    assert (upgrade.code, upgrade.active) == (RollingCode.COMPLETED, False)
    assert upgrade.counts_text == "2 successful, 0 in progress, 0 pending, 0 failed"
    assert upgrade.started_at == datetime(2023, 12, 6, 8, 35, 21, 789833, tzinfo=UTC)
    assert upgrade.last_action == "Start"


def test_a_documented_one_that_is_at_work_is_active() -> None:
    upgrade = recorded("doc-rollingUpgrades-latest-RollingForward")
    assert (upgrade.code, upgrade.active) == (RollingCode.ROLLING_FORWARD, True)
    assert (upgrade.successful, upgrade.in_progress) == (8, 2)


@pytest.mark.parametrize(
    ("body", "raw_code"),
    [
        ({}, ""),
        ({"properties": None}, ""),
        ({"properties": {"runningStatus": {"code": "Pondering\x1b[2J"}}}, "Pondering␛[2J"),
        ({"properties": {"runningStatus": {"code": 7}, "progress": []}}, ""),
    ],
)
def test_an_unknown_status_code_is_kept_as_text(body: dict[str, Any], raw_code: str) -> None:
    upgrade = translate_rolling_upgrade(
        decode_item(json.dumps(body).encode(), RollingUpgradeWire)[0]
    )
    assert (upgrade.code, upgrade.active, upgrade.raw_code) == (RollingCode.UNKNOWN, None, raw_code)
    assert upgrade.counts_text == "? successful, ? in progress, ? pending, ? failed"


def test_where_none_ever_ran_there_is_none_and_a_started_one_is_followed(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    assert bench.gateway.read_rolling_upgrade(bench.set_id) is None
    caller = SimulatorClient(bench.simulator)
    assert caller.send("POST", f"{caller.set_path}/osRollingUpgrade").status_code == 202
    bench.simulator.clock.advance(15.0)
    upgrade = bench.gateway.read_rolling_upgrade(bench.set_id)
    assert upgrade is not None
    assert upgrade.active
    assert (upgrade.in_progress, upgrade.pending) == (20, 60)
    assert caller.send("POST", f"{caller.set_path}/rollingUpgrades/cancel").status_code == 202
    upgrade = bench.gateway.read_rolling_upgrade(bench.set_id)
    assert upgrade is not None
    assert (upgrade.code, upgrade.active, upgrade.last_action) == ("Cancelled", False, "Cancel")


@pytest.mark.parametrize(
    ("action", "raised"),
    [
        ({"html": True}, InvalidResponse),
        ({"status": 404, "body": "<html>not here</html>"}, InvalidResponse),
        ({"status": 200, "body": "[]"}, InvalidResponse),
        ({"status": 500}, Unreachable),
        ({"status": 429}, Throttled),
        ({"status": 403, "body": {"error": {"code": "AuthorizationFailed"}}}, NotAllowed),
    ],
)
def test_an_answer_that_cannot_be_read_says_nothing_of_rolling_upgrades(
    make_bench: BenchFactory, action: dict[str, Any], raised: type[Exception]
) -> None:
    bench = make_bench()
    bench.fault(LATEST, action, method="GET", times=None)
    with pytest.raises(raised):
        bench.gateway.read_rolling_upgrade(bench.set_id)


def test_it_is_asked_for_without_a_list_request(make_bench: BenchFactory) -> None:
    bench = make_bench()
    bench.gateway.read_rolling_upgrade(bench.set_id)
    assert [request["path"].rpartition("/")[2] for request in bench.requests("GET")] == ["latest"]

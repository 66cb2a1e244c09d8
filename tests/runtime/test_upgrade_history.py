"""The history of Azure's OS upgrades, read whole and with damaged entries."""

import json
from typing import Any

import pytest

from tests.support.bench import Bench, BenchFactory
from tests.support.maintenance_actions import send_action
from tests.support.paths import EXCHANGES
from vmss_tui.fleet.azure_maintenance import RollingCode
from vmss_tui.gateway import InvalidResponse
from vmss_tui.operations.maintenance import MaintenanceAction


def test_the_history_tells_who_when_and_where_to(make_bench: BenchFactory) -> None:
    bench = make_bench()
    maintenance = bench.services.maintenance
    assert maintenance.read_upgrade_history(bench.set_id) == ()
    send_action(bench, MaintenanceAction.START_OS)
    bench.simulator.clock.advance(3600)
    (entry,) = maintenance.read_upgrade_history(bench.set_id)
    assert (entry.started_by, entry.upgrade.code) == ("User", "Completed")
    assert entry.upgrade.counts_text.startswith("80 done")
    assert entry.target is not None
    assert entry.target.version == "22.04.202511010"
    assert entry.ended_at is not None
    assert (entry.rolled_back, entry.not_rolled_back) == (0, 0)


def served(bench: Bench, path: str, body: Any) -> None:
    bench.fault(path, {"status": 200, "body": body}, method="GET", times=None)


def test_the_documented_history_is_read_whole(make_bench: BenchFactory) -> None:
    bench = make_bench()
    upgrade = json.loads((EXCHANGES / "doc-osUpgradeHistory-one-entry.json").read_text("utf-8"))
    served(bench, "/osUpgradeHistory$", upgrade["response"]["body"])
    (entry,) = bench.services.maintenance.read_upgrade_history(bench.set_id)
    assert entry.started_by == "Platform"
    assert entry.upgrade.counts_text == "16 successful, 4 in progress, 0 pending, 0 failed"
    assert entry.target is not None
    assert entry.target.version == "2016.127.20180613"
    assert entry.ended_at is not None, "the documentation says completedTime"


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"properties": None},
        {"properties": {"runningStatus": [], "progress": "x", "targetImageReference": 7,
                        "startedBy": {"a": 1}, "rollbackInfo": {}}},
    ],
)  # fmt: skip
def test_an_odd_entry_is_unknown_and_costs_no_other(make_bench: BenchFactory, entry: Any) -> None:
    bench = make_bench()
    whole = {"properties": {"startedBy": "Platform", "runningStatus": {"code": "Faulted"}}}
    served(bench, "/osUpgradeHistory$", {"value": [entry, whole]})
    odd, upgrade = bench.services.maintenance.read_upgrade_history(bench.set_id)
    assert (odd.upgrade.code, odd.target, odd.started_by) == (RollingCode.UNKNOWN, None, "")
    assert upgrade.upgrade.code is RollingCode.FAULTED


@pytest.mark.parametrize("body", ["[]", "<html>", '{"value": null}'])
def test_a_history_that_is_not_azures_is_damage(make_bench: BenchFactory, body: str) -> None:
    bench = make_bench()
    served(bench, "/osUpgradeHistory$", body)
    with pytest.raises(InvalidResponse):
        bench.services.maintenance.read_upgrade_history(bench.set_id)

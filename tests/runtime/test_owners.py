"""Sets that another service runs open protected, by each of the marks such a service leaves."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.bench import Bench, BenchFactory
from tests.support.fake_session import FakeServices
from tests.support.fleets import scale_set, web
from tests.support.pilot import run_dashboard
from vmss_tui.cli.program import main
from vmss_tui.fleet.model_edit.change import change_from_edit
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.operations.maintenance import MaintenanceAction
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.simulator.scenarios.catalog import SCENARIOS
from vmss_tui.simulator.scenarios.spec import ScaleSetSpec, Scenario
from vmss_tui.ui.dialogs.confirm import ConfirmScreen
from vmss_tui.upgrade.plan.selection import Selection

FABRIC = [{"name": "sf", "properties": {"publisher": "Microsoft.Azure.ServiceFabric",
                                        "type": "ServiceFabricLinuxNode",
                                        "typeHandlerVersion": "1.1"}}]  # fmt: skip
EXTENSIONS = "properties.virtualMachineProfile.extensionProfile.extensions"
SIGNALS: dict[str, tuple[ScaleSetSpec, dict[str, Any], str]] = {
    "aks-tag": (
        ScaleSetSpec("nodes-rg", "np-vmss", 4, tags={"aks-managed-poolName": "np"}),
        {},
        "Azure Kubernetes Service",
    ),
    "mc-group": (
        ScaleSetSpec("MC_shop_cluster_eastus", "aks-np-1-vmss", 4),
        {},
        "Azure Kubernetes Service",
    ),
    "service-fabric": (
        ScaleSetSpec("sf-rg", "node-vmss", 4),
        {EXTENSIONS: FABRIC},
        "Service Fabric",
    ),
    "batch-group": (ScaleSetSpec("AzureBatch-7f3a", "pool-vmss", 4), {}, "Azure Batch"),
    "batch-name": (ScaleSetSpec("pool-rg", "1-azurebatch-vmss", 4), {}, "Azure Batch"),
}


@pytest.fixture(params=SIGNALS)
def owned(
    request: pytest.FixtureRequest, make_bench: BenchFactory, monkeypatch: pytest.MonkeyPatch
) -> tuple[Bench, str]:
    """A simulated set with one of the marks, and whose it is."""
    spec, edits, owner = SIGNALS[request.param]
    monkeypatch.setitem(SCENARIOS, "owned", Scenario("owned", "", "", "", (spec,)))
    bench = make_bench("owned")
    if edits:
        bench.edit(**edits)
    return bench, owner


def attempts(bench: Bench) -> list[Callable[[], object]]:
    """Every kind of write that can be asked of a set."""
    services = bench.services
    snapshot = services.queries.observe(bench.set_id)
    change = change_from_edit(snapshot.scale_set, Edit(capacity=3))
    plan = services.planner.plan(snapshot, Selection(everything=True), services.default_policy)
    preview = services.maintenance.preview(bench.set_id, MaintenanceAction.START_EXTENSIONS)
    return [
        lambda: services.run_control.start(plan),
        lambda: services.model_writer.save(snapshot.scale_set, change),
        lambda: services.maintenance.begin(preview),
    ]


def test_nothing_is_written_to_it_until_its_name_was_typed(owned: tuple[Bench, str]) -> None:
    bench, owner = owned
    for attempt in attempts(bench):
        refusal = f"{bench.set_id.short} is managed by {owner}: type its name first"
        with pytest.raises(RunRefused, match=refusal):
            attempt()
    written = [*bench.requests("POST"), *bench.requests("PATCH"), *bench.requests("PUT")]
    assert not written
    assert not bench.started_runs
    bench.services.permission.unlock(bench.set_id)
    bench.services.model_writer.save(
        bench.services.queries.read_model(bench.set_id),
        change_from_edit(bench.services.queries.read_model(bench.set_id), Edit(capacity=3)),
    )
    assert len(bench.requests("PATCH")) == 1


def test_yes_on_the_command_line_does_not_stand_for_its_name(
    owned: tuple[Bench, str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    bench, owner = owned
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    where = ("--endpoint", bench.simulator.endpoint)
    for command in (
        ("model", bench.set_id.short, "--capacity", "3", "--yes"),
        ("run", bench.set_id.short, "--yes"),
        ("rolling", bench.set_id.short, "start", "--extensions", "--yes"),
    ):
        assert main([*where, *command]) == 6, command
        text = capsys.readouterr().err
        assert f"{bench.set_id.short} is managed by {owner}" in text
        assert "its name must be typed at a terminal" in text
    assert not bench.requests("PATCH") + bench.requests("POST")


def test_whose_it_is_is_told_by_status_and_list(
    owned: tuple[Bench, str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    bench, owner = owned
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("home") / "state"))
    assert main(["--endpoint", bench.simulator.endpoint, "status", bench.set_id.short]) == 0
    assert f"managed by  {owner}" in capsys.readouterr().out


def test_a_resource_that_is_managed_by_another_is_protected(make_bench: BenchFactory) -> None:
    bench = make_bench()
    tree = dict(bench.gateway.read_model(bench.set_id).raw) | {"managedBy": "/subscriptions/x/y"}
    bench.fault("/web-vmss$", {"status": 200, "body": tree}, method="GET", times=None)
    bench.services.queries.observe(bench.set_id)
    reason = bench.services.permission.protection_reason(bench.set_id)
    assert reason == "web-rg/web-vmss is managed by /subscriptions/x/y"
    assert bench.services.permission.is_protected(bench.set_id)


def test_a_set_of_ones_own_is_not_protected(make_bench: BenchFactory) -> None:
    bench = make_bench()
    bench.services.queries.observe(bench.set_id)
    assert not bench.services.permission.is_protected(bench.set_id)


def test_reading_the_list_is_enough_to_know_it(make_bench: BenchFactory) -> None:
    bench = make_bench()
    bench.edit(**{"tags": {"aks-managed-x": "y"}})
    bench.services.queries.list_scale_sets()
    assert bench.services.permission.is_protected(bench.set_id)


async def test_the_dashboard_opens_it_protected_with_the_reason_and_its_name_unlocks_it() -> None:
    seen = web()
    aks = Snapshot(scale_set(owner="Azure Kubernetes Service"), seen.instances, seen.taken_at)
    async with run_dashboard(FakeServices(aks)) as screen:
        assert "protected" in screen.line("vmss-tui")
        bar = screen.line("read-only, ! unlocks it")
        assert "web-rg/web-vmss is managed by Azure Kubernetes Service" in bar
        await screen.press("U")
        toast = "web-rg/web-vmss is managed by Azure Kubernetes Service"
        assert screen.text.count(toast) == 3  # the notice, the panel without a run, and the toast
        assert not screen.services.run_control.started_plans
        await screen.press("exclamation_mark")
        assert "It may undo changes, or be" in screen.text
        await screen.press("tab")
        await screen.type_text("web-vmss")
        await screen.press("enter")
        assert "protected" not in screen.text
        assert "read-only" not in screen.text
        await screen.press("U")
        assert isinstance(screen.app.screen, ConfirmScreen)

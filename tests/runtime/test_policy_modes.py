"""Who applies a changed model: by each upgrade policy mode, what a save sets off, what runs may."""

from dataclasses import replace

import pytest

from tests.support.bench import NEWEST, BenchFactory
from tests.support.fake_session import FakeServices
from tests.support.fleets import web
from tests.support.pilot import run_dashboard
from vmss_tui.fleet.model_edit.change import change_from_edit
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.fleet.scale_set import PolicyMode
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.ui.dialogs.confirm import ConfirmScreen
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run.run import Phase

pytestmark = pytest.mark.usefixtures("rare_readings")

SCENARIOS = {
    PolicyMode.MANUAL: "web-100",
    PolicyMode.AUTOMATIC: "automatic-policy",
    PolicyMode.ROLLING: "rolling-policy",
}
SAID = {
    PolicyMode.MANUAL: "Manual policy: no instance changes until you upgrade it.",
    PolicyMode.AUTOMATIC: "Automatic policy: Azure upgrades every instance at once",
    PolicyMode.ROLLING: "Rolling policy: Azure starts its own rolling upgrade at once",
}


@pytest.mark.parametrize("mode", SCENARIOS)
def test_a_save_sets_off_exactly_what_was_said_before_it(
    make_bench: BenchFactory, mode: PolicyMode
) -> None:
    bench = make_bench(SCENARIOS[mode])
    model = bench.services.queries.read_model(bench.set_id)
    assert model.policy_mode is mode
    change = change_from_edit(model, Edit(image_version=NEWEST))
    assert SAID[mode] in change.consequence
    assert change.azure_acts is (mode is not PolicyMode.MANUAL)
    bench.services.model_writer.save(model, change)
    bench.simulator.clock.advance(20)
    members = len(bench.gateway.observe(bench.set_id).instances)
    effects_before = len(bench.effects())
    latest = bench.services.maintenance.read_rolling_upgrade(bench.set_id)
    match mode:
        case PolicyMode.MANUAL:
            assert (effects_before, latest) == (0, None)
        case PolicyMode.AUTOMATIC:
            assert (effects_before, latest) == (members, None), "all of them, and at once"
        case _:
            assert 0 < effects_before <= members // 5, "a first batch"
            assert latest is not None
            assert latest.active
    assert not bench.requests("POST"), "nothing of it was asked by us"


@pytest.mark.parametrize("mode", SCENARIOS)
def test_only_a_manual_set_is_upgraded_by_a_run(make_bench: BenchFactory, mode: PolicyMode) -> None:
    bench = make_bench(SCENARIOS[mode])
    snapshot = bench.services.queries.observe(bench.set_id)
    if mode is PolicyMode.MANUAL:
        assert bench.services.planner.plan(snapshot, Selection(), Policy()).batches
        return
    with pytest.raises(RunRefused) as error:
        bench.services.planner.plan(snapshot, Selection(), Policy())
    assert f"has upgrade policy {mode}: Azure itself upgrades its instances" in str(error.value)
    assert "--policy-mode Manual" in str(error.value), "the way out is named"


@pytest.mark.parametrize("mode", [PolicyMode.AUTOMATIC, PolicyMode.ROLLING])
def test_a_run_ends_where_somebody_changes_the_mode_under_it(
    make_bench: BenchFactory, mode: PolicyMode
) -> None:
    bench = make_bench()
    snapshot = bench.services.queries.observe(bench.set_id)
    plan = bench.services.planner.plan(snapshot, Selection(), Policy())
    name = bench.services.run_control.start(plan)
    bench.run_worker(name, until=lambda run: run.batches_sent == 1 and run.open_batch is None)
    requests_before = len(bench.requests("POST", "/manualupgrade"))
    bench.edit(**{"properties.upgradePolicy.mode": str(mode)})
    bench.simulator.clock.advance(3600)  # Azure's own upgrade is over, if it began one
    run = bench.run_worker(name)
    assert run.phase is Phase.FAULTED
    assert f"upgrade policy is now {mode}" in run.message
    assert len(bench.requests("POST", "/manualupgrade")) == requests_before


@pytest.mark.parametrize("mode", [*SCENARIOS, PolicyMode.UNKNOWN])
async def test_the_dashboard_shows_the_mode_and_says_why_there_is_no_run(
    mode: PolicyMode,
) -> None:
    seen = web()
    fake_services = FakeServices(Snapshot(replace(seen.scale_set, policy_mode=mode), seen.instances,
                                 seen.taken_at))  # fmt: skip
    async with run_dashboard(fake_services, (160, 36)) as screen:
        assert f"Uniform · Upgrade policy {mode}  " in screen.line("vmss-tui")
        assert "   100 instances   " in screen.line(" Image ")
        for key in ("U", "R"):
            await screen.press(key)
            opened = len(screen.app.screen_stack) > 2
            assert opened is (mode is PolicyMode.MANUAL)
            if opened:
                await screen.press("escape")
            else:
                assert f"The upgrade policy is {mode}: Azure itself" in screen.text
        assert not isinstance(screen.app.screen, ConfirmScreen)
        assert fake_services.run_control.started_plans == []


def test_a_mode_that_nobody_knows_is_taken_for_the_worst(make_bench: BenchFactory) -> None:
    bench = make_bench()
    tree = dict(bench.gateway.read_model(bench.set_id).raw)
    properties = dict(tree["properties"])  # type: ignore[call-overload]
    tree["properties"] = {**properties, "upgradePolicy": {"mode": "Whenever"}}
    bench.fault("/web-vmss$", {"status": 200, "body": tree}, method="GET", times=None)
    model = bench.services.queries.read_model(bench.set_id)
    assert model.policy_mode is PolicyMode.UNKNOWN
    change = change_from_edit(model, Edit(image_version=NEWEST))
    assert "unknown: instances may change at once" in change.consequence
    assert change.azure_acts
    with pytest.raises(
        RunRefused, match="the upgrade policy of web-rg/web-vmss is unknown: Azure may upgrade"
    ):
        bench.services.planner.plan(
            bench.services.queries.observe(bench.set_id), Selection(), Policy()
        )

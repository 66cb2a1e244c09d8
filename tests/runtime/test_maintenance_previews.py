"""What stops a maintenance action, and what a person reads before it is sent."""

import pytest

from tests.support.bench import BenchFactory
from tests.support.maintenance_actions import send_action
from vmss_tui.fleet.azure_maintenance import RollingCode, RollingUpgrade
from vmss_tui.fleet.image import Image, ImageKind
from vmss_tui.fleet.scale_set import Orchestration, ScaleSet
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.operations.maintenance import (
    MaintenanceAction,
    MaintenanceState,
    az_command,
    unavailable_reason,
)
from vmss_tui.operations.maintenance_preview import build_preview
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.operations.maintenance import ACTIVE_INTERVAL, IDLE_INTERVAL
from vmss_tui.upgrade.plan.selection import PlanError, Selection

WHERE = ScaleSetId("00000000-0000-0000-0000-000000000000", "rg", "set")


def test_while_a_run_of_ours_is_live_nothing_is_asked(make_bench: BenchFactory) -> None:
    bench = make_bench()
    snapshot = bench.gateway.observe(bench.set_id)
    plan = bench.services.planner.plan(snapshot, Selection(), bench.services.default_policy)
    folder = bench.services.store.find(bench.services.run_control.start(plan))
    assert folder.take_lock(bench.clock.wall())
    for act in MaintenanceAction:
        with pytest.raises(RunRefused, match="a run is live"):
            send_action(bench, act)
    folder.lock.release()
    assert not bench.requests("POST")


def test_a_run_that_begins_after_the_question_stands_against_the_answer(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    preview = bench.services.maintenance.preview(bench.set_id, MaintenanceAction.START_OS)
    snapshot = bench.gateway.observe(bench.set_id)
    plan = bench.services.planner.plan(snapshot, Selection(), bench.services.default_policy)
    folder = bench.services.store.find(bench.services.run_control.start(plan))
    assert folder.take_lock(bench.clock.wall())
    with pytest.raises(RunRefused, match="a run is live"):
        bench.services.maintenance.begin(preview)
    folder.lock.release()
    assert not bench.requests("POST")


def test_read_only_and_protected_sets_are_not_asked(make_bench: BenchFactory) -> None:
    looking = make_bench(read_only=True)
    for act in MaintenanceAction:
        with pytest.raises(RunRefused, match="is read-only"):
            send_action(looking, act)
    bench = make_bench()
    bench.services.permission._settings_protect = lambda _: True
    preview = bench.services.maintenance.preview(bench.set_id, MaintenanceAction.START_OS)
    with pytest.raises(RunRefused, match="is protected by the settings"):
        bench.services.maintenance.begin(preview)
    assert not looking.requests("POST") + bench.requests("POST")


def test_one_that_is_at_work_is_neither_doubled_nor_missed(make_bench: BenchFactory) -> None:
    bench = make_bench()
    with pytest.raises(PlanError, match="none was ever started"):
        send_action(bench, MaintenanceAction.CANCEL)
    preview = bench.services.maintenance.preview(bench.set_id, MaintenanceAction.START_OS)
    bench.services.maintenance.begin(preview)
    for again in (
        lambda: bench.services.maintenance.begin(preview),
        lambda: send_action(bench, MaintenanceAction.START_OS),
    ):
        with pytest.raises(
            RunRefused, match=r"in progress already \(RollingForward: 0 successful, 0 in"
        ):
            again()
    bench.simulator.clock.advance(3600)
    with pytest.raises(PlanError, match="the latest is Completed"):
        send_action(bench, MaintenanceAction.CANCEL)
    assert len(bench.requests("POST")) == 1


def test_a_status_that_is_not_known_is_neither_yes_nor_no() -> None:
    odd = RollingUpgrade(raw_code="Pondering")
    standing = MaintenanceState(ScaleSet(WHERE, image=Image(ImageKind.PLATFORM)), odd)
    assert "Pondering" in unavailable_reason(MaintenanceAction.START_OS, standing)
    assert "no other one is started" in unavailable_reason(
        MaintenanceAction.START_EXTENSIONS, standing
    )
    assert unavailable_reason(MaintenanceAction.CANCEL, standing) == "", (
        "Azure will say whether there is one"
    )


@pytest.mark.parametrize("scenario", ["custom-image", "vhd"])
def test_an_image_without_versions_has_no_newest_one(
    make_bench: BenchFactory, scenario: str
) -> None:
    bench = make_bench(scenario)
    with pytest.raises(PlanError, match="has no versions"):
        send_action(bench, MaintenanceAction.START_OS)
    assert not bench.requests("POST")


def test_starting_says_what_azure_does_and_what_it_does_not(make_bench: BenchFactory) -> None:
    bench = make_bench()
    preview = bench.services.maintenance.preview(bench.set_id, MaintenanceAction.START_OS)
    text = " ".join(preview.sentences)
    assert "20% of the instances at a time, 0 s between batches" in text
    assert "installs the newest available version of the model's image" in text
    assert "(22.04.202601010 is the newest that can be seen)" in text
    assert "it cannot be paused, and it continues when you leave" in text
    assert "the model names version 22.04.202511010 and not latest" in preview.cautions[0]
    assert preview.needs_typed_name
    assert preview.az == "az vmss rolling-upgrade start -g web-rg -n web-vmss"


def test_cancelling_says_that_nothing_is_rolled_back(make_bench: BenchFactory) -> None:
    bench = make_bench()
    send_action(bench, MaintenanceAction.START_OS)
    preview = bench.services.maintenance.preview(bench.set_id, MaintenanceAction.CANCEL)
    text = " ".join(preview.sentences)
    assert "Nothing is rolled back: upgraded instances stay upgraded" in text
    assert "Any later edit of the model, even an empty one, starts it again" in text
    assert "RollingForward: 0 successful, 0 in progress, 80 pending, 0 failed" in text
    assert not preview.needs_typed_name


def test_the_sets_own_limits_are_said_and_dangers_are_named() -> None:
    policy = {"maxBatchInstancePercent": 5, "pauseTimeBetweenBatches": "PT2M30S"}
    raw = {"properties": {"upgradePolicy": {"rollingUpgradePolicy": policy}}}
    scale_set = ScaleSet(
        WHERE,
        orchestration=Orchestration.FLEXIBLE,
        image=Image(ImageKind.GALLERY, reference="/g"),
        owner="Azure Kubernetes Service",
        raw=raw,
    )
    preview = build_preview(MaintenanceAction.START_OS, MaintenanceState(scale_set))
    assert "5% of the instances at a time, 150 s between batches" in preview.sentences[0]
    text = " ".join(preview.cautions)
    for phrase in ("no health probe", "documents this for platform images", "Flexible",
                  "Azure Kubernetes Service runs this set"):  # fmt: skip
        assert phrase in text


def test_every_act_has_its_az_line() -> None:
    assert {act: az_command(act, WHERE).partition(" -g rg ")[0] for act in MaintenanceAction} == {
        MaintenanceAction.START_OS: "az vmss rolling-upgrade start",
        MaintenanceAction.START_EXTENSIONS: "az vmss extension upgrade",
        MaintenanceAction.CANCEL: "az vmss rolling-upgrade cancel",
        MaintenanceAction.SUSPEND_REPAIRS: "az vmss set-orchestration-service-state",
        MaintenanceAction.RESUME_REPAIRS: "az vmss set-orchestration-service-state",
    }
    assert az_command(MaintenanceAction.SUSPEND_REPAIRS, WHERE).endswith(
        "-n set --service-name AutomaticRepairs --action Suspend"
    )


def test_looks_stay_within_the_bucket_of_a_sets_own_gets(make_bench: BenchFactory) -> None:
    maintenance = make_bench().services.maintenance
    at_work = RollingUpgrade(code=RollingCode.ROLLING_FORWARD)
    over = RollingUpgrade(code=RollingCode.COMPLETED)
    assert maintenance.seconds_until_read(at_work, operation_open=False) == ACTIVE_INTERVAL
    assert (
        maintenance.seconds_until_read(over, operation_open=False)
        == maintenance.seconds_until_read(None, operation_open=False)
        == IDLE_INTERVAL
    )
    assert maintenance.seconds_until_read(None, operation_open=True) == ACTIVE_INTERVAL
    assert 60 / 6 + 60 / ACTIVE_INTERVAL <= 12, "a reading every 6 s costs one GET of the set"

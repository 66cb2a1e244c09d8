"""Automatic repairs, suspended and resumed."""

from typing import Any

import pytest

from tests.runtime.test_upgrade_history import served
from tests.support.bench import BenchFactory
from tests.support.maintenance_actions import logged_operations, send_action
from vmss_tui.fleet.azure_maintenance import RepairsState
from vmss_tui.operations.maintenance import MaintenanceAction
from vmss_tui.upgrade.plan.selection import PlanError

REPAIRS = "/setOrchestrationServiceState"
REPAIRED = {"enabled": True, "gracePeriod": "PT30M", "repairAction": "Restart"}


def test_repairs_are_suspended_and_resumed_and_the_service_tells(make_bench: BenchFactory) -> None:
    bench = make_bench()
    bench.edit(**{"properties.automaticRepairsPolicy": REPAIRED})
    maintenance = bench.services.maintenance
    model = bench.gateway.read_model(bench.set_id)
    assert maintenance.read_repairs(model).state is RepairsState.RUNNING
    with pytest.raises(PlanError, match="are running already"):
        send_action(bench, MaintenanceAction.RESUME_REPAIRS)
    assert (
        send_action(bench, MaintenanceAction.SUSPEND_REPAIRS) == "automatic repairs are suspended"
    )
    assert maintenance.read_repairs(model).state is RepairsState.SUSPENDED
    with pytest.raises(PlanError, match="are suspended already"):
        send_action(bench, MaintenanceAction.SUSPEND_REPAIRS)
    assert send_action(bench, MaintenanceAction.RESUME_REPAIRS) == "automatic repairs are resumed"
    assert maintenance.read_repairs(model).state is RepairsState.RUNNING
    assert len(bench.requests("POST", REPAIRS)) == 2
    assert [record.get("verb") for record in logged_operations(bench)] == [
        "suspend-repairs", None, "resume-repairs", None,
    ]  # fmt: skip


def test_a_lost_answer_about_repairs_is_looked_for(make_bench: BenchFactory) -> None:
    bench = make_bench()
    bench.edit(**{"properties.automaticRepairsPolicy": REPAIRED})
    bench.fault(REPAIRS, {"drop_after": True}, method="POST")
    assert send_action(bench, MaintenanceAction.SUSPEND_REPAIRS).startswith(
        "no response, but it took effect"
    )
    assert len(bench.requests("POST", REPAIRS)) == 1


def test_repairs_that_are_off_are_neither_suspended_nor_asked_after(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    for act in (MaintenanceAction.SUSPEND_REPAIRS, MaintenanceAction.RESUME_REPAIRS):
        with pytest.raises(PlanError, match="are off in the model"):
            send_action(bench, act)
    assert not bench.requests("GET", "/instanceView")
    assert not bench.requests("POST")


def test_resuming_says_what_azure_will_do_and_when(make_bench: BenchFactory) -> None:
    bench = make_bench()
    bench.edit(**{"properties.automaticRepairsPolicy": REPAIRED})
    send_action(bench, MaintenanceAction.SUSPEND_REPAIRS)
    preview = bench.services.maintenance.preview(bench.set_id, MaintenanceAction.RESUME_REPAIRS)
    assert "(Restart)" in preview.sentences[0]
    assert "longer than 30 minutes" in preview.sentences[0]


@pytest.mark.parametrize(
    ("services", "state", "verbatim"),
    [
        (None, RepairsState.UNKNOWN, ""),
        ([], RepairsState.UNKNOWN, ""),
        ([None, {"serviceName": "Other", "serviceState": "Running"}], RepairsState.UNKNOWN, ""),
        ([{"serviceName": "automaticrepairs", "serviceState": "notrunning"}],
         RepairsState.NOT_RUNNING, "notrunning"),
        ([{"serviceName": "AutomaticRepairs", "serviceState": "Asleep\x1b"}],
         RepairsState.UNKNOWN, "Asleep␛"),
        ([{"serviceName": "AutomaticRepairs", "serviceState": 7}], RepairsState.UNKNOWN, ""),
    ],
)  # fmt: skip
def test_a_state_of_the_service_that_is_not_known_is_kept_verbatim(
    make_bench: BenchFactory, services: Any, state: RepairsState, verbatim: str
) -> None:
    bench = make_bench()
    bench.edit(**{"properties.automaticRepairsPolicy": REPAIRED})
    served(bench, "/instanceView$", {"orchestrationServices": services})
    repairs = bench.services.maintenance.read_repairs(bench.gateway.read_model(bench.set_id))
    assert (repairs.state, repairs.raw_state) == (state, verbatim)


def test_a_flexible_set_has_no_instance_view_to_tell_it(make_bench: BenchFactory) -> None:
    bench = make_bench("flexible")
    bench.edit(**{"properties.automaticRepairsPolicy": REPAIRED})
    repairs = bench.services.maintenance.read_repairs(bench.gateway.read_model(bench.set_id))
    assert repairs.state is RepairsState.UNKNOWN
    assert not bench.requests("GET", "/instanceView")

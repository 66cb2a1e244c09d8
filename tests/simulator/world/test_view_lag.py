"""Views that lag: each part of an instance is behind by its own time, and the truth is not."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.support.simulator_client import (
    NEWER,
    ClientFactory,
    SimulatorClient,
    health_state,
    power_state,
)

CURRENT = "22.04.202511010"
SETTLED = 300.0
"""Simulated seconds after which every action and every lag has ended."""


@pytest.fixture
def lagging(make_client: ClientFactory) -> SimulatorClient:
    """A client of web-100 before any fault, without quotas."""
    return make_client(throttling=False)


def truth(client: SimulatorClient, instance_id: str) -> Any:
    """An instance as it is, from the control interface."""
    (scale_set,) = client.control("GET", "world")["scale_sets"]
    (instance,) = (i for i in scale_set["instances"] if i["instanceId"] == instance_id)
    return instance


def exact_version(instance: Any) -> str:
    return str(instance["properties"]["storageProfile"]["imageReference"]["exactVersion"])


def seconds_behind(
    client: SimulatorClient, twin: SimulatorClient, instance_id: str, changed: Callable[[Any], bool]
) -> float:
    """Simulated seconds between a change in the twin, which has no fault, and in the client's view.

    Time moves in steps of one second.
    """
    noticed: dict[SimulatorClient, float] = {}
    for second in range(400):
        for observer in (client, twin):
            instance = observer.get_instance(instance_id)
            if observer not in noticed and changed(instance):
                noticed[observer] = second
            observer.advance(1)
        if len(noticed) == 2:
            return noticed[client] - noticed[twin]
    raise AssertionError("the change was not seen in 400 s")


@pytest.mark.parametrize(
    ("part", "action", "changed"),
    [
        ("power", "/poweroff", lambda vm: power_state(vm) == "stopped"),
        (
            "provisioningState",
            "/restart",
            lambda vm: vm["properties"]["provisioningState"] == "Updating",
        ),
        ("health", "/restart", lambda vm: health_state(vm) == "initializing"),
        ("model", "/manualupgrade", lambda vm: exact_version(vm) == CURRENT),
        (
            "latestModelApplied",
            "/manualupgrade",
            lambda vm: vm["properties"]["latestModelApplied"] is True,
        ),
    ],
)
def test_a_part_is_seen_as_late_as_the_fault_says_and_the_others_at_once(
    make_client: ClientFactory, part: str, action: str, changed: Callable[[Any], bool]
) -> None:
    lagging, twin = make_client(throttling=False), make_client(throttling=False)
    late, prompt = [vm["instanceId"] for vm in twin.list_instances() if not changed(vm)][:2]
    lagging.add_fault(instance="view_lag", instance_ids=[late], seconds={part: 25})
    for instance_id, seconds in ((prompt, 0), (late, 25)):
        lagging.post(action, [instance_id])
        twin.post(action, [instance_id])
        assert seconds_behind(lagging, twin, instance_id, changed) == seconds


def test_a_written_model_is_noticed_late_and_the_set_itself_is_not(
    lagging: SimulatorClient,
) -> None:
    current = next(
        vm["instanceId"]
        for vm in lagging.list_instances()
        if vm["properties"]["latestModelApplied"]
    )
    lagging.add_fault(instance="view_lag", seconds={"latestModelApplied": 40})
    lagging.advance(SETTLED)
    lagging.patch_image_version(NEWER)
    profile = lagging.get().json()["properties"]["virtualMachineProfile"]
    assert profile["storageProfile"]["imageReference"]["version"] == NEWER
    lagging.advance(39)
    assert lagging.get_instance(current)["properties"]["latestModelApplied"] is True
    assert truth(lagging, current)["properties"]["latestModelApplied"] is False
    query = "$filter=properties/latestModelApplied eq true"
    assert current in {vm["instanceId"] for vm in lagging.list_instances(query)}
    lagging.advance(2)
    assert lagging.get_instance(current)["properties"]["latestModelApplied"] is False
    assert lagging.list_instances(query) == []


def test_lists_summaries_and_flexible_machines_lag_too(make_client: ClientFactory) -> None:
    web = make_client(throttling=False)
    web.add_fault(instance="view_lag", seconds={"provisioningState": 30, "power": 30})
    web.advance(SETTLED)
    web.post("/restart", ["4", "5"])
    assert len(web.effects("restart")) == 2
    summary = web.get("/instanceView").json()["virtualMachine"]["statusesSummary"]
    assert summary == [{"code": "ProvisioningState/succeeded", "count": 100}]
    assert {vm["properties"]["provisioningState"] for vm in web.list_instances()} == {"Succeeded"}
    web.post("/restart", ["6"])
    assert web.post("/restart", ["6"]).status_code == 409

    flexible = make_client("flexible", "flex-rg/spot-vmss", throttling=False)
    flexible.add_fault(instance="view_lag", seconds={"power": 30})
    flexible.advance(SETTLED)
    name = flexible.list_instances("")[0]["instanceId"]
    group = flexible.set_path.partition("/providers/")[0]
    machine = f"{group}/providers/Microsoft.Compute/virtualMachines/{name}"
    flexible.send("POST", f"{machine}/poweroff")
    flexible.advance(20)
    seen = flexible.send("GET", machine, query="$expand=instanceView").json()
    assert power_state(seen) == "running"
    assert seen["properties"]["provisioningState"] == "Updating"
    flexible.advance(100)
    seen = flexible.send("GET", machine, query="$expand=instanceView").json()
    assert power_state(seen) == "stopped"


def test_without_the_fault_and_after_it_a_list_is_the_cached_truth(
    lagging: SimulatorClient,
) -> None:
    def bodies() -> list[bytes]:
        lagging.get("/virtualMachines", "$expand=instanceView")
        (scale_set,) = lagging.simulator.world.scale_sets.values()
        entries = (item.encoded_bodies for item in scale_set.sorted_instances())
        return [entry["instance", True, False][1] for entry in entries]

    first = bodies()
    assert all(body is again for body, again in zip(first, bodies(), strict=True))
    lagging.add_fault(instance="view_lag", instance_ids=["3"], seconds={"power": 60})
    lagging.advance(SETTLED)
    lagging.post("/poweroff", ["3"])
    lagging.advance(40)
    bodies()
    assert power_state(lagging.get_instance("3")) == "running"
    lagging.control("DELETE", "faults")
    assert power_state(lagging.get_instance("3")) == "stopped"
    changed = [body is not again for body, again in zip(first, bodies(), strict=True)]
    assert changed.count(True) == 1


def test_instances_in_the_scenario_are_late_by_times_of_their_own(
    make_client: ClientFactory,
) -> None:
    client = make_client("lagging-views", throttling=False)
    client.advance(SETTLED)
    client.post("/poweroff", ["*"])
    client.advance(50)
    stopped = [power_state(vm) == "stopped" for vm in client.list_instances()]
    assert 10 < sum(stopped) < 90
    client.advance(60)
    assert {power_state(vm) for vm in client.list_instances()} == {"stopped"}


@pytest.mark.parametrize(
    "seconds", [{}, 5, {"colour": 3}, {"power": 121}, {"power": -1}, {"power": [9, 3]}]
)
def test_a_lag_that_makes_no_sense_is_refused(web: SimulatorClient, seconds: Any) -> None:
    url = f"{web.simulator.endpoint}/_simulator/faults"
    fault = {"instance": "view_lag", "seconds": seconds}
    refused = requests.post(url, json=fault, timeout=20)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "InvalidFault")

"""Rich health states, and what applications ask of Azure's rolling upgrades."""

import json
from typing import Any

import pytest

from tests.support.simulator_client import NEWER, ClientFactory, SimulatorClient, health_state


@pytest.fixture
def rich(make_client: ClientFactory) -> SimulatorClient:
    """A client of the scenario rich-health, without quotas."""
    return make_client("rich-health", throttling=False)


def custom_metrics(vm: Any) -> Any:
    """The metrics in the substatuses of the health extension; None without them."""
    (extension,) = [
        extension
        for extension in vm["properties"]["instanceView"]["extensions"]
        if "ApplicationHealth" in extension["type"]
    ]
    messages = [
        status["message"]
        for status in extension["substatuses"]
        if status["code"] == "ComponentStatus/CustomMetrics/succeeded"
    ]
    return json.loads(messages[0]) if messages else None


def test_four_states_of_health_are_reported_with_their_texts(rich: SimulatorClient) -> None:
    vms = {vm["instanceId"]: vm for vm in rich.list_instances()}
    states = {number: health_state(vms[number]) for number in ("0", "1", "2", "3")}
    assert states == {"0": "healthy", "1": "initializing", "2": "unknown", "3": "unhealthy"}
    status = vms["2"]["properties"]["instanceView"]["vmHealth"]["status"]
    assert (status["level"], status["displayStatus"]) == ("Warning", "The VM health is unknown")
    (extension, _) = vms["2"]["properties"]["instanceView"]["extensions"]
    assert extension["typeHandlerVersion"].startswith("2.0")


def test_custom_metrics_are_json_in_a_substatus_as_documented(rich: SimulatorClient) -> None:
    (extension, _) = rich.get_instance("5")["properties"]["instanceView"]["extensions"]
    assert extension["substatuses"][-1] == {
        "code": "ComponentStatus/CustomMetrics/succeeded",
        "level": "Info",
        "displayStatus": "Provisioning succeeded",
        "message": '{"rollingUpgrade": {"SkipUpgrade": false, "PhaseOrderingNumber": 2}}',
    }
    metrics = {vm["instanceId"]: custom_metrics(vm) for vm in rich.list_instances()}
    assert metrics["0"] is None
    assert metrics["4"] == {"rollingUpgrade": {"SkipUpgrade": True}}
    assert metrics["5"] == {"rollingUpgrade": {"SkipUpgrade": False, "PhaseOrderingNumber": 2}}
    assert metrics["7"] == {"RollingUpgrade": {"SkipUpgrade": "false"}}


def test_a_rolling_upgrade_leaves_out_who_asks_and_follows_the_phases(
    rich: SimulatorClient,
) -> None:
    rich.patch_rolling_policy(maxUnhealthyInstancePercent=100, maxBatchInstancePercent=10)
    rich.patch_image_version(NEWER)
    rich.advance(3000)
    upgraded = [effect["instance_id"] for effect in rich.effects("upgrade")]
    assert len(upgraded) == len(set(upgraded)) == 11
    assert "4" not in upgraded
    assert upgraded[:2] == ["6", "5"]
    assert rich.get_instance("4")["properties"]["latestModelApplied"] is False
    latest = rich.get("/rollingUpgrades/latest").json()["properties"]
    assert latest["runningStatus"]["code"] == "Completed"

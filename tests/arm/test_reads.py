"""Reads of the ARM gateway, over real HTTP against the simulator."""

import pytest
import requests

from tests.support.gateway_harness import LIST, GatewayFactory
from vmss_tui.fleet.scale_set import Health, PowerState, State
from vmss_tui.gateway import (
    InvalidResponse,
)


def test_a_set_is_read_in_pages_and_nothing_is_missing(wire: GatewayFactory) -> None:
    wired = wire("web-100", page_size=30)
    snapshot = wired.gateway.observe(wired.set_id)
    assert (len(snapshot.instances), snapshot.pages, snapshot.complete) == (100, 4, True)
    assert snapshot.counts[State.CURRENT] == 20
    assert snapshot.counts[State.STALE] == 80
    assert [int(instance.instance_id) for instance in snapshot.instances] == sorted(
        int(instance.instance_id) for instance in snapshot.instances
    )


def test_a_thousand_instances_have_all_their_domains(wire: GatewayFactory) -> None:
    wired = wire("thousand", page_size=100)
    snapshot = wired.gateway.observe(wired.set_id)
    assert (len(snapshot.instances), snapshot.pages) == (1000, 10)
    assert {instance.update_domain for instance in snapshot.instances} == {0, 1, 2, 3, 4}
    assert len({instance.placement_group for instance in snapshot.instances}) == 10


def test_an_unchanged_instance_is_the_same_object_in_the_next_reading(wire: GatewayFactory) -> None:
    wired = wire()
    first, second = (wired.gateway.observe(wired.set_id) for _ in range(2))
    assert all(old is new for old, new in zip(first.instances, second.instances, strict=True))


def test_a_sick_fleet_is_told_apart_instance_by_instance(wire: GatewayFactory) -> None:
    wired = wire("sick")
    by_id = wired.gateway.observe(wired.set_id).by_id
    assert by_id["3"].health is Health.UNHEALTHY
    assert by_id["12"].state is State.FAILED
    assert by_id["33"].power is PowerState.STOPPED
    assert by_id["71"].power is PowerState.DEALLOCATED
    assert by_id["71"].agent is None


def test_the_budget_is_what_the_last_list_answer_said(wire: GatewayFactory) -> None:
    wired = wire(page_size=30)
    assert wired.gateway.list_budget(wired.set_id) is None
    wired.gateway.observe(wired.set_id)
    left = wired.gateway.list_budget(wired.set_id)
    assert left is not None
    assert (left.remaining, left.burst) == (26, 30)


def test_all_sets_of_a_subscription_are_listed_over_pages(wire: GatewayFactory) -> None:
    wired = wire("fleet", page_size=7)
    scale_sets = [
        scale_set
        for subscription in wired.gateway.list_subscriptions()
        for scale_set in wired.gateway.list_scale_sets(subscription.subscription_id)
    ]
    assert {scale_set.id.short.lower() for scale_set in scale_sets} == {
        label.lower() for label in wired.simulator.scale_sets
    }


def test_one_instance_is_read_as_json_with_its_view(wire: GatewayFactory) -> None:
    wired = wire()
    instance = wired.gateway.read_instance(wired.set_id, "7")
    assert instance["instanceId"] == "7"
    assert instance["properties"]["instanceView"]["platformUpdateDomain"] == 2


def test_the_digest_moves_with_the_model_and_not_with_capacity_or_tags(
    wire: GatewayFactory,
) -> None:
    wired = wire()
    before = wired.gateway.read_model(wired.set_id)
    wired.edit(**{"sku.capacity": 99, "tags": {"env": "test"}})
    moved = wired.gateway.read_model(wired.set_id)
    assert moved.etag != before.etag
    assert moved.model_digest == before.model_digest
    wired.edit(**{"sku.name": "Standard_D8s_v5"})
    assert wired.gateway.read_model(wired.set_id).model_digest != before.model_digest


def test_a_flexible_set_is_read_from_its_groups_machines(wire: GatewayFactory) -> None:
    wired = wire()
    ours, path = wired.set_id.resource_id, "/providers/Microsoft.Compute/virtualMachines$"
    model = {"id": ours.upper(), "properties": {"orchestrationMode": "Flexible"}}
    image = {"publisher": "P", "offer": "O", "sku": "S", "version": "latest", "exactVersion": "1"}
    statuses = [{"code": "ProvisioningState/succeeded"}, {"code": "PowerState/running"}]
    machines = [
        {
            "name": name,
            "zones": ["2"],
            "properties": {
                "virtualMachineScaleSet": {"id": owner},
                "provisioningState": "Succeeded",
                "hardwareProfile": {"vmSize": "Standard_D2s_v5"},
                "storageProfile": {"imageReference": image},
                "instanceView": {"statuses": statuses},
            },
        }
        for name, owner in (("web_1a", ours), ("web_2b", ours.lower()), ("other_1", f"{ours}x"))
    ]
    wired.fault("/virtualMachineScaleSets/[^/]+$", {"status": 200, "body": model}, times=None)
    wired.fault(path, {"status": 200, "body": {"value": machines}}, times=None)
    snapshot = wired.gateway.observe(wired.set_id)
    assert snapshot.complete
    assert list(snapshot.by_id) == ["web_1a", "web_2b"]
    instance = snapshot.by_id["web_1a"]
    assert (instance.zone, instance.vm_size, instance.power) == (
        "2",
        "Standard_D2s_v5",
        PowerState.RUNNING,
    )
    assert (instance.latest_model_applied, instance.update_domain) == (None, None)
    assert instance.image is not None
    assert instance.image.running_version == "1"


def test_a_value_of_a_wrong_type_loses_one_field_and_is_reported(wire: GatewayFactory) -> None:
    wired = wire(page_size=200)
    page = requests.get(
        f"{wired.simulator.endpoint}{wired.set_id.resource_id}/virtualMachines",
        params={"api-version": "2026-04-01", "$expand": "instanceView"},
        headers={"Authorization": "Bearer x"},
        timeout=10,
    ).json()
    first, second, third = page["value"][:3]
    first["properties"]["instanceView"]["vmHealth"] = "fine"
    second["properties"]["instanceView"]["statuses"][0]["code"] = 7
    third["instanceId"] = "../../delete"
    wired.fault(LIST, {"body": page})
    snapshot = wired.gateway.observe(wired.set_id)
    assert (len(snapshot.instances), snapshot.complete, len(snapshot.damage)) == (99, False, 3)
    assert snapshot.by_id[first["instanceId"]].health is Health.UNKNOWN
    assert snapshot.by_id[second["instanceId"]].power is PowerState.RUNNING


def test_a_model_nested_too_deeply_is_invalid(wire: GatewayFactory) -> None:
    wired = wire()
    body = '{"properties":{"virtualMachineProfile":' + '{"a":' * 450 + "1" + "}" * 450 + "}}"
    wired.fault("Scale", {"body": body}, times=None)
    with pytest.raises(InvalidResponse):
        wired.gateway.read_model(wired.set_id)

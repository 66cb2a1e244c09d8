"""Every recorded answer of Azure, translated into facts."""

import json
from typing import Any

import pytest

from tests.support.paths import EXCHANGES
from tests.support.recorded_answers import ANY_SET, body_of, read_instance, recorded_resources
from vmss_tui.arm.translate.scale_set import translate_scale_set
from vmss_tui.arm.transport.errors import parse_error, refusal_error
from vmss_tui.fleet.scale_set import (
    PowerState,
    ProvisioningState,
    State,
)
from vmss_tui.fleet.scale_set_id import parse_resource_id
from vmss_tui.gateway import (
    Busy,
    InvalidInstanceIds,
    NotFound,
    PreconditionFailed,
    Refused,
    Throttled,
)


@pytest.mark.parametrize("item", recorded_resources("Microsoft.Compute/virtualMachineScaleSets"))
def test_every_recorded_set_is_read_whole(item: dict[str, Any]) -> None:
    placeholder = "{" in item["id"]  # an example of the specification
    scale_set = translate_scale_set(item, ANY_SET if placeholder else parse_resource_id(item["id"]))
    properties = item["properties"]
    profile = properties.get("virtualMachineProfile", {})
    assert scale_set.raw == item
    assert scale_set.location == item["location"]
    assert scale_set.capacity == item.get("sku", {}).get("capacity")
    assert scale_set.vm_size == item.get("sku", {}).get("name")
    assert list(scale_set.zones) == item.get("zones", [])
    assert dict(scale_set.tags) == item.get("tags", {})
    assert scale_set.etag == item.get("etag")
    assert scale_set.orchestration == properties.get("orchestrationMode", "Uniform")
    assert scale_set.policy_mode == properties.get("upgradePolicy", {}).get("mode", "unknown")
    assert scale_set.provisioning.lower() == properties.get("provisioningState", "unknown").lower()
    assert scale_set.overprovision == properties.get("overprovision")
    storage = profile.get("storageProfile", {})
    names_image = "imageReference" in storage or "image" in storage.get("osDisk", {})
    assert (scale_set.image is not None) == names_image
    assert scale_set.admin_user == profile.get("osProfile", {}).get("adminUsername")
    assert scale_set.model_digest


@pytest.mark.parametrize(
    "item", recorded_resources("Microsoft.Compute/virtualMachineScaleSets/virtualMachines")
)
def test_every_recorded_instance_is_read_whole(item: dict[str, Any]) -> None:
    instance = read_instance(item)
    properties = item.get("properties", {})
    view = properties.get("instanceView", {})
    assert instance.instance_id == item["instanceId"]
    assert instance.name == item.get("name", "")
    assert instance.latest_model_applied == properties.get("latestModelApplied")
    assert instance.update_domain == view.get("platformUpdateDomain")
    assert instance.fault_domain == view.get("platformFaultDomain")
    assert instance.placement_group == view.get("placementGroupId")
    assert len(instance.statuses) == len(view.get("statuses", []))
    assert len(instance.extensions) == len(view.get("extensions", []))
    assert len(instance.disks) == len(view.get("disks", []))
    assert instance.zone == next(filter(None, item.get("zones", [])), None)
    assert instance.unrecognized == ()
    reference = properties.get("storageProfile", {}).get("imageReference", {})
    assert (instance.image.exact_version if instance.image else None) == reference.get(
        "exactVersion"
    )
    if "provisioningState" in properties and not view:
        assert instance.provisioning == properties["provisioningState"]


def test_flexible_stubs_are_unknown_and_not_stale() -> None:
    for item in body_of("vms-list-flexible-stubs")["value"]:
        instance = read_instance(item)
        assert instance.zone is None
        assert instance.latest_model_applied is None
        assert instance.state is State.UNKNOWN


@pytest.mark.parametrize(
    ("name", "power"),
    [
        ("vm-instanceView-running", PowerState.RUNNING),
        ("vm-instanceView-stopped", PowerState.STOPPED),
        ("vm-instanceView-deallocated", PowerState.DEALLOCATED),
    ],
)
def test_recorded_power_states(name: str, power: PowerState) -> None:
    view = body_of(name)
    instance = read_instance({"instanceId": "0", "properties": {"instanceView": view}})
    assert instance.power is power
    assert instance.provisioning is ProvisioningState.SUCCEEDED
    assert instance.changed_at is not None
    assert (instance.agent is None) == (power is PowerState.DEALLOCATED)


def test_an_updating_instance_has_no_time_of_change() -> None:
    instance = read_instance(body_of("vm-get-expand-instanceView-updating-state"))
    assert instance.state is State.UPDATING
    assert instance.changed_at is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("doc-400-instanceid-not-active", InvalidInstanceIds),
        ("vmss-put-400-trustedlaunch-managed-image", Refused),
        ("vmss-get-404-ResourceNotFound", NotFound),
        ("doc-409-concurrent-request", Busy),
        ("doc-412-etag-mismatch-vmss-put", PreconditionFailed),
        ("doc-429-compute-throttle-classic", Throttled),
    ],
)
def test_recorded_refusals_have_their_meaning(name: str, kind: type[Exception]) -> None:
    answer = json.loads((EXCHANGES / f"{name}.json").read_text(encoding="utf-8"))["response"]
    body = json.dumps(answer["body"]).encode()
    error = refusal_error(answer["status"], {}, body)
    assert type(error) is kind
    assert error.code == parse_error(body).code
    assert error.code

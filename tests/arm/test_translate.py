"""Recorded answers of Azure, read as facts; and answers that nobody should ever send."""

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.paths import EXCHANGES
from vmss_tui.arm.resources.instances import Members
from vmss_tui.arm.translate.instance import instance
from vmss_tui.arm.translate.scale_set import scale_set
from vmss_tui.arm.translate.statuses import moment
from vmss_tui.arm.transport.errors import error_in, refusal
from vmss_tui.arm.transport.send import Answer
from vmss_tui.arm.wire.compute import InstanceWire, MemberWire, PageWire, ViewWire, Wire
from vmss_tui.arm.wire.decode import Unreadable, decode, decode_item
from vmss_tui.fleet.image import ImageKind
from vmss_tui.fleet.model_digest import digest
from vmss_tui.fleet.scale_set import (
    Health,
    Instance,
    Orchestration,
    PolicyMode,
    PowerState,
    ProvisioningState,
    ScaleSet,
    State,
)
from vmss_tui.fleet.scale_set_id import BadName, ScaleSetId, parse_resource_id, scale_set_id
from vmss_tui.gateway import Busy, Changed, Missing, Refused, StaleIds, Throttled
from vmss_tui.text import clean

ANY_SET = scale_set_id("00000000-0000-0000-0000-000000000000", "group", "name")
HOSTILE = (
    "\x1b]52;c;cm0gLXJm\x07",
    "\x9b2J",
    "[/red]vm[",
    "a\u202eb\u2066c",
    "z\u0300\u0301\u0302\u0303\u0304",
    "\u2028\u2029\x00\x7f",
    "\x1b[6n\r\n",
)


def recorded() -> Iterator[tuple[str, int, Any]]:
    """(where, status, body) of every recorded answer with a body."""
    for file in sorted(EXCHANGES.glob("*.json")):
        held = json.loads(file.read_text(encoding="utf-8"))
        for at, each in enumerate(held.get("exchanges", [held])):
            answer = each["response"]
            if answer["body"] is not None:
                yield f"{file.stem}[{at}]", answer["status"], answer["body"]


def objects(kind: str) -> list[Any]:
    """Every recorded resource of a type, wherever it stands in an answer."""
    found = []
    for where, status, body in recorded():
        if status >= 400 or not isinstance(body, dict):
            continue
        items = body["value"] if isinstance(body.get("value"), list) else [body]
        for at, item in enumerate(items):
            if isinstance(item, dict) and str(item.get("type", "")).lower() == kind.lower():
                found.append(pytest.param(item, id=f"{where}.{at}"))
    return found


def body_of(name: str) -> Any:
    """The body of a recorded exchange."""
    return json.loads((EXCHANGES / f"{name}.json").read_text(encoding="utf-8"))["response"]["body"]


def read(item: object) -> Instance:
    """Translates one item of a list as the gateway does, which must find nothing wrong with it."""
    wire, dropped = decode_item(json.dumps(item).encode(), InstanceWire)
    assert dropped == ()
    return instance(wire)


def keys(shape: type[Wire]) -> tuple[str, ...]:
    """The keys of a struct as they are on the wire."""
    return tuple(field.encode_name for field in msgspec.structs.fields(shape))


def texts(value: object) -> Iterator[str]:
    """Every string in a fact."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        return
    elif isinstance(value, list | tuple):
        for each in value:
            yield from texts(each)
    elif is_dataclass(value):
        for part in fields(value):
            yield from texts(getattr(value, part.name))


# Recorded


@pytest.mark.parametrize("item", objects("Microsoft.Compute/virtualMachineScaleSets"))
def test_every_recorded_set_is_read_whole(item: dict[str, Any]) -> None:
    placeholder = "{" in item["id"]  # an example of the specification
    found = scale_set(item, ANY_SET if placeholder else parse_resource_id(item["id"]))
    properties = item["properties"]
    profile = properties.get("virtualMachineProfile", {})
    assert found.raw == item
    assert found.location == item["location"]
    assert found.capacity == item.get("sku", {}).get("capacity")
    assert found.vm_size == item.get("sku", {}).get("name")
    assert list(found.zones) == item.get("zones", [])
    assert dict(found.tags) == item.get("tags", {})
    assert found.etag == item.get("etag")
    assert found.orchestration == properties.get("orchestrationMode", "Uniform")
    assert found.policy_mode == properties.get("upgradePolicy", {}).get("mode", "unknown")
    assert found.provisioning.lower() == properties.get("provisioningState", "unknown").lower()
    assert found.overprovision == properties.get("overprovision")
    storage = profile.get("storageProfile", {})
    names_image = "imageReference" in storage or "image" in storage.get("osDisk", {})
    assert (found.image is not None) == names_image
    assert found.admin_user == profile.get("osProfile", {}).get("adminUsername")
    assert found.model_digest


@pytest.mark.parametrize(
    "item", objects("Microsoft.Compute/virtualMachineScaleSets/virtualMachines")
)
def test_every_recorded_instance_is_read_whole(item: dict[str, Any]) -> None:
    found = read(item)
    properties = item.get("properties", {})
    view = properties.get("instanceView", {})
    assert found.instance_id == item["instanceId"]
    assert found.name == item.get("name", "")
    assert found.latest_model_applied == properties.get("latestModelApplied")
    assert found.update_domain == view.get("platformUpdateDomain")
    assert found.fault_domain == view.get("platformFaultDomain")
    assert found.placement_group == view.get("placementGroupId")
    assert len(found.statuses) == len(view.get("statuses", []))
    assert len(found.extensions) == len(view.get("extensions", []))
    assert len(found.disks) == len(view.get("disks", []))
    assert found.zone == next(filter(None, item.get("zones", [])), None)
    assert found.oddities == ()
    reference = properties.get("storageProfile", {}).get("imageReference", {})
    assert (found.image.exact_version if found.image else None) == reference.get("exactVersion")
    if "provisioningState" in properties and not view:
        assert found.provisioning == properties["provisioningState"]


def test_flexible_stubs_are_unknown_and_not_stale() -> None:
    for item in body_of("vms-list-flexible-stubs")["value"]:
        found = read(item)
        assert found.zone is None
        assert found.latest_model_applied is None
        assert found.state is State.UNKNOWN


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
    found = read({"instanceId": "0", "properties": {"instanceView": view}})
    assert found.power is power
    assert found.provisioning is ProvisioningState.SUCCEEDED
    assert found.changed_at is not None
    assert (found.agent is None) == (power is PowerState.DEALLOCATED)


def test_an_updating_instance_has_no_time_of_change() -> None:
    found = read(body_of("vm-get-expand-instanceView-updating-state"))
    assert found.state is State.UPDATING
    assert found.changed_at is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("doc-400-instanceid-not-active", StaleIds),
        ("vmss-put-400-trustedlaunch-managed-image", Refused),
        ("vmss-get-404-ResourceNotFound", Missing),
        ("doc-409-concurrent-request", Busy),
        ("doc-412-etag-mismatch-vmss-put", Changed),
        ("doc-429-compute-throttle-classic", Throttled),
    ],
)
def test_recorded_refusals_have_their_meaning(name: str, kind: type[Exception]) -> None:
    answer = json.loads((EXCHANGES / f"{name}.json").read_text(encoding="utf-8"))["response"]
    body = json.dumps(answer["body"]).encode()
    error = refusal(answer["status"], {}, body)
    assert type(error) is kind
    assert error.code == error_in(body).code
    assert error.code


# What Azure has not sent yet


def item_with(**view: Any) -> dict[str, Any]:
    """A running, current instance, with more in its view."""
    statuses = [{"code": "ProvisioningState/succeeded"}, {"code": "PowerState/running"}]
    return {
        "instanceId": "7",
        "properties": {
            "latestModelApplied": True,
            "provisioningState": "Succeeded",
            "instanceView": {"statuses": statuses, **view},
        },
    }


def test_unknown_words_are_kept_and_count_as_unknown() -> None:
    item = item_with(statuses=[{"code": "PowerState/levitating"}])
    item["properties"]["provisioningState"] = "Pondering"
    found = read(item)
    assert (found.power, found.provisioning) == (PowerState.UNKNOWN, ProvisioningState.UNKNOWN)
    assert found.oddities == ("ProvisioningState Pondering", "PowerState PowerState/levitating")
    assert not found.available


@pytest.mark.parametrize(
    ("health", "meaning"),
    [
        (None, None),
        ({"status": {"code": "HealthState/healthy"}}, Health.HEALTHY),
        ({"status": {"code": "healthstate/UNHEALTHY"}}, Health.UNHEALTHY),
        ({"status": {"code": "HealthState/initializing"}}, Health.INITIALIZING),
        ({"status": {"code": "HealthState/dancing"}}, Health.UNKNOWN),
        ({"status": {}}, Health.UNKNOWN),
        ({}, Health.UNKNOWN),
    ],
)
def test_no_health_report_is_none_and_an_empty_one_is_unknown(
    health: object, meaning: Health | None
) -> None:
    assert read(item_with(vmHealth=health)).health is meaning


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        ("2025-11-14T12:04:31.7654321+00:00", datetime(2025, 11, 14, 12, 4, 31, 765432, UTC)),
        ("yesterday", None),
        (None, None),
    ],
)
def test_health_has_a_time_of_its_own(said: str | None, meaning: datetime | None) -> None:
    status = {"code": "HealthState/unhealthy", "time": said}
    found = read(item_with(vmHealth={"status": status}))
    assert found.health is Health.UNHEALTHY
    assert found.health_at == meaning


@pytest.mark.parametrize(
    ("own", "seen", "meaning"),
    [
        ("Succeeded", "updating", ProvisioningState.UPDATING),
        ("Updating", "succeeded", ProvisioningState.UPDATING),
        ("Succeeded", "failed/NetworkingInternalOperationError", ProvisioningState.FAILED),
        ("Creating", "creating/osProvisioningInProgress", ProvisioningState.CREATING),
        ("Updating", "failed/Old", ProvisioningState.UPDATING),
        ("Succeeded", "pondering", ProvisioningState.UNKNOWN),
    ],
)
def test_of_two_provisioning_states_the_less_settled_counts(
    own: str, seen: str, meaning: ProvisioningState
) -> None:
    item = item_with(statuses=[{"code": f"ProvisioningState/{seen}"}])
    item["properties"]["provisioningState"] = own
    assert read(item).provisioning is meaning


@pytest.mark.parametrize("absent", ["instanceView", "latestModelApplied", "provisioningState"])
def test_what_is_missing_or_null_is_unknown_and_never_good(absent: str) -> None:
    for value in ({}, {absent: None}):
        item = item_with()
        del item["properties"][absent]
        item["properties"] |= value
        item["properties"].get("instanceView", {})
        if absent == "provisioningState":
            item["properties"]["instanceView"]["statuses"] = [{"code": "PowerState/running"}]
        found = read(item)
        assert found.state is State.UNKNOWN
        assert (found.update_domain, found.fault_domain, found.zone) == (None, None, None)


def test_times_come_with_seven_digits_or_none_or_nonsense() -> None:
    exact = datetime(2024, 8, 26, 8, 55, 47, 4297, tzinfo=UTC)
    assert moment("2024-08-26T08:55:47.0042975+00:00") == exact
    assert moment("2024-08-26T10:55:47.0042975+02:00") == exact
    assert moment("2024-08-26T08:55:47Z") == exact.replace(microsecond=0)
    for odd in (None, "", "yesterday", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        assert moment(odd) is None


@pytest.mark.parametrize(
    "instance_id", ["*", "", "1/2", "../..", "1?x", "a b", "\x1b[2J", "%2A", "-1", "1\n"]
)
def test_an_id_that_cannot_stand_in_a_request_is_refused_and_not_cleaned(instance_id: str) -> None:
    with pytest.raises(BadName):
        read({"instanceId": instance_id, "properties": {}})


def test_an_instance_without_an_id_is_named_by_its_resource_id() -> None:
    found = read({"id": f"{ANY_SET.resource_id}/virtualMachines/42", "properties": {}})
    assert found.instance_id == "42"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_every_field_comes_out_clean(text: str) -> None:
    status = {"code": text, "level": text, "displayStatus": text, "message": text, "time": text}
    part = {"name": text, "typeHandlerVersion": text, "statuses": [status]}
    view = {
        "placementGroupId": text,
        "computerName": text,
        "osName": text,
        "osVersion": text,
        "vmAgent": {"vmAgentVersion": text, "statuses": [status]},
        "vmHealth": {"status": status},
        "extensions": [part],
        "disks": [part],
        "statuses": [status, {"code": f"PowerState/{text}"}],
    }
    properties = {
        "provisioningState": text,
        "hardwareProfile": {"vmSize": text},
        "storageProfile": {"imageReference": {"publisher": text, "offer": text, "id": None}},
        "timeCreated": text,
        "instanceView": view,
    }
    item = {"instanceId": "1", "name": text, "zones": [text], "properties": properties}
    profile = {
        "osProfile": {"adminUsername": text, "computerNamePrefix": text},
        "storageProfile": {"osDisk": {"image": {"uri": text}}},
    }
    tree = {
        "location": text,
        "tags": {text: text},
        "zones": [text],
        "etag": text,
        "managedBy": text,
        "sku": {"name": text},
        "properties": {"virtualMachineProfile": profile, "upgradePolicy": {"mode": text}},
    }
    found: list[Instance | ScaleSet] = [read(item), scale_set(tree, ANY_SET)]
    for fact in found:
        assert list(texts(fact)) == [clean(each) for each in texts(fact)]
    error = refusal(400, {}, json.dumps({"error": {"code": text, "message": text}}).encode())
    assert clean(error.words) == error.words


# Models


def test_the_digest_ignores_what_moves_by_itself_and_the_case_of_ids() -> None:
    tree = body_of("vmss-get-uniform")
    moved = json.loads(json.dumps(tree))
    moved["etag"], moved["sku"]["capacity"], moved["tags"] = '"9"', 77, {"a": "b"}
    moved["properties"]["provisioningState"] = "Updating"
    moved["properties"]["virtualMachineProfile"]["timeCreated"] = "2030-01-01T00:00:00Z"
    text = json.dumps(moved).replace("/resourceGroups/cli_test", "/resourceGroups/CLI_TEST")
    assert digest(json.loads(text)) == digest(tree)


@pytest.mark.parametrize(
    "path",
    [
        ("sku", "name"),
        ("zones",),
        ("plan",),
        ("properties", "virtualMachineProfile", "storageProfile", "imageReference", "version"),
        ("properties", "virtualMachineProfile", "networkProfile", "healthProbe"),
        ("properties", "virtualMachineProfile", "extensionProfile"),
    ],
)
def test_the_digest_moves_with_what_instances_are_built_from(path: tuple[str, ...]) -> None:
    tree = body_of("vmss-get-uniform")
    changed = json.loads(json.dumps(tree))
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = ["2"]
    assert digest(changed) != digest(tree)


def test_an_empty_flexible_set_is_a_set_without_a_model() -> None:
    found = scale_set({"properties": {"orchestrationMode": "Flexible"}}, ANY_SET)
    assert found.orchestration is Orchestration.FLEXIBLE
    assert found.policy_mode is PolicyMode.UNKNOWN
    assert (found.image, found.capacity, found.vm_size, found.etag) == (None, None, None, None)


def with_extension(publisher: str, kind: str) -> dict[str, Any]:
    """A model with one extension."""
    extension = {"name": "x", "properties": {"publisher": publisher, "type": kind}}
    profile = {"extensionProfile": {"extensions": [extension]}}
    return {"properties": {"virtualMachineProfile": profile}}


@pytest.mark.parametrize("kind", ["ApplicationHealthLinux", "ApplicationHealthWindows"])
def test_a_health_extension_or_a_probe_is_a_health_source(kind: str) -> None:
    assert scale_set(with_extension("Microsoft.ManagedServices", kind), ANY_SET).has_health_source
    profile = {"networkProfile": {"healthProbe": {"id": "/subscriptions/x/probes/p"}}}
    probed = {"properties": {"virtualMachineProfile": profile}}
    assert scale_set(probed, ANY_SET).has_health_source
    assert not scale_set(with_extension("a", "CustomScript"), ANY_SET).has_health_source


def test_a_set_of_another_service_names_its_owner() -> None:
    def named(group: str) -> ScaleSetId:
        return scale_set_id(ANY_SET.subscription_id, group, "name")

    assert scale_set({"tags": {"aks-managed-poolName": "np"}}, ANY_SET).owner
    assert scale_set({}, named("MC_group_cluster_eastus")).owner == "Azure Kubernetes Service"
    fabric = with_extension("Microsoft.Azure.ServiceFabric", "ServiceFabricLinuxNode")
    assert scale_set(fabric, ANY_SET).owner == "Service Fabric"
    assert scale_set({}, named("AzureBatch-7f3a")).owner == "Azure Batch"
    assert scale_set({"managedBy": "/subscriptions/x"}, ANY_SET).owner == "/subscriptions/x"
    assert scale_set({}, ANY_SET).owner is None


def test_a_legacy_model_names_its_vhd() -> None:
    disk = {"image": {"uri": "https://account.blob.core.windows.net/images/web.vhd"}}
    profile = {"storageProfile": {"osDisk": disk}}
    found = scale_set({"properties": {"virtualMachineProfile": profile}}, ANY_SET)
    assert found.image is not None
    assert found.image.kind is ImageKind.VHD


# Damage

KEYS = {key for shape in (InstanceWire, MemberWire, ViewWire, PageWire) for key in keys(shape)}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(sorted(KEYS | {"code", "status", "error", "imageReference"})),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(tree=json_values)
def test_no_json_at_all_makes_a_traceback(tree: object) -> None:
    body = json.dumps(tree).encode()
    members = Members(None)
    members.take_each([("7", body)])
    assert len(members.instances) + len(members.damage) >= 1
    error_in(body)
    if isinstance(tree, dict):
        scale_set(tree, ANY_SET)


@given(body=st.binary(max_size=40))
def test_no_bytes_at_all_make_a_traceback(body: bytes) -> None:
    for shape in (PageWire, InstanceWire):
        try:
            decode(body, shape)
        except Unreadable:
            continue
    error_in(body)


def test_half_a_character_from_a_guest_costs_no_instance() -> None:
    body = json.dumps(item_with(osName="\ud800")).encode()
    members = Members(None)
    members.take_each([("7", body)])
    assert members.instances[0].os_name == "\\uD800"


def page(items: list[Any]) -> Answer:
    return Answer(200, {}, json.dumps({"value": items}).encode())


def test_machines_of_another_set_are_never_ours() -> None:
    def machine(name: str, owner: object) -> dict[str, Any]:
        properties = {"virtualMachineScaleSet": owner} if owner else {}
        return {"name": name, "properties": properties}

    members = Members(None, ANY_SET)
    ours, theirs = ANY_SET.resource_id.upper(), ANY_SET.resource_id + "2"
    listed = [machine("a_1", {"id": ours}), machine("b_1", {"id": theirs}), machine("c", None)]
    members.take(page([*listed, machine("d", {"id": "odd"})]))
    assert [each.instance_id for each in members.instances] == ["a_1"]
    assert members.damage == ["c does not say its set.", "d does not say its set."]


def test_an_instance_listed_twice_makes_the_reading_incomplete() -> None:
    members = Members(None)
    members.take(page([item_with()] * 2))
    assert (len(members.instances), len(members.damage)) == (1, 1)

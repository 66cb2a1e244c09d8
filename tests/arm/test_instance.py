"""Translation of an instance whose fields are missing, unknown or hostile."""

import json
import time
from datetime import UTC, datetime

import pytest

from tests.support.recorded_answers import ANY_SET, item_with, read_instance, texts
from vmss_tui.arm.translate.scale_set import translate_scale_set
from vmss_tui.arm.translate.statuses import MAX_MESSAGE_LENGTH, parse_time
from vmss_tui.arm.transport.errors import refusal_error
from vmss_tui.fleet.scale_set import (
    Health,
    Instance,
    PowerState,
    ProvisioningState,
    ScaleSet,
    State,
)
from vmss_tui.fleet.scale_set_id import BadName
from vmss_tui.text import clean

HOSTILE = (
    "\x1b]52;c;cm0gLXJm\x07",
    "\x9b2J",
    "[/red]vm[",
    "a\u202eb\u2066c",
    "z\u0300\u0301\u0302\u0303\u0304",
    "\u2028\u2029\x00\x7f",
    "\x1b[6n\r\n",
)


def test_long_messages_of_extensions_cost_little_and_are_cut() -> None:
    parts = ("\\", "-eyJ", 'password={\\"', '\\"', "a", "é")
    messages = [(parts[n % 6] + str(n) + parts[n % 6] * 32_768)[:32_768] for n in range(20)]
    item = item_with(extensions=[
        {"name": f"ext{n}", "statuses": [{"code": "X/y", "level": "Error", "message": message}]}
        for n, message in enumerate(messages)
    ])  # fmt: skip
    start = time.process_time()
    instance = read_instance(item)
    assert time.process_time() - start < 1.0
    kept = [status.message for part in instance.extensions for status in part.statuses]
    assert len(kept) == 20
    assert max(map(len, kept)) <= MAX_MESSAGE_LENGTH


def test_unknown_words_are_kept_and_count_as_unknown() -> None:
    item = item_with(statuses=[{"code": "PowerState/levitating"}])
    item["properties"]["provisioningState"] = "Pondering"
    instance = read_instance(item)
    assert (instance.power, instance.provisioning) == (
        PowerState.UNKNOWN,
        ProvisioningState.UNKNOWN,
    )
    assert instance.unrecognized == (
        "ProvisioningState Pondering",
        "PowerState PowerState/levitating",
    )
    assert not instance.available


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
    assert read_instance(item_with(vmHealth=health)).health is meaning


@pytest.mark.parametrize(
    ("time", "meaning"),
    [
        ("2025-11-14T12:04:31.7654321+00:00", datetime(2025, 11, 14, 12, 4, 31, 765432, UTC)),
        ("yesterday", None),
        (None, None),
    ],
)
def test_health_has_a_time_of_its_own(time: str | None, meaning: datetime | None) -> None:
    status = {"code": "HealthState/unhealthy", "time": time}
    instance = read_instance(item_with(vmHealth={"status": status}))
    assert instance.health is Health.UNHEALTHY
    assert instance.health_at == meaning


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
    assert read_instance(item).provisioning is meaning


@pytest.mark.parametrize("absent", ["instanceView", "latestModelApplied", "provisioningState"])
def test_what_is_missing_or_null_is_unknown_and_never_good(absent: str) -> None:
    for value in ({}, {absent: None}):
        item = item_with()
        del item["properties"][absent]
        item["properties"] |= value
        item["properties"].get("instanceView", {})
        if absent == "provisioningState":
            item["properties"]["instanceView"]["statuses"] = [{"code": "PowerState/running"}]
        instance = read_instance(item)
        unknown = State.UNDETERMINED if absent == "latestModelApplied" else State.UNKNOWN
        assert instance.state is unknown
        assert (instance.update_domain, instance.fault_domain, instance.zone) == (None, None, None)


def test_times_come_with_seven_digits_or_none_or_nonsense() -> None:
    exact = datetime(2024, 8, 26, 8, 55, 47, 4297, tzinfo=UTC)
    assert parse_time("2024-08-26T08:55:47.0042975+00:00") == exact
    assert parse_time("2024-08-26T10:55:47.0042975+02:00") == exact
    assert parse_time("2024-08-26T08:55:47Z") == exact.replace(microsecond=0)
    for odd in (None, "", "yesterday", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        assert parse_time(odd) is None


@pytest.mark.parametrize(
    "instance_id", ["*", "", "1/2", "../..", "1?x", "a b", "\x1b[2J", "%2A", "-1", "1\n"]
)
def test_an_id_that_cannot_stand_in_a_request_is_refused_and_not_cleaned(instance_id: str) -> None:
    with pytest.raises(BadName):
        read_instance({"instanceId": instance_id, "properties": {}})


def test_an_instance_without_an_id_is_named_by_its_resource_id() -> None:
    instance = read_instance({"id": f"{ANY_SET.resource_id}/virtualMachines/42", "properties": {}})
    assert instance.instance_id == "42"


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
    facts: list[Instance | ScaleSet] = [read_instance(item), translate_scale_set(tree, ANY_SET)]
    for fact in facts:
        assert list(texts(fact)) == [clean(value) for value in texts(fact)]
    error = refusal_error(400, {}, json.dumps({"error": {"code": text, "message": text}}).encode())
    assert clean(error.message) == error.message


@pytest.mark.parametrize(
    ("message", "phase", "skip"),
    [
        ('{"rollingUpgrade": {"PhaseOrderingNumber": 2, "SkipUpgrade": false}}', 2, False),
        ('{"RollingUpgrade": {"PhaseOrderingNumber": "3", "SkipUpgrade": "true"}}', 3, True),
        ('{"rollingUpgrade": {"skipupgrade": true}}', None, True),
        ('{"rollingUpgrade": [1]}', None, False),
        ("not JSON", None, False),
        ('{"rollingUpgrade": {"PhaseOrderingNumber": -1}}', None, False),
    ],
)
def test_what_an_application_reports_of_its_upgrade_is_read(
    message: str, phase: int | None, skip: bool
) -> None:
    item = item_with(statuses=[])
    substatus = {"code": "ComponentStatus/CustomMetrics/succeeded", "message": message}
    item["properties"]["instanceView"]["extensions"] = [
        None,
        {"name": "Other", "substatuses": None},
        {"name": "ApplicationHealthExtension", "substatuses": [None, substatus]},
    ]
    instance = read_instance(item)
    assert (instance.upgrade_phase, instance.skip_upgrade) == (phase, skip)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("InProgress", ProvisioningState.DELETING),
        ("In Progress", ProvisioningState.DELETING),
        ("Failed", ProvisioningState.FAILED),
        ("Disabled", ProvisioningState.FAILED),
    ],
)
def test_a_deletion_that_azure_tries_again_is_no_failure(
    status: str, state: ProvisioningState
) -> None:
    properties = {"provisioningState": "Failed", "resilientVMDeletionStatus": status}
    assert read_instance({"instanceId": "3", "properties": properties}).provisioning is state

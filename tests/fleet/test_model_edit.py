"""An edit of the model: its minimal PATCH, its diff, what it sets off, and the way back."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.engine_world import SET
from vmss_tui.fleet.image import image_from
from vmss_tui.fleet.model_edit.change import Change, as_sent, change
from vmss_tui.fleet.model_edit.diff import DiffLine, differences, is_applied, undo_body
from vmss_tui.fleet.model_edit.edit import Edit, NotPossible
from vmss_tui.fleet.model_edit.upgrade_settings import seconds_of, settings_now
from vmss_tui.fleet.scale_set import PolicyMode, ScaleSet

COMPUTE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute"
MANAGED = f"{COMPUTE}/images/gold"
GALLERY = f"{COMPUTE}/galleries/gal/images/web"
PLATFORM = {"publisher": "Canonical", "offer": "jammy", "sku": "22_04", "version": "1.0.0"}
STORAGE = "properties.virtualMachineProfile.storageProfile"


def _set(
    storage: dict[str, Any] | None = None,
    *,
    mode: PolicyMode = PolicyMode.MANUAL,
    capacity: int = 3,
    etag: str = '"1"',
    automatic_repairs: bool = False,
    automatic_os_upgrade: bool = False,
    **profile: Any,
) -> ScaleSet:
    storage = {"imageReference": PLATFORM} if storage is None else storage
    raw = {
        "etag": etag,
        "sku": {"name": "Standard_D2s_v5", "tier": "Standard", "capacity": capacity},
        "properties": {
            "provisioningState": "Succeeded",
            "upgradePolicy": {"mode": mode.value},
            "virtualMachineProfile": {"storageProfile": storage, **profile},
        },
    }
    return ScaleSet(
        id=SET,
        policy_mode=mode,
        capacity=capacity,
        image=image_from(storage),
        etag=etag,
        automatic_repairs=automatic_repairs,
        automatic_os_upgrade=automatic_os_upgrade,
        raw=raw,
    )


def _storage(found: Change) -> Any:
    return found.body["properties"]["virtualMachineProfile"]["storageProfile"]


def test_another_size_sends_name_tier_and_the_capacity_as_it_is_by_then() -> None:
    found = change(_set(), Edit(vm_size="Standard_D4s_v5"))
    assert found.body == {"sku": {"name": "Standard_D4s_v5", "tier": "Standard"}}
    by_then = replace(_set(), capacity=7)
    assert as_sent(by_then, found.body)["sku"] == {**found.body["sku"], "capacity": 7}
    assert [line.path for line in found.lines] == ["sku.name"]


def test_a_new_version_sends_the_image_reference_whole_and_nothing_else() -> None:
    found = change(_set(), Edit(image_version="2.0.0"))
    reference = PLATFORM | {"version": "2.0.0"}
    assert found.body == {
        "properties": {"virtualMachineProfile": {"storageProfile": {"imageReference": reference}}}
    }
    assert found.lines == (DiffLine(f"{STORAGE}.imageReference.version", "1.0.0", "2.0.0"),)
    assert found.touches_model


FORMS = [
    (Edit(image_id=MANAGED), {"imageReference": {"id": MANAGED}}),
    (Edit(image_id=GALLERY), {"imageReference": {"id": GALLERY}}),
    (
        Edit(image_id=f"{GALLERY}/versions/1.2.3"),
        {"imageReference": {"id": f"{GALLERY}/versions/1.2.3"}},
    ),
    (
        Edit(image_id="/sharedGalleries/sg/images/i"),
        {"imageReference": {"sharedGalleryImageId": "/sharedGalleries/sg/images/i"}},
    ),
    (
        Edit(image_id="/CommunityGalleries/cg/images/i/versions/1.0.0"),
        {
            "imageReference": {
                "communityGalleryImageId": "/CommunityGalleries/cg/images/i/versions/1.0.0"
            }
        },
    ),
    (
        Edit(image_uri="https://acc.blob.core.windows.net/vhds/a.vhd"),
        {"osDisk": {"image": {"uri": "https://acc.blob.core.windows.net/vhds/a.vhd"}}},
    ),
]


@pytest.mark.parametrize(("edit", "storage"), FORMS)
def test_each_form_of_an_image_has_its_own_body(edit: Edit, storage: dict[str, Any]) -> None:
    found = change(_set(), edit)
    assert _storage(found) == storage


def test_another_form_of_image_shows_what_the_old_one_loses() -> None:
    lines = change(_set(), Edit(image_id=MANAGED)).lines
    assert DiffLine(f"{STORAGE}.imageReference.id", None, MANAGED) in lines
    assert DiffLine(f"{STORAGE}.imageReference.publisher", "Canonical", None) in lines
    assert len(lines) == 5


def test_a_version_of_a_gallery_image_is_written_into_its_id() -> None:
    found = change(_set({"imageReference": {"id": GALLERY}}), Edit(image_version="1.2.3"))
    assert _storage(found) == {"imageReference": {"id": f"{GALLERY}/versions/1.2.3"}}
    again = _set({"imageReference": {"id": f"{GALLERY}/Versions/1.0.0"}})
    assert _storage(change(again, Edit(image_version="1.2.3"))) == _storage(found)


def test_a_managed_image_becomes_a_platform_one_only_with_all_four_names() -> None:
    managed = _set({"imageReference": {"id": MANAGED}})
    with pytest.raises(NotPossible, match="all four") as refused:
        change(managed, Edit(image_version="1.0"))
    assert refused.value.field == "image_version"
    edit = Edit(
        image_publisher="Canonical", image_offer="jammy", image_sku="22_04", image_version="1.0.0"
    )
    assert _storage(change(managed, edit)) == {"imageReference": PLATFORM}


REFUSED = [
    (Edit(image_version="1.0", image_id=MANAGED), "image_id"),
    (Edit(image_id="gold"), "image_id"),
    (Edit(image_id=f"{COMPUTE}/disks/d"), "image_id"),
    (Edit(image_uri="http://acc/vhds/a.vhd"), "image_uri"),
    (Edit(image_uri="https://acc/vhds/a.iso"), "image_uri"),
    (Edit(image_version="1.0\n"), "image_version"),
    (Edit(image_version=""), "image_version"),
    (Edit(image_sku="a b"), "image_sku"),
    (Edit(vm_size="Standard D2"), "vm_size"),
    (Edit(capacity=-1), "capacity"),
    (Edit(capacity=1001), "capacity"),
    (Edit(policy_mode="sometimes"), "policy_mode"),
]


@pytest.mark.parametrize(("edit", "field"), REFUSED)
def test_an_impossible_edit_is_refused_with_its_field(edit: Edit, field: str) -> None:
    with pytest.raises(NotPossible) as refused:
        change(_set(), edit)
    assert refused.value.field == field


def test_size_and_capacity_can_be_edited_together() -> None:
    found = change(_set(), Edit(vm_size="Standard_D4s_v5", capacity=5))
    assert found.body == {"sku": {"name": "Standard_D4s_v5", "tier": "Standard", "capacity": 5}}
    assert {line.path for line in found.lines} == {"sku.name", "sku.capacity"}


def test_what_stays_as_it_is_is_no_change() -> None:
    found = change(_set(), Edit(image_version="1.0.0", capacity=3, policy_mode="manual"))
    assert not found
    assert (found.body, found.consequence, found.az) == ({}, "Nothing would change.", "")
    assert not change(_set(), Edit())
    assert not Edit()


def test_an_edit_says_what_it_sets_off() -> None:
    edit = Edit(image_version="2.0.0")
    assert "until you upgrade" in change(_set(), edit).consequence
    assert "starts its own" in change(_set(mode=PolicyMode.ROLLING), edit).consequence
    assert "with downtime" in change(_set(mode=PolicyMode.AUTOMATIC), edit).consequence
    assert "not known" in change(_set(mode=PolicyMode.UNKNOWN), edit).consequence
    watched = _set(automatic_repairs=True, automatic_os_upgrade=True)
    assert "repairs" in change(watched, edit).consequence
    assert "OS upgrades" in change(watched, edit).consequence


def test_capacity_alone_leaves_instances_current() -> None:
    found = change(_set(), Edit(capacity=5))
    assert not found.touches_model
    assert found.consequence.startswith("Azure adds 2 instances at once. Autoscale rules")
    assert not found.azure_acts
    assert found.az == "az vmss scale -g web-rg -n web --new-capacity 5"
    assert "removes 3" in change(_set(), Edit(capacity=0)).consequence
    assert (
        "instances at once"
        not in change(_set(), Edit(capacity=3, image_version="2.0.0")).consequence
    )


def test_an_edit_is_applied_when_the_model_says_all_of_it() -> None:
    body = change(_set(), Edit(image_version="2.0.0", capacity=5)).body
    after = _set({"imageReference": PLATFORM | {"version": "2.0.0"}}, capacity=5)
    assert not is_applied(_set(), body)
    assert is_applied(after, body)
    assert not is_applied(_set({"imageReference": PLATFORM | {"version": "2.0.0"}}), body)


def test_azures_own_spelling_of_an_id_is_the_same_id() -> None:
    body = change(_set(), Edit(image_id=MANAGED)).body
    assert is_applied(_set({"imageReference": {"id": MANAGED.upper()}}), body)


def test_undoing_puts_back_what_was_there() -> None:
    body = change(_set(), Edit(image_version="2.0.0", capacity=5)).body
    undo = undo_body(_set(), body)
    assert undo["sku"]["capacity"] == 3
    assert undo["properties"]["virtualMachineProfile"]["storageProfile"] == {
        "imageReference": PLATFORM
    }


@pytest.mark.parametrize(("edit", "storage"), FORMS[:5])
def test_undoing_another_form_of_image_puts_the_old_reference_back_whole(
    edit: Edit, storage: dict[str, Any]
) -> None:
    undo = undo_body(_set(), change(_set(), edit).body)
    assert undo["properties"]["virtualMachineProfile"]["storageProfile"] == {
        "imageReference": PLATFORM
    }
    assert is_applied(_set(), undo)


def test_what_moves_by_itself_is_no_difference() -> None:
    assert differences(_set(etag='"1"'), _set(etag='"7"')) == ()


def test_what_another_writer_changed_is_shown_without_secrets() -> None:
    old = _set(osProfile={"adminPassword": "one", "customData": "x"})
    new = _set(capacity=4, osProfile={"adminPassword": "two", "computerNamePrefix": "web"})
    found = differences(old, new)
    root = "properties.virtualMachineProfile.osProfile"
    assert found == (
        DiffLine(f"{root}.adminPassword", "(secret)", "(secret)"),
        DiffLine(f"{root}.computerNamePrefix", None, "web"),
        DiffLine(f"{root}.customData", "(secret)", None),
        DiffLine("sku.capacity", "3", "4"),
    )


# How Azure may act by itself


ROLLING = "properties.upgradePolicy.rollingUpgradePolicy"
SETTING_EDITS: list[tuple[Edit, dict[str, Any]]] = [
    (Edit(policy_mode="rolling"), {"upgradePolicy": {"mode": "Rolling"}}),
    (
        Edit(max_batch_instance_percent="10%"),
        {"upgradePolicy": {"rollingUpgradePolicy": {"maxBatchInstancePercent": 10}}},
    ),
    (
        Edit(max_unhealthy_instance_percent="5", max_unhealthy_upgraded_instance_percent="0"),
        {
            "upgradePolicy": {
                "rollingUpgradePolicy": {
                    "maxUnhealthyInstancePercent": 5,
                    "maxUnhealthyUpgradedInstancePercent": 0,
                }
            }
        },
    ),
    (
        Edit(pause_time_between_batches="90"),
        {"upgradePolicy": {"rollingUpgradePolicy": {"pauseTimeBetweenBatches": "PT90S"}}},
    ),
    (
        Edit(prioritize_unhealthy_instances="on", enable_cross_zone_upgrade="off", max_surge="yes"),
        {
            "upgradePolicy": {
                "rollingUpgradePolicy": {
                    "prioritizeUnhealthyInstances": True,
                    "enableCrossZoneUpgrade": False,
                    "maxSurge": True,
                }
            }
        },
    ),
    (
        Edit(rollback_failed_instances="on"),
        {
            "upgradePolicy": {
                "rollingUpgradePolicy": {"rollbackFailedInstancesOnPolicyBreach": True}
            }
        },
    ),
    (
        Edit(automatic_os_upgrade="on", automatic_os_rollback="off"),
        {
            "upgradePolicy": {
                "automaticOSUpgradePolicy": {
                    "enableAutomaticOSUpgrade": True,
                    "disableAutomaticRollback": True,
                }
            }
        },
    ),
    (
        Edit(automatic_repairs="on", repairs_grace_period="30", repair_action="reimage"),
        {
            "automaticRepairsPolicy": {
                "enabled": True,
                "gracePeriod": "PT30M",
                "repairAction": "Reimage",
            }
        },
    ),
]


@pytest.mark.parametrize(("edit", "body"), SETTING_EDITS)
def test_a_setting_is_sent_alone_and_leaves_instances_current(
    edit: Edit, body: dict[str, Any]
) -> None:
    found = change(_set(), edit)
    assert found.body == {"properties": body}
    assert not found.touches_model
    assert found.consequence
    assert all(line.old is None or line.path.endswith("mode") for line in found.lines)


@pytest.mark.parametrize(
    ("edit", "field"),
    [
        (Edit(max_batch_instance_percent="4"), "max_batch_instance_percent"),
        (Edit(max_batch_instance_percent="101"), "max_batch_instance_percent"),
        (Edit(max_unhealthy_upgraded_instance_percent="-1"),
         "max_unhealthy_upgraded_instance_percent"),
        (Edit(pause_time_between_batches="1.5"), "pause_time_between_batches"),
        (Edit(pause_time_between_batches="86401"), "pause_time_between_batches"),
        (Edit(max_surge="perhaps"), "max_surge"),
        (Edit(automatic_os_upgrade=""), "automatic_os_upgrade"),
        (Edit(repairs_grace_period="9"), "repairs_grace_period"),
        (Edit(repair_action="Kill"), "repair_action"),
        (Edit(image_id=f"{GALLERY}/versions/1.0\n"), "image_id"),
        (Edit(image_id="/sharedGalleries/a b/images/i"), "image_id"),
    ],
)  # fmt: skip
def test_an_impossible_setting_is_refused_with_its_field_and_what_would_be_right(
    edit: Edit, field: str
) -> None:
    with pytest.raises(NotPossible) as refused:
        change(_set(), edit)
    assert refused.value.field == field
    assert "\n" not in str(refused.value)


def test_settings_are_shown_as_a_person_writes_them() -> None:
    raw = {
        "properties": {
            "upgradePolicy": {
                "mode": "Rolling",
                "rollingUpgradePolicy": {
                    "maxBatchInstancePercent": 20,
                    "pauseTimeBetweenBatches": "PT1M30S",
                    "prioritizeUnhealthyInstances": True,
                },
                "automaticOSUpgradePolicy": {"disableAutomaticRollback": False},
            },
            "automaticRepairsPolicy": {"enabled": False, "gracePeriod": "PT1H30M"},
        }
    }
    now = settings_now(raw)
    told = {field: text for field, text in now.items() if text}
    assert told == {
        "policy_mode": "Rolling",
        "max_batch_instance_percent": "20",
        "pause_time_between_batches": "90",
        "prioritize_unhealthy_instances": "on",
        "automatic_os_rollback": "on",
        "automatic_repairs": "off",
        "repairs_grace_period": "90",
    }
    assert settings_now({})["policy_mode"] == ""
    assert seconds_of("P1DT1S") == 86_401
    assert seconds_of("soon") is None


def test_what_a_rolling_set_does_is_told_with_its_own_limits() -> None:
    edit = Edit(image_version="2.0.0", max_batch_instance_percent="10")
    told = change(_set(mode=PolicyMode.ROLLING), edit).consequence
    assert "Azure starts its own rolling upgrade at once, over every instance (3 of them)" in told
    assert "batches of 10%, 0 s between them, ending at more than 20% unhealthy" in told
    assert "no health signal" in told


@pytest.mark.parametrize(
    ("mode", "edit", "acts"),
    [
        (PolicyMode.MANUAL, Edit(image_version="2.0.0"), False),
        (PolicyMode.MANUAL, Edit(policy_mode="Automatic"), True),
        (PolicyMode.MANUAL, Edit(policy_mode="Rolling"), True),
        (PolicyMode.MANUAL, Edit(automatic_os_upgrade="on"), True),
        (PolicyMode.MANUAL, Edit(automatic_repairs="on"), True),
        (PolicyMode.MANUAL, Edit(automatic_repairs="off", capacity=2), False),
        (PolicyMode.AUTOMATIC, Edit(image_version="2.0.0"), True),
        (PolicyMode.AUTOMATIC, Edit(vm_size="Standard_D8s_v5"), True),
        (PolicyMode.AUTOMATIC, Edit(capacity=9), False),
        (PolicyMode.AUTOMATIC, Edit(policy_mode="Manual"), False),
        (PolicyMode.AUTOMATIC, Edit(policy_mode="Manual", image_version="2.0.0"), False),
        (PolicyMode.ROLLING, Edit(image_version="2.0.0"), True),
        (PolicyMode.ROLLING, Edit(max_batch_instance_percent="10"), True),
        (PolicyMode.ROLLING, Edit(capacity=9), False),
        (PolicyMode.UNKNOWN, Edit(image_version="2.0.0"), True),
    ],
)
def test_an_edit_knows_whether_azure_then_acts_by_itself(
    mode: PolicyMode, edit: Edit, acts: bool
) -> None:
    assert change(_set(mode=mode), edit).azure_acts is acts


def test_latest_of_a_gallery_of_ones_own_is_no_version_and_of_others_is_written() -> None:
    own = _set({"imageReference": {"id": f"{GALLERY}/versions/1.0.0"}})
    latest = Edit(image_version="latest")
    assert _storage(change(own, latest)) == {"imageReference": {"id": GALLERY}}
    shared = "/sharedGalleries/sg/images/i"
    theirs = _set({"imageReference": {"sharedGalleryImageId": f"{shared}/versions/1.0.0"}})
    assert _storage(change(theirs, latest)) == {
        "imageReference": {"sharedGalleryImageId": f"{shared}/versions/latest"}
    }


def test_a_blob_and_a_reference_take_each_others_place_in_diff_and_undo() -> None:
    blob = "https://acc.blob.core.windows.net/vhds/a.vhd"
    there = change(_set(), Edit(image_uri=blob))
    assert DiffLine(f"{STORAGE}.imageReference.publisher", "Canonical", None) in there.lines
    assert "Unmanaged disks were retired" in there.consequence
    storage = undo_body(_set(), there.body)["properties"]["virtualMachineProfile"]["storageProfile"]
    assert storage == {"imageReference": PLATFORM}
    old = _set({"osDisk": {"image": {"uri": blob}, "osType": "Linux"}})
    back = change(old, Edit(image_id=MANAGED))
    assert DiffLine(f"{STORAGE}.osDisk.image.uri", blob, None) in back.lines
    storage = undo_body(old, back.body)["properties"]["virtualMachineProfile"]["storageProfile"]
    assert storage == {"osDisk": {"image": {"uri": blob}}}


def test_the_az_line_takes_away_what_the_edit_drops() -> None:
    az = change(_set(), Edit(image_id=MANAGED)).az
    assert f"--set virtualMachineProfile.storageProfile.imageReference.id={MANAGED}" in az
    assert "--remove virtualMachineProfile.storageProfile.imageReference.publisher" in az
    assert "None" not in az


def test_what_was_absent_cannot_be_put_back() -> None:
    found = change(_set(), Edit(max_batch_instance_percent="10", policy_mode="Rolling"))
    assert undo_body(_set(), found.body) == {"properties": {"upgradePolicy": {"mode": "Manual"}}}

"""An edit of the model: its minimal PATCH, differences, consequence and undo."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.model_edits import (
    COMPUTE,
    GALLERY,
    MANAGED,
    PLATFORM,
    STORAGE,
    edited_set,
    storage_body,
)
from vmss_tui.fleet.model_edit.change import change_from_edit, request_body
from vmss_tui.fleet.model_edit.diff import DiffLine, differences, is_applied, undo_body
from vmss_tui.fleet.model_edit.edit import Edit, InvalidEdit
from vmss_tui.fleet.scale_set import PolicyMode


def test_another_size_sends_name_tier_and_the_capacity_read_last() -> None:
    change = change_from_edit(edited_set(), Edit(vm_size="Standard_D4s_v5"))
    assert change.body == {"sku": {"name": "Standard_D4s_v5", "tier": "Standard"}}
    scaled_set = replace(edited_set(), capacity=7)
    assert request_body(scaled_set, change.body)["sku"] == {**change.body["sku"], "capacity": 7}
    assert [line.path for line in change.lines] == ["sku.name"]


def test_a_new_version_sends_the_image_reference_whole_and_nothing_else() -> None:
    change = change_from_edit(edited_set(), Edit(image_version="2.0.0"))
    reference = PLATFORM | {"version": "2.0.0"}
    assert change.body == {
        "properties": {"virtualMachineProfile": {"storageProfile": {"imageReference": reference}}}
    }
    assert change.lines == (DiffLine(f"{STORAGE}.imageReference.version", "1.0.0", "2.0.0"),)
    assert change.touches_model


IMAGE_FORMS = [
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


@pytest.mark.parametrize(("edit", "storage"), IMAGE_FORMS)
def test_each_form_of_an_image_has_its_own_body(edit: Edit, storage: dict[str, Any]) -> None:
    change = change_from_edit(edited_set(), edit)
    assert storage_body(change) == storage


def test_another_form_of_image_shows_what_the_old_one_loses() -> None:
    lines = change_from_edit(edited_set(), Edit(image_id=MANAGED)).lines
    assert DiffLine(f"{STORAGE}.imageReference.id", None, MANAGED) in lines
    assert DiffLine(f"{STORAGE}.imageReference.publisher", "Canonical", None) in lines
    assert len(lines) == 5


def test_a_version_of_a_gallery_image_is_written_into_its_id() -> None:
    change = change_from_edit(
        edited_set({"imageReference": {"id": GALLERY}}), Edit(image_version="1.2.3")
    )
    assert storage_body(change) == {"imageReference": {"id": f"{GALLERY}/versions/1.2.3"}}
    upper_case = edited_set({"imageReference": {"id": f"{GALLERY}/Versions/1.0.0"}})
    assert storage_body(change_from_edit(upper_case, Edit(image_version="1.2.3"))) == storage_body(
        change
    )


def test_a_managed_image_becomes_a_platform_one_only_with_all_four_names() -> None:
    managed = edited_set({"imageReference": {"id": MANAGED}})
    with pytest.raises(InvalidEdit, match="all four") as refused:
        change_from_edit(managed, Edit(image_version="1.0"))
    assert refused.value.field == "image_version"
    edit = Edit(
        image_publisher="Canonical", image_offer="jammy", image_sku="22_04", image_version="1.0.0"
    )
    assert storage_body(change_from_edit(managed, edit)) == {"imageReference": PLATFORM}


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
    with pytest.raises(InvalidEdit) as refused:
        change_from_edit(edited_set(), edit)
    assert refused.value.field == field


def test_size_and_capacity_can_be_edited_together() -> None:
    change = change_from_edit(edited_set(), Edit(vm_size="Standard_D4s_v5", capacity=5))
    assert change.body == {"sku": {"name": "Standard_D4s_v5", "tier": "Standard", "capacity": 5}}
    assert {line.path for line in change.lines} == {"sku.name", "sku.capacity"}


def test_an_edit_to_the_present_values_is_no_change() -> None:
    change = change_from_edit(
        edited_set(), Edit(image_version="1.0.0", capacity=3, policy_mode="manual")
    )
    assert not change
    assert (change.body, change.az_arguments) == ({}, ())
    assert change.consequence == "No changes."
    assert not change_from_edit(edited_set(), Edit())
    assert not Edit()


def test_an_edit_describes_its_consequence() -> None:
    edit = Edit(image_version="2.0.0")
    assert "until you upgrade" in change_from_edit(edited_set(), edit).consequence
    assert (
        "starts its own" in change_from_edit(edited_set(mode=PolicyMode.ROLLING), edit).consequence
    )
    assert (
        "with downtime" in change_from_edit(edited_set(mode=PolicyMode.AUTOMATIC), edit).consequence
    )
    assert (
        "policy is unknown"
        in change_from_edit(edited_set(mode=PolicyMode.UNKNOWN), edit).consequence
    )
    watched = edited_set(automatic_repairs=True, automatic_os_upgrade=True)
    assert "repairs" in change_from_edit(watched, edit).consequence
    assert "OS upgrades" in change_from_edit(watched, edit).consequence


def test_capacity_alone_leaves_instances_current() -> None:
    change = change_from_edit(edited_set(), Edit(capacity=5))
    assert not change.touches_model
    assert change.consequence.startswith("Azure adds 2 instances at once. Autoscale rules")
    assert not change.azure_acts
    assert " ".join(change.az_arguments) == "vmss scale -g web-rg -n web --new-capacity 5"
    assert "removes 3" in change_from_edit(edited_set(), Edit(capacity=0)).consequence
    assert (
        "instances at once"
        not in change_from_edit(edited_set(), Edit(capacity=3, image_version="2.0.0")).consequence
    )


def test_an_edit_is_applied_when_the_model_says_all_of_it() -> None:
    body = change_from_edit(edited_set(), Edit(image_version="2.0.0", capacity=5)).body
    after = edited_set({"imageReference": PLATFORM | {"version": "2.0.0"}}, capacity=5)
    assert not is_applied(edited_set(), body)
    assert is_applied(after, body)
    assert not is_applied(edited_set({"imageReference": PLATFORM | {"version": "2.0.0"}}), body)


def test_azures_own_spelling_of_an_id_is_the_same_id() -> None:
    body = change_from_edit(edited_set(), Edit(image_id=MANAGED)).body
    assert is_applied(edited_set({"imageReference": {"id": MANAGED.upper()}}), body)


def test_undoing_puts_back_what_was_there() -> None:
    body = change_from_edit(edited_set(), Edit(image_version="2.0.0", capacity=5)).body
    undo = undo_body(edited_set(), body)
    assert undo["sku"]["capacity"] == 3
    assert undo["properties"]["virtualMachineProfile"]["storageProfile"] == {
        "imageReference": PLATFORM
    }


@pytest.mark.parametrize(("edit", "storage"), IMAGE_FORMS[:5])
def test_undoing_another_form_of_image_puts_the_old_reference_back_whole(
    edit: Edit, storage: dict[str, Any]
) -> None:
    undo = undo_body(edited_set(), change_from_edit(edited_set(), edit).body)
    assert undo["properties"]["virtualMachineProfile"]["storageProfile"] == {
        "imageReference": PLATFORM
    }
    assert is_applied(edited_set(), undo)


def test_fields_that_change_without_an_edit_are_no_difference() -> None:
    assert differences(edited_set(etag='"1"'), edited_set(etag='"7"')) == ()


def test_what_another_writer_changed_is_shown_without_secrets() -> None:
    old = edited_set(osProfile={"adminPassword": "one", "customData": "x"})
    new = edited_set(capacity=4, osProfile={"adminPassword": "two", "computerNamePrefix": "web"})
    lines = differences(old, new)
    root = "properties.virtualMachineProfile.osProfile"
    assert lines == (
        DiffLine(f"{root}.adminPassword", "(secret)", "(secret)"),
        DiffLine(f"{root}.computerNamePrefix", None, "web"),
        DiffLine(f"{root}.customData", "(secret)", None),
        DiffLine("sku.capacity", "3", "4"),
    )


def test_latest_of_a_gallery_of_ones_own_is_no_version_and_of_others_is_written() -> None:
    own_set = edited_set({"imageReference": {"id": f"{GALLERY}/versions/1.0.0"}})
    latest = Edit(image_version="latest")
    assert storage_body(change_from_edit(own_set, latest)) == {"imageReference": {"id": GALLERY}}
    shared = "/sharedGalleries/sg/images/i"
    shared_set = edited_set(
        {"imageReference": {"sharedGalleryImageId": f"{shared}/versions/1.0.0"}}
    )
    assert storage_body(change_from_edit(shared_set, latest)) == {
        "imageReference": {"sharedGalleryImageId": f"{shared}/versions/latest"}
    }


def test_a_blob_and_a_reference_take_each_others_place_in_diff_and_undo() -> None:
    blob = "https://acc.blob.core.windows.net/vhds/a.vhd"
    to_blob = change_from_edit(edited_set(), Edit(image_uri=blob))
    assert DiffLine(f"{STORAGE}.imageReference.publisher", "Canonical", None) in to_blob.lines
    assert "Unmanaged disks were retired" in to_blob.consequence
    storage = undo_body(edited_set(), to_blob.body)["properties"]["virtualMachineProfile"][
        "storageProfile"
    ]
    assert storage == {"imageReference": PLATFORM}
    blob_set = edited_set({"osDisk": {"image": {"uri": blob}, "osType": "Linux"}})
    from_blob = change_from_edit(blob_set, Edit(image_id=MANAGED))
    assert DiffLine(f"{STORAGE}.osDisk.image.uri", blob, None) in from_blob.lines
    storage = undo_body(blob_set, from_blob.body)["properties"]["virtualMachineProfile"][
        "storageProfile"
    ]
    assert storage == {"osDisk": {"image": {"uri": blob}}}


def test_the_az_line_takes_away_what_the_edit_drops() -> None:
    az = " ".join(change_from_edit(edited_set(), Edit(image_id=MANAGED)).az_arguments)
    assert f"--set virtualMachineProfile.storageProfile.imageReference.id={MANAGED}" in az
    assert "--remove virtualMachineProfile.storageProfile.imageReference.publisher" in az
    assert "None" not in az

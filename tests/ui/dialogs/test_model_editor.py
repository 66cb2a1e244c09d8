"""The model editor and its picker: press, expect words; what was saved is what was meant."""

from dataclasses import replace
from typing import Any

from msgspec import structs
from textual.screen import Screen
from textual.widgets import Input

from tests.support.fake_session import FakeCockpit
from tests.support.fleets import JAMMY, NEW, NEWEST, OLD, scale_set, web
from tests.support.pilot import Settled, settled
from vmss_tui.fleet.image import image_from_id
from vmss_tui.fleet.image_offers import ImageVersion, SupportState
from vmss_tui.fleet.model_edit.change import change_from_patch
from vmss_tui.fleet.model_edit.diff import DiffLine
from vmss_tui.fleet.scale_set import PolicyMode
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import Refused, Throttled
from vmss_tui.runtime.operations.model_edits import ModelConflict, ModelUndo
from vmss_tui.ui.dialogs.confirm import ConfirmScreen
from vmss_tui.ui.dialogs.image_picker import ImagePicker
from vmss_tui.ui.dialogs.model_editor import ModelEditor


def field(screen: Settled, name: str) -> str:
    """What stands in a field of the editor."""
    return screen.app.screen.query_one(f"#{name}", Input).value


def shows(screen: Settled, kind: type[Screen[Any]]) -> bool:
    """Is the screen on top of this kind?"""
    return isinstance(screen.app.screen, kind)


async def to(screen: Settled, name: str) -> None:
    """Puts the focus into a field of the editor."""
    screen.app.screen.query_one(f"#{name}", Input).focus()
    await screen.rest()


def set_with(mode: PolicyMode) -> Snapshot:
    """The web servers under another upgrade policy."""
    found = scale_set(policy_mode=mode)
    raw = {**found.raw, "properties": {**found.raw["properties"], "upgradePolicy": {"mode": mode}}}  # type: ignore[dict-item]
    return replace(web(), scale_set=replace(found, raw=raw))


# The picker


async def test_down_lists_versions_and_enter_fills_the_field() -> None:
    async with settled() as screen:
        await screen.press("E", "down")
        assert shows(screen, ImagePicker)
        assert "eastus · V2 x64" in screen.text
        assert f"the model: {NEW}: 1" in screen.text
        assert "read 12:04:31" in screen.text
        assert f"▌ {NEW}  20 instances · the model" in screen.text
        await screen.press("up", "enter")
        assert shows(screen, ModelEditor)
        assert field(screen, "image_version") == NEWEST
        assert f"{NEW} → {NEWEST}" in screen.text


async def test_versions_that_do_not_fit_are_marked_in_words() -> None:
    cockpit = FakeCockpit()
    cockpit.images.catalogue.offered = (
        ImageVersion("3.0", excluded_from_latest=True),
        ImageVersion("2.9", in_region=False),
        ImageVersion("2.8", SupportState.WITHDRAWN),
        ImageVersion("2.7"),
    )
    async with settled(cockpit) as screen:
        await screen.press("i")
        assert "never the latest" in screen.line("3.0")
        assert "not replicated to eastus" in screen.line("2.9")
        assert "withdrawn by its publisher" in screen.line("2.8")
        assert "now 2.7" in screen.line("latest  ")
        assert "the model · not offered any more" in screen.text


async def test_typing_narrows_the_list() -> None:
    async with settled() as screen:
        await screen.press("E", "down")
        assert f"  {OLD}  80 instances" in screen.text
        await screen.write("the model")
        assert f"▌ {NEW}  20 instances" in screen.text
        assert "80 instances" not in screen.text
        await screen.press("enter")
        assert field(screen, "image_version") == NEW


async def test_escape_leaves_the_field_as_it_was() -> None:
    async with settled() as screen:
        await screen.press("E", "down", "escape")
        assert field(screen, "image_version") == NEW
        assert screen.cockpit.model_writer.saved == []


async def test_ctrl_r_reads_the_list_again() -> None:
    async with settled() as screen:
        await screen.press("E", "down", "ctrl+r")
        assert screen.cockpit.images.catalogue.asked[-1] == "versions again"


async def test_a_list_that_cannot_be_read_says_why_and_the_field_can_still_be_typed() -> None:
    cockpit = FakeCockpit()
    cockpit.images.catalogue.raises = Throttled("Throttled by Azure for 17 s: too many", 17.0)
    async with settled(cockpit) as screen:
        await screen.press("E")
        assert "Throttled by Azure for 17 s" in screen.text
        await screen.press("down")
        assert "Throttled by Azure for 17 s" in screen.text
        await screen.press("escape", *["backspace"] * len(NEW))
        await screen.write(NEWEST)
        assert f"{NEW} → {NEWEST}" in screen.text


async def test_another_publisher_wants_its_own_offer() -> None:
    async with settled(size=(120, 50)) as screen:
        await screen.press("E")
        await to(screen, "image_publisher")
        await screen.press("down")
        await screen.write("Deb")
        await screen.press("enter")
        assert field(screen, "image_publisher") == "Debian"
        assert field(screen, "image_offer") == field(screen, "image_version") == ""
        assert "offer: another publisher wants its own offer" in screen.text
        await to(screen, "image_offer")
        await screen.press("down", "down", "enter")
        assert screen.cockpit.images.catalogue.asked[-1] == "offers of Debian"
        assert field(screen, "image_offer") == "ubuntu-24_04-lts"


async def test_own_images_lead_to_their_versions() -> None:
    async with settled(size=(120, 50)) as screen:
        await screen.press("E")
        await to(screen, "image_id")
        await screen.press("down")
        assert "gold" in screen.text
        assert "in westeurope, not in eastus" in screen.line("far")
        assert "not read: gallery secret: Azure refused: You may not." in screen.text
        await screen.write("gallery")
        await screen.press("enter")
        assert shows(screen, ImagePicker)
        await screen.press("down", "enter")
        assert field(screen, "image_id").endswith(f"/galleries/g/images/web/versions/{NEWEST}")


async def test_a_community_image_is_looked_up_by_its_typed_id() -> None:
    async with settled(size=(120, 50)) as screen:
        await screen.press("E")
        await to(screen, "image_id")
        await screen.write("/communityGalleries/cg/images/i")
        await screen.press("down", "down", "enter")
        assert field(screen, "image_id") == f"/communityGalleries/cg/images/i/versions/{NEWEST}"
        assert "communityGalleryImageId" in screen.text


async def test_sizes_and_switches_are_chosen_from_lists() -> None:
    async with settled(size=(120, 60)) as screen:
        await screen.press("E")
        await to(screen, "vm_size")
        await screen.press("down")
        await screen.write("D8s")
        await screen.press("enter")
        assert "Standard_D4s_v5 → Standard_D8s_v5" in screen.text
        await to(screen, "automatic_repairs")
        await screen.press("down", "enter")
        assert field(screen, "automatic_repairs") == "on"
        await to(screen, "image_uri")
        await screen.press("down")
        assert "nothing to choose from, type it" in screen.text


async def test_a_version_that_is_not_offered_is_noted_and_not_refused() -> None:
    async with settled() as screen:
        await screen.press("E", "end", "backspace")
        typed = NEW[:-1]
        assert f"version: {typed} is not offered to this set" in screen.text
        assert f"{NEW} → {typed}" in screen.text
        await screen.press("enter")
        assert shows(screen, ConfirmScreen)
        assert f"version: {typed} is not offered to this set" in screen.text, "asked with open eyes"


async def test_i_leads_into_the_editor_with_the_version_chosen() -> None:
    async with settled() as screen:
        await screen.press("i", "up", "enter")
        assert shows(screen, ModelEditor)
        assert field(screen, "image_version") == NEWEST


async def test_i_looks_in_a_read_only_session_and_changes_nothing() -> None:
    async with settled(FakeCockpit(read_only=True)) as screen:
        await screen.press("i", "up", "enter")
        assert "this session only looks" in screen.text.lower()
        assert not shows(screen, ModelEditor)


async def test_i_on_a_managed_image_lists_the_subscriptions_own() -> None:
    group = "/subscriptions/s/resourceGroups/img/providers/Microsoft.Compute"
    managed = image_from_id(f"{group}/images/gold")
    cockpit = FakeCockpit(replace(web(), scale_set=scale_set(image=managed)))
    cockpit.images.catalogue.offered = ()
    async with settled(cockpit) as screen:
        await screen.press("i")
        assert "images of this subscription" in screen.text
        await screen.write("gallery")
        await screen.press("enter")
        assert field(screen, "image_id").endswith("/galleries/g/images/web")


# Saving


async def test_an_automatic_set_is_edited_only_by_its_name_typed() -> None:
    cockpit = FakeCockpit(set_with(PolicyMode.AUTOMATIC))
    async with settled(cockpit) as screen:
        await screen.press("E", "down", "up", "enter")
        assert "Azure upgrades every instance at once (100 of them)" in screen.text
        await screen.press("enter")
        assert "and let Azure act at once" in screen.text
        await screen.press("y", "enter")
        assert cockpit.model_writer.saved == []


async def test_its_name_typed_saves_the_edit_of_a_rolling_set() -> None:
    cockpit = FakeCockpit(set_with(PolicyMode.ROLLING))
    async with settled(cockpit) as screen:
        await screen.press("E", "down", "up", "enter", "enter", "tab")
        await screen.write("web-vmss")
        await screen.press("enter")
        (saved,) = cockpit.model_writer.saved
        assert saved.azure_acts


async def test_the_way_back_to_manual_takes_a_y() -> None:
    cockpit = FakeCockpit(set_with(PolicyMode.AUTOMATIC))
    async with settled(cockpit, size=(120, 50)) as screen:
        await screen.press("E")
        await to(screen, "policy_mode")
        await screen.press("down")
        await screen.write("Manual")
        await screen.press("enter", "enter", "y")
        (saved,) = cockpit.model_writer.saved
        assert dict(saved.body) == {"properties": {"upgradePolicy": {"mode": "Manual"}}}


async def test_fewer_vms_in_the_editor_need_the_name_typed_too() -> None:
    async with settled(size=(120, 50)) as screen:
        await screen.press("E")
        await to(screen, "capacity")
        await screen.press(*["backspace"] * 3)
        await screen.write("80")
        assert "Azure removes 20 instances at once" in screen.text
        await screen.press("enter", "y")
        assert screen.cockpit.model_writer.saved == []


async def test_a_wrong_setting_is_named_and_the_form_kept() -> None:
    async with settled(size=(120, 50)) as screen:
        await screen.press("E")
        await to(screen, "max_batch_instance_percent")
        await screen.write("3")
        assert "max batch instance percent must be 5 to 100, not '3'" in screen.text
        await screen.press("enter")
        assert shows(screen, ModelEditor)
        assert field(screen, "max_batch_instance_percent") == "3"


async def test_azures_refusal_and_what_it_comes_to_stand_in_the_form() -> None:
    async with settled(size=(120, 50)) as screen:
        words = "Azure refused: no. (SkuNotAvailable). In short: choose another one"
        screen.cockpit.model_writer.raises = Refused(words)
        await screen.press("E")
        await to(screen, "vm_size")
        await screen.press("end", "backspace")
        await screen.write("6")
        await screen.press("enter", "y")
        assert words in screen.text
        assert field(screen, "vm_size") == "Standard_D4s_v6"


async def test_a_field_nobody_touched_follows_what_another_writer_made_of_it() -> None:
    async with settled(size=(80, 24)) as screen:
        line = DiffLine("sku.name", "Standard_D4s_v5", "Standard_D8s_v5")
        found = scale_set(vm_size="Standard_D8s_v5")
        theirs = {**found.raw, "sku": {"name": "Standard_D8s_v5", "capacity": 100}}
        models = screen.cockpit.model_writer
        models.raises = ModelConflict((line,), replace(found, raw=theirs))
        await screen.press("E", *["backspace"] * len(NEW), *NEWEST, "enter", "y")
        assert field(screen, "vm_size") == "Standard_D8s_v5"
        assert field(screen, "image_version") == NEWEST
        said = " ".join(screen.text.replace("▌", " ").split())
        assert "nothing was written. It says now:" in said
        assert "Standard_D4s_v5 → Standard_D8s_v5" in said
        assert "Review and save" in screen.text
        models.raises = None
        await screen.press("enter", "y")
        (sent,) = models.saved
        assert "sku" not in sent.body


# The way back


async def undo(screen: Settled) -> None:
    """Finds the command, which has no key."""
    await screen.press("colon")
    await screen.write("undo the last")
    await screen.palette()
    await screen.press("enter")


async def test_the_last_edit_is_taken_back_with_its_own_difference() -> None:
    cockpit = FakeCockpit()
    reference = {
        "publisher": JAMMY.publisher, "offer": JAMMY.offer, "sku": JAMMY.sku, "version": OLD
    }  # fmt: skip
    body = {
        "properties": {"virtualMachineProfile": {"storageProfile": {"imageReference": reference}}}
    }
    back = change_from_patch(cockpit.snapshot.scale_set, body)
    cockpit.model_writer.way_back = ModelUndo("r-1", "2025-11-14T11:50:00.000+00:00", "ops@bastion", back)
    async with settled(cockpit) as screen:
        await undo(screen)
        assert "Takes back the edit of 2025-11-14 11:50:00 UTC by ops@bastion." in screen.text
        assert f"{NEW} → {OLD}" in screen.text
        assert cockpit.model_writer.saved == []
        await screen.press("y")
        assert cockpit.model_writer.saved == [back]
        assert "The model is changed" in screen.text


async def test_without_an_edit_there_is_nothing_to_take_back() -> None:
    async with settled() as screen:
        await undo(screen)
        assert "No edit was made from this machine that could be taken back" in screen.text


# What `latest` means


async def test_a_set_at_latest_learns_what_that_is_and_tells_who_is_behind() -> None:
    latest = structs.replace(JAMMY, version="latest")
    instances = tuple(
        structs.replace(each, image=structs.replace(latest, exact_version=NEW))
        for each in web().instances
    )
    snapshot = replace(web(), scale_set=scale_set(image=latest), instances=instances)
    async with settled(FakeCockpit(snapshot), size=(170, 40)) as screen:
        assert "current, but behind" in screen.text
        assert f"{NEWEST} (latest)" in screen.text
        await screen.press("m", "m", "m", "m")
        assert f"{NEW} behind" in screen.line("image version")

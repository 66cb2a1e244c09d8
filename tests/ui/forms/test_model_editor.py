"""The model editor: what it shows, asks and saves, and the undo of an edit."""

from dataclasses import replace

from msgspec import structs

from tests.support.fake_session import FakeServices
from tests.support.fleets import JAMMY, NEW, NEWEST, OLD, scale_set, web
from tests.support.form_fields import field_value, focus_field, is_on_top
from tests.support.pilot import DashboardPilot, run_dashboard
from vmss_tui.fleet.model_edit.change import change_from_patch
from vmss_tui.fleet.model_edit.diff import DiffLine
from vmss_tui.fleet.scale_set import PolicyMode
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import Refused
from vmss_tui.runtime.operations.model_edits import ModelConflict, ModelUndo
from vmss_tui.ui.forms.model_editor import ModelEditor


def set_with(mode: PolicyMode) -> Snapshot:
    """The web servers under another upgrade policy."""
    original = scale_set(policy_mode=mode)
    policy = {"upgradePolicy": {"mode": mode}}
    properties = {**original.raw["properties"], **policy}  # type: ignore[dict-item]
    raw = {**original.raw, "properties": properties}
    return replace(web(), scale_set=replace(original, raw=raw))


async def test_an_automatic_set_is_edited_by_its_name_typed_and_made_manual_by_a_y() -> None:
    services = FakeServices(set_with(PolicyMode.AUTOMATIC))
    async with run_dashboard(services, size=(120, 50)) as screen:
        await screen.press("E", "down", "up", "enter")
        assert "Azure upgrades every instance at once (100 of them)" in screen.text
        await screen.press("enter")
        assert "let Azure apply it now" in " ".join(screen.text.replace("│", " ").split())
        await screen.press("y", "enter")
        assert services.model_writer.changes == []
        while screen.app.screen is not screen.screen:
            await screen.press("escape")
        await screen.press("E")
        await focus_field(screen, "policy_mode")
        await screen.press("m", "enter", "y")
        (saved,) = services.model_writer.changes
        assert dict(saved.body) == {"properties": {"upgradePolicy": {"mode": "Manual"}}}


async def test_its_name_typed_saves_the_edit_of_a_rolling_set() -> None:
    services = FakeServices(set_with(PolicyMode.ROLLING))
    async with run_dashboard(services) as screen:
        await screen.press("E", "down", "up", "enter", "enter", "tab")
        await screen.type_text("web-vmss")
        await screen.press("enter")
        (saved,) = services.model_writer.changes
        assert saved.azure_acts


async def test_wrong_settings_fewer_vms_and_a_refusal_of_azure_keep_the_form() -> None:
    async with run_dashboard(size=(120, 50)) as screen:
        await undo_last_edit(screen)
        assert "No edit from this machine to undo" in screen.text
        await screen.press("E")
        await focus_field(screen, "max_batch_instance_percent")
        await screen.press("3")
        assert "max batch instance percent must be 5 to 100, not '3'" in screen.text
        await screen.press("enter")
        assert is_on_top(screen, ModelEditor)
        assert field_value(screen, "max_batch_instance_percent") == "3"
        await screen.press("backspace")
        await focus_field(screen, "capacity")
        await screen.press(*["backspace"] * 3)
        await screen.paste("80")
        assert "Azure removes 20 instances at once" in screen.text
        await screen.press("enter", "y")
        assert screen.services.model_writer.changes == []
        while screen.app.screen is not screen.screen:
            await screen.press("escape")
        message = "Azure refused: no. (SkuNotAvailable). In short: choose another one"
        screen.services.model_writer.error = Refused(message)
        await screen.press("E")
        await focus_field(screen, "vm_size")
        await screen.paste("Standard_D8s_v5")
        await screen.press("enter", "y")
        assert message in screen.text
        assert field_value(screen, "vm_size") == "Standard_D8s_v5"


async def test_a_field_nobody_touched_follows_what_another_writer_made_of_it() -> None:
    async with run_dashboard(size=(80, 24)) as screen:
        difference = DiffLine("sku.name", "Standard_D4s_v5", "Standard_D8s_v5")
        original = scale_set(vm_size="Standard_D8s_v5")
        changed_raw = {**original.raw, "sku": {"name": "Standard_D8s_v5", "capacity": 100}}
        writer = screen.services.model_writer
        writer.error = ModelConflict((difference,), replace(original, raw=changed_raw))
        await screen.press("E", *["backspace"] * len(NEW), *NEWEST, "enter", "y")
        assert field_value(screen, "vm_size") == "Standard_D8s_v5"
        assert field_value(screen, "image_version") == NEWEST
        text = " ".join(screen.text.replace("│", " ").split())
        assert "nothing was written. Current model:" in text
        assert "Standard_D4s_v5 → Standard_D8s_v5" in text
        assert is_on_top(screen, ModelEditor)
        writer.error = None
        await screen.press("enter", "y")
        (saved,) = writer.changes
        assert "sku" not in saved.body


async def undo_last_edit(screen: DashboardPilot) -> None:
    """Runs the command from the palette, because it has no key."""
    await screen.press("colon")
    await screen.search_palette("undo the last")
    await screen.press("enter")


async def test_the_last_edit_is_taken_back_with_its_own_difference() -> None:
    services = FakeServices()
    image_reference = {
        "publisher": JAMMY.publisher, "offer": JAMMY.offer, "sku": JAMMY.sku, "version": OLD
    }  # fmt: skip
    body = {
        "properties": {
            "virtualMachineProfile": {"storageProfile": {"imageReference": image_reference}}
        }
    }
    back = change_from_patch(services.snapshot.scale_set, body)
    services.model_writer.undo = ModelUndo(
        "r-1", "2025-11-14T11:50:00.000+00:00", "ops@bastion", back
    )
    async with run_dashboard(services) as screen:
        await undo_last_edit(screen)
        assert "Undoes the edit of 2025-11-14 11:50:00 UTC by ops@bastion." in screen.text
        assert f"{NEW} → {OLD}" in screen.text
        assert services.model_writer.changes == []
        await screen.press("y")
        assert services.model_writer.changes == [back]
        assert "The model is changed" in screen.text


async def test_a_set_at_latest_shows_its_version_and_who_runs_an_older_one() -> None:
    latest = structs.replace(JAMMY, version="latest")
    instances = tuple(
        structs.replace(instance, image=structs.replace(latest, exact_version=NEW))
        for instance in web().instances
    )
    snapshot = replace(web(), scale_set=scale_set(image=latest), instances=instances)
    async with run_dashboard(FakeServices(snapshot), size=(170, 40)) as screen:
        assert "latest model, but an older image" in screen.line("Model  ")
        assert f"→ {NEWEST} (latest)" in screen.text
        assert f"latest ({NEWEST})" in screen.line("Image Canonical")
        await screen.press("m", "m", "m", "m")
        assert f"20 {NEW}, not the latest" in screen.text
        assert "m color by image version" in screen.text

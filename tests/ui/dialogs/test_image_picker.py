"""The image picker: lists of the catalogue, filtered by typing, that fill a field."""

from dataclasses import replace

from tests.support.fake_session import FakeServices
from tests.support.fleets import NEW, NEWEST, OLD, scale_set, web
from tests.support.form_fields import field_value, focus_field, is_on_top
from tests.support.pilot import run_dashboard
from vmss_tui.fleet.image import image_from_id
from vmss_tui.fleet.image_offers import ImageVersion, SupportState
from vmss_tui.gateway import Throttled
from vmss_tui.ui.dialogs.confirm import ConfirmScreen
from vmss_tui.ui.dialogs.image_picker import ImagePicker
from vmss_tui.ui.forms.model_editor import ModelEditor


async def test_down_lists_versions_that_are_narrowed_read_again_and_chosen() -> None:
    async with run_dashboard() as screen:
        await screen.press("E", "down")
        assert is_on_top(screen, ImagePicker)
        assert "eastus · V2 x64" in screen.text
        assert f"model {NEW}: 1 newer · data from 12:04:31" in screen.text
        assert f"▌ {NEW}  20 instances · the model" in screen.text
        assert f"  {OLD}  80 instances" in screen.text
        await screen.press("escape")
        assert field_value(screen, "image_version") == NEW, "escape leaves the field as it was"
        assert screen.services.model_writer.changes == []
        await screen.press("down", "ctrl+r")
        assert screen.services.images.catalogue.requests[-1] == "versions again"
        await screen.paste("the model")
        assert f"▌ {NEW}  20 instances" in screen.text
        assert "80 instances" not in screen.text
        await screen.press("enter")
        assert field_value(screen, "image_version") == NEW
        await screen.press("down", "up", "enter")
        assert is_on_top(screen, ModelEditor)
        assert field_value(screen, "image_version") == NEWEST
        assert f"{NEW} → {NEWEST}" in screen.text
        await screen.press("escape", "i", "up", "enter")
        assert is_on_top(screen, ModelEditor), "i leads into the editor"
        assert field_value(screen, "image_version") == NEWEST


async def test_versions_that_do_not_fit_are_marked_in_words() -> None:
    services = FakeServices()
    services.images.catalogue.versions = (
        ImageVersion("3.0", excluded_from_latest=True),
        ImageVersion("2.9", in_region=False),
        ImageVersion("2.8", SupportState.WITHDRAWN),
        ImageVersion("2.7"),
    )
    async with run_dashboard(services) as screen:
        await screen.press("i")
        assert "excluded from latest" in screen.line("3.0")
        assert "not replicated to eastus" in screen.line("2.9")
        assert "deprecated" in screen.line("2.8")
        assert "now 2.7" in screen.line("latest  ")
        assert "the model · no longer offered" in screen.text


async def test_a_list_that_cannot_be_read_says_why_and_the_field_can_still_be_typed() -> None:
    services = FakeServices()
    services.images.catalogue.error = Throttled("Throttled by Azure for 17 s: too many", 17.0)
    async with run_dashboard(services) as screen:
        await screen.press("E")
        assert "Throttled by Azure for 17 s" in screen.text
        await screen.press("down")
        assert "Throttled by Azure for 17 s" in screen.text
        await screen.press("escape", *["backspace"] * len(NEW))
        await screen.type_text(NEWEST)
        assert f"{NEW} → {NEWEST}" in screen.text


async def test_sizes_switches_publishers_and_own_images_are_chosen_from_lists() -> None:
    async with run_dashboard(size=(120, 60)) as screen:
        await screen.press("E")
        await focus_field(screen, "vm_size")
        await screen.press("down")
        await screen.paste("D8s")
        await screen.press("enter")
        assert "Standard_D4s_v5 → Standard_D8s_v5" in screen.text
        await focus_field(screen, "automatic_repairs")
        await screen.press("down", "enter")
        assert field_value(screen, "automatic_repairs") == "on"
        await focus_field(screen, "image_uri")
        await screen.press("down")
        assert "nothing to choose from, type it" in screen.text
        screen.clear_toasts()
        await screen.press("escape", "E")
        await focus_field(screen, "image_publisher")
        await screen.press("down")
        await screen.paste("Deb")
        await screen.press("enter")
        assert field_value(screen, "image_publisher") == "Debian"
        assert field_value(screen, "image_offer") == field_value(screen, "image_version") == ""
        assert "Offer: another publisher needs its own Offer" in screen.text
        await focus_field(screen, "image_offer")
        await screen.press("down", "down", "enter")
        assert screen.services.images.catalogue.requests[-1] == "offers of Debian"
        assert field_value(screen, "image_offer") == "ubuntu-24_04-lts"


async def test_own_and_community_images_lead_to_their_versions() -> None:
    async with run_dashboard(size=(120, 50)) as screen:
        await screen.press("E")
        await focus_field(screen, "image_id")
        await screen.press("down")
        assert "gold" in screen.text
        assert "in westeurope, not in eastus" in screen.line("far")
        assert "Not read: gallery secret: Azure refused: You may not." in screen.text
        await screen.paste("gallery")
        await screen.press("enter")
        assert is_on_top(screen, ImagePicker)
        await screen.press("down", "enter")
        assert field_value(screen, "image_id").endswith(
            f"/galleries/g/images/web/versions/{NEWEST}"
        )
        await screen.press("escape", "E")
        await focus_field(screen, "image_id")
        await screen.paste("/communityGalleries/cg/images/i")
        await screen.press("down", "down", "enter")
        assert (
            field_value(screen, "image_id") == f"/communityGalleries/cg/images/i/versions/{NEWEST}"
        )
        assert "communityGalleryImageId" in screen.text


async def test_a_version_that_is_not_offered_is_refused_until_it_is_one_of_the_list() -> None:
    async with run_dashboard() as screen:
        await screen.press("E", "end", "backspace")
        typed = NEW[:-1]
        assert f"Version: {typed} is not offered to this scale set in eastus" in screen.text
        assert f"{NEW} → {typed}" in screen.text
        await screen.press("enter")
        assert is_on_top(screen, ModelEditor)
        assert "Choose one of the list" in screen.text
        await screen.press("enter")
        assert is_on_top(screen, ModelEditor), "a value known to be wrong is never sent"
        await screen.type_text(NEW[-1])
        await screen.press("backspace", *["backspace"] * len(typed), *NEWEST, "enter")
        assert is_on_top(screen, ConfirmScreen)


async def test_i_looks_in_a_read_only_session_and_changes_nothing() -> None:
    async with run_dashboard(FakeServices(read_only=True)) as screen:
        await screen.press("i", "up", "enter")
        assert "this session is read-only" in screen.text.lower()
        assert not is_on_top(screen, ModelEditor)


async def test_i_on_a_managed_image_lists_the_subscriptions_own() -> None:
    group = "/subscriptions/s/resourceGroups/img/providers/Microsoft.Compute"
    managed = image_from_id(f"{group}/images/gold")
    services = FakeServices(replace(web(), scale_set=scale_set(image=managed)))
    services.images.catalogue.versions = ()
    async with run_dashboard(services) as screen:
        await screen.press("i")
        assert "custom images of this subscription" in screen.text
        await screen.type_text("gallery")
        await screen.press("enter")
        assert field_value(screen, "image_id").endswith("/galleries/g/images/web")

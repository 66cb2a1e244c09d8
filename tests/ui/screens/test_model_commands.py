"""Model edits, capacity and image versions, from the form to what is sent."""

from textual.widgets import Input

from tests.support.fake_session import FakeServices
from tests.support.fleets import NEW, NEWEST, OLD, scale_set
from tests.support.pilot import DashboardPilot, run_dashboard
from vmss_tui.fleet.model_edit.diff import DiffLine
from vmss_tui.gateway import Refused
from vmss_tui.runtime.operations.model_edits import ModelConflict
from vmss_tui.ui.forms.model_editor import ModelEditor


async def to_version(screen: DashboardPilot, version: str) -> None:
    """Opens the editor and types another version."""
    await screen.press("E", *["backspace"] * len(NEW))
    await screen.type_text(version)


async def test_e_shows_the_difference_and_the_az_line_before_anything_is_sent() -> None:
    async with run_dashboard() as screen:
        await to_version(screen, NEWEST)
        assert f"{NEW} → {NEWEST}" in screen.text
        assert "no instance changes until you upgrade it" in screen.text
        await screen.press("enter")
        assert "az vmss update -g web-rg -n web-vmss" in screen.text
        assert screen.services.model_writer.changes == []
        await screen.press("y")
        (saved,) = screen.services.model_writer.changes
        assert [line.new for line in saved.lines] == [NEWEST]
        assert "The model is changed" in screen.text


async def test_an_impossible_field_is_named() -> None:
    async with run_dashboard() as screen:
        await to_version(screen, "not possible!")
        assert "Version: image version 'not possible!' is not possible" in screen.text
        await screen.press("enter")
        assert isinstance(screen.app.screen, ModelEditor)


async def test_azures_refusal_keeps_the_form() -> None:
    async with run_dashboard() as screen:
        screen.services.model_writer.error = Refused("The platform image is not available. (400)")
        await to_version(screen, NEWEST)
        await screen.press("enter", "y")
        assert "The platform image is not available. (400)" in screen.text
        assert screen.app.screen.query_one("#image_version", Input).value == NEWEST


async def test_another_writers_change_is_shown_and_the_form_kept() -> None:
    async with run_dashboard() as screen:
        line = DiffLine("sku.name", "Standard_D4s_v5", "Standard_D8s_v5")
        screen.services.model_writer.error = ModelConflict(
            (line,), scale_set(vm_size="Standard_D8s_v5")
        )
        await to_version(screen, NEWEST)
        await screen.press("enter", "y")
        assert "Standard_D4s_v5 → Standard_D8s_v5" in screen.text
        assert "changed outside this session" in screen.text
        assert screen.app.screen.query_one("#image_version", Input).value == NEWEST


async def test_the_version_field_offers_what_there_is() -> None:
    async with run_dashboard() as screen:
        await screen.press("E")
        assert f"Newest versions: {NEWEST}" in screen.text


async def test_c_upper_changes_the_capacity_through_the_same_question() -> None:
    services = FakeServices()
    async with run_dashboard(services) as screen:
        await screen.press("C", *["backspace"] * 3)
        await screen.type_text("x")
        assert "Instance count (capacity): must be a number from 0 to 1000" in screen.text
        await screen.press("backspace")
        await screen.type_text("120")
        assert "Azure adds 20 instances at once" in screen.text
        await screen.press("enter")
        assert "az vmss scale -g web-rg -n web-vmss --new-capacity 120" in screen.text
        await screen.press("y")
        assert [
            dict(change.body)["sku"]["capacity"] for change in services.model_writer.changes
        ] == [120]


async def test_fewer_instances_need_the_sets_name_typed() -> None:
    services = FakeServices()
    async with run_dashboard(services) as screen:
        await screen.press("C", *["backspace"] * 3)
        await screen.type_text("80")
        assert "Azure removes 20 instances at once" in screen.text
        await screen.press("enter", "y", "tab")
        assert services.model_writer.changes == []
        await screen.type_text("web-vmss")
        await screen.press("enter")
        assert len(services.model_writer.changes) == 1


async def test_i_lists_versions_newest_first_with_the_models_place_and_counts() -> None:
    async with run_dashboard() as screen:
        await screen.press("i")
        listed = screen.text.partition("Image versions of web-rg/web-vmss")[2]
        listed = listed.partition("enter choose")[0]
        assert f"latest           now {NEWEST}" in listed
        at = [listed.rindex(version) for version in (NEWEST, NEW, OLD)]
        assert at == sorted(at)
        assert f"▌ {NEW}  20 instances · the model" in listed
        assert "80 instances" in screen.line(f"  {OLD}")

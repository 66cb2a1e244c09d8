"""Read-only sessions and protected scale sets."""

from tests.support.fake_session import FakeServices
from tests.support.pilot import run_dashboard
from vmss_tui.ui.dialogs.confirm import ConfirmScreen


async def test_read_only_looks_and_says_so() -> None:
    async with run_dashboard(FakeServices(read_only=True)) as screen:
        assert " read-only " in screen.text
        for key in ("U", "R", "E"):
            await screen.press(key)
            assert "This session is read-only" in screen.text
        await screen.press("exclamation_mark")
        assert "Started with --read-only: it cannot be switched off" in screen.text


async def test_read_only_switches_on_freely_and_off_by_the_sets_name() -> None:
    async with run_dashboard() as screen:
        await screen.press("exclamation_mark")
        assert " read-only " in screen.text
        await screen.press("exclamation_mark", "tab")
        await screen.type_text("web-vmss")
        await screen.press("enter")
        assert " read-only " not in screen.text


async def test_a_protected_set_is_unlocked_by_its_name() -> None:
    async with run_dashboard(FakeServices(protected=True)) as screen:
        assert " protected " in screen.text
        await screen.press("U")
        assert "▌ web-rg/web-vmss is protected by the settings: press !" in screen.text
        await screen.press("exclamation_mark", "tab")
        await screen.type_text("web-vmss")
        await screen.press("enter", "U")
        assert isinstance(screen.app.screen, ConfirmScreen)

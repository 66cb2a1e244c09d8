"""Read-only sessions and protected scale sets."""

from tests.support.fake_session import FakeCockpit
from tests.support.pilot import settled
from vmss_tui.ui.dialogs.confirm import ConfirmScreen


async def test_read_only_looks_and_says_so() -> None:
    async with settled(FakeCockpit(read_only=True)) as screen:
        assert "READ-ONLY" in screen.text
        for key in ("U", "R", "E"):
            await screen.press(key)
            assert "this session only looks (read-only)" in screen.text.lower()
        await screen.press("exclamation_mark")
        assert "it stays on" in screen.text


async def test_read_only_switches_on_freely_and_off_by_the_sets_name() -> None:
    async with settled() as screen:
        await screen.press("exclamation_mark")
        assert "READ-ONLY" in screen.text
        await screen.press("exclamation_mark", "tab")
        await screen.write("web-vmss")
        await screen.press("enter")
        assert "READ-ONLY" not in screen.text


async def test_a_protected_set_is_unlocked_by_its_name() -> None:
    async with settled(FakeCockpit(protected=True)) as screen:
        assert "PROTECTED" in screen.text
        await screen.press("U")
        assert "The settings protect web-rg/web-vmss" in screen.text
        await screen.press("exclamation_mark", "tab")
        await screen.write("web-vmss")
        await screen.press("enter", "U")
        assert isinstance(screen.app.screen, ConfirmScreen)

"""The list of options in popups."""

from tests.support.fake_session import FakeServices
from tests.support.pilot import run_dashboard
from vmss_tui.ui.drawing.choice_list import ChoiceList


async def test_page_keys_before_the_first_layout_of_a_popup_have_no_effect() -> None:
    async with run_dashboard(FakeServices()) as screen:
        choices = ChoiceList("one", "two")
        choices.highlighted = 1
        choices.action_page_up()
        choices.action_page_down()
        assert choices.highlighted == 1
        await screen.press("x", "pageup", "pagedown")
        assert screen.app.return_code is None

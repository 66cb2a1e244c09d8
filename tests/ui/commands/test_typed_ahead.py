"""Keys that arrive before the screen is ready: a slow connection delivers several at once."""

from itertools import cycle

from textual.content import Content

from tests.support.fake_session import FakeServices
from tests.support.pilot import DashboardPilot, run_dashboard
from vmss_tui.runtime.operations.model_edits import ModelEditResult
from vmss_tui.ui.background.replies import JsonArrived, ModelSaved
from vmss_tui.ui.commands.bindings import COMMANDS
from vmss_tui.ui.dialogs.confirm import ConfirmScreen
from vmss_tui.ui.dialogs.text_viewer import TextViewer
from vmss_tui.ui.instances.table import InstanceTable
from vmss_tui.ui.screens.scale_set.screen import ScaleSetScreen
from vmss_tui.ui.screens.scale_set_list import ScaleSetListScreen

LEAVE = {"q", "ctrl+q", "ctrl+z"}
KEYS = sorted({command.keys.split(",")[0] for command in COMMANDS} - LEAVE - {""})
OPENS = ("right_square_bracket", "E", "R", "C", "e", "b", "x", "B", "question_mark", "escape")


async def _at_once(screen: DashboardPilot, *keys: str) -> None:
    for key in keys:
        screen.app.simulate_key(key)
    await screen.rest()


async def test_a_key_held_down_with_the_one_that_opens_a_screen_ends_nothing() -> None:
    # every third key takes long enough; all keys after all that open were gone through by hand
    pairs = list(zip(KEYS[::3], cycle(("enter", *OPENS)), strict=False))
    async with run_dashboard(FakeServices(), list_first=True, size=(80, 24)) as screen:
        for key, opening in pairs:
            for _ in range(4):
                kind = type(screen.app.screen)
                if kind is ScaleSetListScreen or (kind is ScaleSetScreen and opening != "enter"):
                    break
                await _at_once(screen, "escape")
            layer = screen.app.screen
            assert type(layer) in (ScaleSetListScreen, ScaleSetScreen), f"no way back before {key}"
            if opening != "enter" and type(layer) is ScaleSetListScreen:
                await _at_once(screen, "enter")
            await _at_once(screen, opening, *[key] * 4)
            assert screen.app.return_code is None, (opening, key)
            assert len(screen.app.screen_stack) <= 5, f"{opening}, {key}: a screen several times"


async def test_enter_held_down_opens_one_scale_set() -> None:
    async with run_dashboard(FakeServices(), list_first=True) as screen:
        await _at_once(screen, *["enter"] * 6)
        assert sum(isinstance(layer, ScaleSetScreen) for layer in screen.app.screen_stack) == 1


async def test_enter_held_down_in_a_form_and_a_late_answer_agree_to_nothing() -> None:
    services = FakeServices()
    async with run_dashboard(services) as screen:
        await screen.press("U")
        question = screen.app.screen
        assert isinstance(question, ConfirmScreen)
        screen.screen.post_message(JsonArrived("3", "{}"))
        await screen.rest()
        assert screen.app.screen is question
        assert "because something else was open: try again" in " ".join(screen.text.split())
        await screen.press("escape", "E")
        await screen.paste("9.9.9")
        await _at_once(screen, "enter", "enter", "enter")
        questions = [layer for layer in screen.app.screen_stack if isinstance(layer, ConfirmScreen)]
        assert len(questions) <= 1
        assert services.model_writer.changes == []


async def test_a_key_before_the_widgets_waits_for_them_and_an_answer_ends_its_form() -> None:
    services = FakeServices()
    async with run_dashboard(services) as screen:
        screen.app.push_screen(TextViewer("a title", Content("words")))
        await screen.app.run_action("screen.close")
        await screen.app.run_action("screen.page(1)")
        await screen.rest()
        assert "a title" in screen.text, "the key is not the dialog's own"
        await screen.press("escape", "E")
        form = screen.app.screen
        await screen.press("down")
        assert screen.app.screen is not form, "the list of versions"
        form.post_message(ModelSaved(ModelEditResult("the model is changed")))
        await screen.rest()
        assert screen.app.screen is screen.screen
        assert "the model is changed" in screen.text.lower()
        screen.app.push_screen(ScaleSetScreen(services.snapshot.scale_set.id))
        await screen.app.run_action("screen.command('table')")
        await screen.rest()
        assert screen.is_shown(InstanceTable)

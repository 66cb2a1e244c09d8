"""Memory that stays: what was drawn on a screen goes with the screen."""

import gc

import pytest
from textual.strip import Strip

from tests.ui_world import Settled, settled


def _lines_alive() -> int:
    gc.collect()
    return sum(isinstance(each, Strip) for each in gc.get_objects())


async def _there_and_back(screen: Settled, there: str, times: int) -> None:
    for _ in range(times):
        await screen.press(there, "escape")


@pytest.mark.parametrize("there", ["question_mark", "E", "C", "e", "colon"])
async def test_a_screen_that_was_left_keeps_no_line_alive(there: str) -> None:
    async with settled() as screen:
        await _there_and_back(screen, there, 3)
        before = _lines_alive()
        await _there_and_back(screen, there, 10)
        assert _lines_alive() <= before + 100, "less than a few lines of each"

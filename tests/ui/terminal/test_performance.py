"""Constant memory: the rendered lines of a closed screen are freed."""

import gc
import subprocess
import sys

from textual.strip import Strip

from tests.conftest import freeze
from tests.support.pilot import DashboardPilot, run_dashboard


def test_textual_looks_for_changes_often_enough_that_no_key_waits_for_it() -> None:
    script = "import vmss_tui.ui.app, textual.screen; print(textual.screen.UPDATE_PERIOD)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env={}
    )
    assert float(done.stdout) <= 0.004, "seconds; a key may wait for two looks"


def _lines_alive() -> int:
    """The lines that are alive, without those from before the test."""
    gc.collect()
    return sum(isinstance(item, Strip) for item in gc.get_objects())


async def _there_and_back(screen: DashboardPilot, there: str, times: int) -> None:
    for _ in range(times):
        await screen.press(there, "escape")


async def test_a_screen_that_was_left_keeps_no_line_alive() -> None:
    screens = ("question_mark", "E", "C", "e", "colon")
    gc.collect()
    freeze()  # the heap of the tests before is not looked through each time
    async with run_dashboard() as screen:
        for there in screens:
            await _there_and_back(screen, there, 2)
        count_before = _lines_alive()
        for there in screens:
            await _there_and_back(screen, there, 3)
            count = _lines_alive()
            assert count <= count_before + 50, f"{there}: more than a few lines are kept"

"""The list of instances that are failed or unhealthy."""

from datetime import UTC

from tests.support.fake_session import FakeServices
from tests.support.fleets import thousand, web
from tests.support.pilot import run_dashboard
from vmss_tui.fleet.domains import build_grid
from vmss_tui.ui.detail.problem_list import problem_lines
from vmss_tui.ui.drawing.glyphs import Appearance


def test_failed_instances_come_first_and_those_without_room_are_counted() -> None:
    appearance, instances = Appearance(zone=UTC), web().instances
    grid = build_grid(instances)
    lines = problem_lines(instances, grid, appearance, (80, 9))
    assert [line.plain.split()[:4] for line in lines[1:]] == [
        ["✖", "37", "UD", "2"], ["✚", "14", "UD", "4"],
    ]  # fmt: skip
    assert "VMExtensionProvisioningError" in lines[1].plain
    assert "reported unhealthy" in lines[2].plain
    short = problem_lines(instances * 4, grid, appearance, (30, 5))
    assert short[-1].plain == "and 5 more"
    assert all(line.cell_length <= 30 for line in short[1:])
    assert problem_lines([], grid, Appearance(), (80, 9)) == []


async def test_the_place_of_a_missing_panel_names_the_problems_and_the_next_key() -> None:
    keys = {"next-problem": "9"}
    async with run_dashboard(FakeServices(thousand()), (120, 36), keys=keys) as screen:
        assert screen.text.count("Unhealthy or failed, worst first") == 1
        assert "9 next" in screen.line("worst first")
        first = screen.text.split("worst first", 1)[1].split("\n")[1]
        assert "✖ " in first
        assert "group " in first

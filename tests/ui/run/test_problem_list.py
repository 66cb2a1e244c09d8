"""The list of instances that are failed or unhealthy."""

from datetime import UTC

from tests.support.fleets import web
from vmss_tui.ui.detail.problem_list import problem_lines
from vmss_tui.ui.drawing.glyphs import Appearance


def test_failed_instances_come_first_and_those_without_room_are_counted() -> None:
    problems = [instance for instance in web().instances if instance.needs_attention]
    lines = problem_lines(problems, Appearance(zone=UTC), (80, 9))
    assert [line.plain.split()[:2] for line in lines[1:]] == [["✖", "37"], ["✚", "14"]]
    assert "VMExtensionProvisioningError" in lines[1].plain
    assert "reported unhealthy" in lines[2].plain
    short = problem_lines(problems * 4, Appearance(zone=UTC), (30, 5))
    assert short[-1].plain == "and 5 more"
    assert all(line.cell_length <= 30 for line in short[1:])
    assert problem_lines([], Appearance(), (80, 9)) == []

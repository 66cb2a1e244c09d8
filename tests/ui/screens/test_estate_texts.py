"""Texts around the list of scale sets."""

from types import SimpleNamespace
from typing import cast

from vmss_tui.fleet.estate.row import VersionUse
from vmss_tui.fleet.state_groups import StateGroup
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.screens.estate_texts import legend_line, version_texts
from vmss_tui.ui.screens.estate_totals import EstateTotals


def test_the_versions_in_use_stand_in_columns() -> None:
    uses = [
        VersionUse("22.04.1", 4671, 50, ("eastus", "westus")),
        VersionUse("1.5.0", 1, 1, ("a", "b", "c")),
    ]
    assert [text.plain for text in version_texts(uses)] == [
        "22.04.1  4,671 instances in 50 scale sets, eastus and westus",
        "1.5.0        1 instance in 1 scale set, 3 regions",
    ]


def test_the_legend_has_short_names_before_it_leaves_a_group_out() -> None:
    groups = {
        StateGroup.LATEST_MODEL: 8028, StateGroup.FAILED: 30, StateGroup.UPGRADING: 0,
        StateGroup.OUTDATED: 11642, StateGroup.STOPPED: 30, StateGroup.DEALLOCATED: 30,
    }  # fmt: skip
    totals = cast(EstateTotals, SimpleNamespace(all_groups=groups, uncounted=0))

    def line(width: int) -> str:
        return legend_line(totals, Appearance(), width, has_colours=True).plain

    assert line(120).endswith("30 stopped  □  30 deallocated")
    assert " 8,028 latest ✖  30 failed ·  11,642 outdated ■  30 stopped □  30 dealloc." in line(80)
    assert len(line(80)) <= 80
    assert line(70).endswith("30 stopped")
    totals.__dict__["uncounted"] = 2
    assert line(80).endswith("30 stopped  2 not read yet")

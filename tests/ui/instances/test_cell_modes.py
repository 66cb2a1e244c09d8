"""Cell modes: the glyph and tone of an instance in each, and the legend."""

from datetime import timedelta

import pytest
from msgspec import structs

from tests.support.fleets import NEW, NOON, set_at_latest, web
from vmss_tui.fleet.scale_set import Health, State
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.ui.drawing.glyphs import Glyphs
from vmss_tui.ui.instances.cell_modes import STATES, CellMode, StyledCells


def test_every_state_has_its_own_glyph_or_tone_in_both_glyph_sets() -> None:
    for glyphs in Glyphs:
        drawn = {(s.character(glyphs), s.tone, s.name) for s in STATES.values()}
        assert len(drawn) == len(State)
    ascii_only = "".join(s.character(Glyphs.ASCII) for s in STATES.values())
    assert ascii_only.isascii()
    glyphs_at_rest = [STATES[state].ascii for state in State if STATES[state].tone != "moving"]
    assert len(set(glyphs_at_rest)) == len(glyphs_at_rest), (
        "without colour, glyphs alone must tell states apart"
    )


@pytest.mark.parametrize("mode", list(CellMode))
def test_the_legend_counts_every_instance_once_in_every_mode(mode: CellMode) -> None:
    cells = StyledCells(web(), mode)
    assert sum(count for _, count in cells.legend()) == 100


def test_image_versions_are_lettered_and_the_models_own_is_a_dot() -> None:
    legend = StyledCells(web(), CellMode.IMAGE_VERSION).legend()
    assert [(s.glyph, count) for s, count in legend] == [("●", 20), ("a", 80)]
    assert legend[0][0].name == f"{NEW} (model)"


def test_no_health_probe_is_not_bad_health() -> None:
    instance_without_health = structs.replace(web().instances[0], health=None)
    cells = StyledCells(
        Snapshot(web().scale_set, (instance_without_health,), NOON), CellMode.HEALTH
    )
    assert cells.legend()[0][0].name == "no health probe"


def test_ages_count_from_the_newest_change_where_the_time_of_a_demo_is_ahead() -> None:
    first, second = web().instances[:2]
    old = structs.replace(first, changed_at=NOON + timedelta(hours=1))
    new = structs.replace(second, changed_at=NOON + timedelta(hours=3))
    cells = StyledCells(Snapshot(web().scale_set, (old, new), NOON), CellMode.SINCE_CHANGE)
    names = [cells.styles[i.instance_id].name for i in (old, new)]
    assert names == ["last day", "last 5 minutes"]


def test_protection_marks_what_is_well_and_never_hides_a_problem() -> None:
    protected = structs.replace(web().instances[0], protected_from_actions=True)
    unhealthy = structs.replace(protected, instance_id="1", health=Health.UNHEALTHY)
    cells = StyledCells(Snapshot(web().scale_set, (protected, unhealthy), NOON), CellMode.STATE)
    assert cells.styles["0"].glyph == "◆"
    assert cells.styles["1"].glyph == "✚"


def test_an_older_image_is_told_apart_from_an_outdated_model() -> None:
    cells = StyledCells(set_at_latest(), CellMode.IMAGE_VERSION)
    assert [cells.styles[str(n)].glyph for n in range(5)] == ["●", "a", "A", "●", "?"]
    assert [style.name for style, _ in cells.legend()] == [
        "9.10 (latest)", "9.9, not the latest", "9.9, outdated", "unknown"
    ]  # fmt: skip


def test_the_catalogue_knows_of_newer_ones_than_any_instance_runs() -> None:
    cells = StyledCells(set_at_latest(), CellMode.IMAGE_VERSION, "10.1")
    assert [cells.styles[str(n)].glyph for n in range(5)] == ["a", "b", "B", "A", "?"]


def test_planned_maintenance_is_a_mark_that_hides_no_problem() -> None:
    window = (NOON, NOON + timedelta(hours=4))
    latest, outdated = web().instances[0], web().instances[50]
    planned = (
        structs.replace(latest, maintenance_window=window),
        structs.replace(outdated, maintenance_window=window),
        structs.replace(
            latest, instance_id="x", health=Health.UNHEALTHY, maintenance_window=window
        ),
    )
    cells = StyledCells(Snapshot(web().scale_set, planned, NOON), CellMode.STATE)
    names = {style.name: style.ascii for style, _ in cells.legend()}
    assert names == {
        "unhealthy": STATES[State.UNHEALTHY].ascii,
        "latest model, Azure maintenance planned": "M",
        "outdated, Azure maintenance planned": "m",
    }

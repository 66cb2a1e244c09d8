"""The heatmap: where cells stand, what they say, how the cursor moves, what is drawn again."""

from datetime import UTC

import pytest
from msgspec import structs

from tests.support.fake_session import FakeCockpit
from tests.support.fleets import JAMMY, NEW, NOON, OLD, instance, scale_set, thousand, view, web
from tests.support.pilot import settled
from vmss_tui.fleet.domains import Grouping, build_grid
from vmss_tui.fleet.scale_set import Health, PowerState, ProvisioningState, State
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.ui.drawing.glyphs import Appearance, Glyphs
from vmss_tui.ui.instances.arrangement import Density
from vmss_tui.ui.instances.board import Board, SelectionScope
from vmss_tui.ui.instances.cell_modes import STATES, CellMode, StyledCells
from vmss_tui.ui.instances.cursor import CursorMove, cursor_after, next_cell_among
from vmss_tui.ui.instances.filter import BadFilter, parse_filter
from vmss_tui.ui.instances.heatmap import Heatmap
from vmss_tui.ui.instances.heatmap_layout import arrange
from vmss_tui.ui.instances.heatmap_tiles import MAX_TILE_WIDTH, Tile
from vmss_tui.ui.widgets.instance_detail import instance_summary


def board_of(snapshot: Snapshot, width: int = 80, height: int = 20) -> Board:
    """A board as the heatmap would arrange it."""
    board = Board()
    board.set_snapshot(snapshot)
    board.arrangement = arrange(board.shown_grid, Density.AUTO, width, height)
    return board


# Where cells stand


@pytest.mark.parametrize("size", [(80, 18), (160, 50), (40, 7), (24, 4)])
@pytest.mark.parametrize("form", list(Density))
@pytest.mark.parametrize("diagonal", [True, False])
def test_every_instance_has_exactly_one_place(
    form: Density, size: tuple[int, int], diagonal: bool
) -> None:
    placed = arrange(build_grid(web(diagonal=diagonal).instances), form, *size)
    assert sorted(placed.order, key=int) == [str(n) for n in range(100)]
    assert len(set(placed.positions.values())) == 100


def test_update_domain_equal_to_fault_domain_is_a_diagonal_that_fits_80_by_24() -> None:
    placed = arrange(build_grid(web().instances), Density.AUTO, 79, 18)
    assert placed.width <= 79
    assert placed.height <= 18
    box = placed.boxes[0]
    assert [block.heading for block in box.blocks] == [f"FD {n}" for n in range(5)]
    for (line, key, _), block in zip(box.labels, box.blocks, strict=True):
        assert block.lines[line]
        assert key.label == f"UD {box.blocks.index(block)}"


def test_the_last_columns_heading_is_whole_where_it_holds_one_cell() -> None:
    nine = (instance(n, current=True, domain=n % 5, fault=n % 5) for n in range(9))
    found = Snapshot(scale_set(), tuple(nine), NOON)
    placed = arrange(build_grid(found.instances), Density.WIDE, 79, 18)
    box = placed.boxes[0]
    last = box.blocks[-1]
    assert last.heading == "FD 4"
    assert last.width < len(last.heading)
    assert last.x + len(last.heading) <= box.width <= placed.width


def test_an_even_spread_shows_ids_in_80_columns() -> None:
    placed = arrange(build_grid(web(diagonal=False).instances), Density.AUTO, 79, 18)
    assert placed.with_ids
    assert placed.height <= 18


def test_a_thousand_instances_fit_200_by_60_without_scrolling() -> None:
    for form in (Density.AUTO, Density.DENSE):
        placed = arrange(build_grid(thousand().instances), form, 158, 54)
        assert (placed.width <= 158, placed.height <= 54) == (True, True)
        assert len(placed.boxes) == 10


def test_panels_stand_side_by_side_and_their_columns_align() -> None:
    placed = arrange(build_grid(thousand().instances), Density.DENSE, 158, 54)
    assert len(placed.bands[0]) > 1
    assert len({box.width for box in placed.boxes}) == 1
    assert placed.boxes[0].heading == "placement group 1 0c0ffee0"


def test_wide_form_shows_ids_however_little_room_there_is() -> None:
    assert arrange(build_grid(web().instances), Density.WIDE, 60, 5).with_ids


def test_without_columns_a_row_names_its_only_fault_domain() -> None:
    placed = arrange(build_grid(web().instances), Density.WIDE, 70, 20)
    assert [words for _, _, words in placed.boxes[0].labels] == [f"UD {n} FD {n}" for n in range(5)]


def test_without_instances_there_is_nothing_to_arrange() -> None:
    assert arrange(build_grid(()), Density.AUTO, 80, 20).order == ()


# What cells say


def test_every_state_has_its_own_glyph_or_tone_in_both_glyph_sets() -> None:
    for glyphs in Glyphs:
        shown = {(s.character(glyphs), s.tone, s.name) for s in STATES.values()}
        assert len(shown) == len(State)
    ascii_only = "".join(s.character(Glyphs.ASCII) for s in STATES.values())
    assert ascii_only.isascii()
    still = [STATES[state].ascii for state in State if STATES[state].tone != "moving"]
    assert len(set(still)) == len(still), "without colour, glyphs alone must tell states apart"


@pytest.mark.parametrize("meaning", list(CellMode))
def test_the_legend_counts_every_instance_once_under_every_meaning(meaning: CellMode) -> None:
    scene = StyledCells(web(), meaning)
    assert sum(count for _, count in scene.legend()) == 100


def test_image_versions_are_lettered_and_the_models_own_is_a_dot() -> None:
    legend = StyledCells(web(), CellMode.IMAGE_VERSION).legend()
    assert [(s.glyph, count) for s, count in legend] == [("●", 20), ("a", 80)]
    assert legend[0][0].name == f"{NEW} (model)"


def test_no_health_signal_is_not_bad_health() -> None:
    quiet = structs.replace(web().instances[0], health=None)
    scene = StyledCells(Snapshot(web().scale_set, (quiet,), NOON), CellMode.HEALTH)
    assert scene.legend()[0][0].name == "no signal"


def test_protection_marks_what_is_well_and_never_hides_a_problem() -> None:
    one = structs.replace(web().instances[0], protected_from_actions=True)
    sick = structs.replace(one, instance_id="1", health=Health.UNHEALTHY)
    scene = StyledCells(Snapshot(web().scale_set, (one, sick), NOON), CellMode.STATE)
    assert scene.styles["0"].glyph == "◆"
    assert scene.styles["1"].glyph == "✚"


# Moving and marking


def test_down_follows_the_diagonal() -> None:
    board = board_of(web())
    seen = [board.cursor]
    for _ in range(9):
        board.move_cursor(CursorMove.DOWN, 10)
        seen.append(board.cursor)
    rows = [board.full_grid.row_keys[i or ""].number for i in seen]
    assert rows == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_right_goes_along_the_line_and_on_to_the_next() -> None:
    board = board_of(web(diagonal=False))
    line = [board.cursor]
    for _ in range(10):
        board.move_cursor(CursorMove.RIGHT, 10)
        line.append(board.cursor)
    assert line == [i for i in board.arrangement.order[:11]]


def test_the_cursor_crosses_from_panel_to_panel() -> None:
    board = board_of(thousand(), 158, 54)
    placed = board.arrangement
    for _ in range(5):
        board.move_cursor(CursorMove.DOWN, 10)
    assert placed.box_index[board.cursor or ""] == placed.boxes.index(placed.bands[1][0])
    assert cursor_after(placed, board.cursor, CursorMove.LAST) == placed.order[-1]


def test_next_problem_goes_round() -> None:
    placed = arrange(build_grid(web().instances), Density.AUTO, 80, 20)
    assert next_cell_among(placed, "0", {"37", "14"}, 1) == "37"
    assert next_cell_among(placed, "14", {"37", "14"}, 1) == "37"
    assert next_cell_among(placed, "0", {"37", "14"}, -1) == "14"
    assert next_cell_among(placed, "0", set(), 1) is None


def test_cursor_and_marks_survive_a_refresh_and_leave_with_their_instance() -> None:
    board = board_of(web())
    board.set_cursor("42")
    board.select(SelectionScope.ROW)
    assert len(board.selected_ids) == 20
    later = web()
    rest = tuple(i for i in later.instances if i.instance_id not in ("42", "47"))
    board.set_snapshot(Snapshot(later.scale_set, rest, NOON))
    assert board.cursor in ("37", "52")
    assert len(board.selected_ids) == 18


def test_a_range_marks_everything_it_passes() -> None:
    board = board_of(web(diagonal=False))
    board.toggle_range()
    board.move_cursor(CursorMove.RIGHT, 10)
    board.move_cursor(CursorMove.RIGHT, 10)
    board.toggle_range()
    board.move_cursor(CursorMove.RIGHT, 10)
    assert len(board.selected_ids) == 3


def test_what_is_chosen_is_the_marks_else_the_cursors_row() -> None:
    board = board_of(web())
    assert board.selection()[1] == "row UD 0"
    board.toggle_selected()
    assert board.selection() == (("0",), "1 marked")


def test_grouping_by_zone_or_fault_domain_keeps_every_instance() -> None:
    board = board_of(web())
    for grouping in Grouping:
        board.grouping = grouping
        board.rebuild()
        assert len(board.shown_grid.row_keys) == 100


# Filtering


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("ud:2", 20),
        ("ud:2 !model:current", 16),
        ("state:failed", 1),
        ("image:22.04.202510*", 80),
        ("!image:22.04.202510*", 20),
        ("zone:none", 100),
        ("health:none", 2),
        ("id:4?", 10),
        ("vmss_99", 1),
        ("UD:2 State:FAILED", 1),
        ("ud:1 ud:2", 40),
        ("ud:1 ud:2 !ud:2", 20),
        ("ud:1 ud:2 state:failed", 1),
        ("pg:none", 100),
        ("", 100),
    ],
)
def test_filters(text: str, count: int) -> None:
    wanted = parse_filter(text)
    assert sum(wanted.matches(i) for i in web().instances) == count


@pytest.mark.parametrize("text", ["colour:red", "ud:", "!", "state:"])
def test_a_filter_that_means_nothing_says_so(text: str) -> None:
    with pytest.raises(BadFilter):
        parse_filter(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("state:bogus", "no state 'bogus': use failed, unhealthy, updating"),
        ("ud=1", "'ud=1' is not understood: write ud:VALUE"),
        ("!fd>2", "'!fd>2' is not understood: write fd:VALUE"),
        ("fd:>2", "'fd:>2': no comparisons, ranges or lists; write fd:1 fd:2 or fd:1*"),
        ("id:1-5", "'id:1-5': no comparisons, ranges or lists"),
        ("id:1,5", "'id:1,5': no comparisons, ranges or lists"),
        ("ud:two", "'ud:two' is no ud: a number, or none"),
        ("model:old", "no model 'old': use current, stale, unknown"),
    ],
)
def test_a_value_that_can_never_be_is_refused_with_those_that_can(text: str, words: str) -> None:
    with pytest.raises(BadFilter) as told:
        parse_filter(text)
    assert words in str(told.value)


def test_a_placement_group_is_found_by_the_number_that_its_heading_has() -> None:
    instances = thousand().instances
    heading = build_grid(instances).panels[2].heading
    wanted = parse_filter("pg:3", instances)
    found = {i.placement_group for i in instances if wanted.matches(i)}
    assert heading == "placement group 3 2c0ffee0"
    assert found == {"2c0ffee0-0000-4000-8000-000000000000"}
    by_id = parse_filter("pg:2c0f", instances)
    assert found == {i.placement_group for i in instances if by_id.matches(i)}


def test_row_counts_are_of_the_whole_row_however_little_is_shown() -> None:
    board = board_of(web())
    board.filter = parse_filter("state:failed")
    board.rebuild()
    (row,) = board.shown_grid.rows
    whole = board.row(row.key)
    assert whole is not None
    assert (len(row.instances), len(whole.instances), whole.problems) == (1, 20, 1)
    assert board.filter_text == "filter state:failed · 1 of 100 shown"


# What is drawn


async def test_tiles_are_narrow_and_hold_every_instance_once() -> None:
    async with settled(FakeCockpit(thousand()), (200, 60)) as screen:
        tiles = list(screen.app.screen.query(Tile))
        held = [i for tile in tiles for line in tile.lines for i in line]
        assert len(held) == len(set(held)) == 1000
        assert max(tile.size.width for tile in tiles) <= MAX_TILE_WIDTH


async def test_a_changed_instance_redraws_its_own_cell_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with settled() as screen:
        drawn: list[tuple[object, ...]] = []
        real = Tile.refresh

        def spied(self: Tile, *regions: object, **more: object) -> Tile:
            drawn.append(regions)
            return real(self, *regions, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(Tile, "refresh", spied)
        now = screen.cockpit.snapshot
        moving = tuple(
            structs.replace(i, provisioning=ProvisioningState.UPDATING)
            if i.instance_id == "42"
            else i
            for i in now.instances
        )
        await screen.report(view(Snapshot(now.scale_set, moving, NOON)))
        assert len(drawn) == 1
        assert len(drawn[0]) == 1
        assert screen.line("UD 2").count("◐") + screen.text.count("◐") >= 1
        drawn.clear()
        await screen.report(view(Snapshot(now.scale_set, moving, NOON)))
        assert drawn == []


async def test_more_room_gives_another_form_and_keeps_the_cursor() -> None:
    async with settled(size=(80, 24)) as screen:
        await screen.press("n")
        at = screen.board.cursor
        await screen.pilot.resize_terminal(200, 60)
        await screen.rest()
        assert screen.board.cursor == at
        heatmap = screen.app.screen.query_one(Heatmap)
        assert heatmap.board.arrangement.width > 80


async def test_an_instance_that_is_stopped_is_told_apart_without_colours() -> None:
    off = structs.replace(web(odd=False).instances[0], power=PowerState.STOPPED)
    snapshot = Snapshot(web().scale_set, (off, *web(odd=False).instances[1:]), NOON)
    async with settled(FakeCockpit(snapshot)) as screen:
        assert "■" in screen.line("UD 0")


# What `latest` means for each instance


def latest_set() -> Snapshot:
    """A model at `latest`: two current, of which one is behind, and two stale."""
    image = structs.replace(JAMMY, version="latest")
    runs = ((True, "9.10"), (True, "9.9"), (False, "9.9"), (False, "9.10"), (True, None))
    return Snapshot(
        scale_set(image=image),
        tuple(
            instance(
                n, current=current, domain=n, fault=n, image=structs.replace(image, exact_version=v)
            )
            for n, (current, v) in enumerate(runs)
        ),
        NOON,
    )


def test_current_but_behind_is_told_apart_from_stale() -> None:
    scene = StyledCells(latest_set(), CellMode.IMAGE_VERSION)
    assert [scene.styles[str(n)].glyph for n in range(5)] == ["●", "a", "A", "●", "?"]
    assert [swatch.name for swatch, _ in scene.legend()] == [
        "9.10 (newest)", "9.9 behind", "9.9 stale", "unknown"
    ]  # fmt: skip


def test_the_catalogue_knows_of_newer_ones_than_any_instance_runs() -> None:
    scene = StyledCells(latest_set(), CellMode.IMAGE_VERSION, "10.1")
    assert [scene.styles[str(n)].glyph for n in range(5)] == ["a", "b", "B", "A", "?"]


def test_the_detail_says_that_what_is_current_is_behind() -> None:
    snapshot, look = latest_set(), Appearance(zone=UTC)
    current, behind = snapshot.instances[:2]
    assert "current, but behind" in instance_summary(behind, snapshot.scale_set, look, "9.10").plain
    assert "9.9 → 9.10 (latest)" in instance_summary(behind, snapshot.scale_set, look, "9.10").plain
    assert "behind" not in instance_summary(current, snapshot.scale_set, look, "9.10").plain


@pytest.mark.parametrize("number", [7, 42, 999])
@pytest.mark.parametrize("provisioning", ["Succeeded", "Updating"])
def test_one_line_of_80_columns_says_where_an_instance_stands_and_hides_no_cut(
    number: int, provisioning: str
) -> None:
    fresh = instance(number, current=False, domain=2, fault=2)
    old = structs.replace(fresh, provisioning=ProvisioningState(provisioning))
    line = instance_summary(old, scale_set(), Appearance(zone=UTC), width=80).plain
    assert len(line) <= 80
    assert line.endswith(f"UD {old.update_domain} · FD {old.fault_domain}")
    assert OLD in line
    narrow = instance_summary(old, scale_set(), Appearance(zone=UTC), width=30).plain
    assert (len(narrow), narrow[-1]) == (30, "…")

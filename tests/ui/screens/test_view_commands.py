"""The screen of a scale set: header, cells, filter, selection, detail pane, text viewers."""

import re

import pytest
from msgspec import structs
from textual.content import Content
from textual.widgets import Input

from tests.support.fake_session import FakeServices
from tests.support.fleets import NEW, NOON, view, web
from tests.support.pilot import run_dashboard
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.ui.widgets.instance_detail import InstanceDetail
from vmss_tui.ui.widgets.summary_bar import Legend


async def test_the_header_says_where_and_what_and_when() -> None:
    async with run_dashboard() as screen:
        first, second = screen.text.split("\n")[:2]
        for part in (
            "vmss-tui",
            "Contoso-Prod ▸ web-rg ▸ web-vmss",
            "eastus · Uniform · Manual",
        ):
            assert part in first
        assert first.rstrip().endswith("API calls left 27/30  12:04:31")
        assert NEW in second
        assert "100 instances" in second
        assert "ops@contoso.example" in second


async def test_summary_bar_and_legend_count_the_same_instances() -> None:
    async with run_dashboard() as screen:
        bar, legend = screen.text.split("\n")[2:4]
        for count in ("19 latest model", "77 outdated"):
            assert count in bar
            assert count in legend
        assert "0 upgrading" in legend
        assert "upgrading" not in bar


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (120, 36), (200, 60)])
async def test_every_size_shows_mode_clock_rows_and_counts(size: tuple[int, int]) -> None:
    async with run_dashboard(size=size) as screen:
        assert "▸ web-vmss" in screen.text, "the set's name is the last to be cut"
        assert "Manual" in screen.text
        assert "12:04:31" in screen.text
        assert re.search(r"[✖✚] 1", screen.text)
        for row in range(5):
            assert re.search(rf"UD {row} +4/20", screen.text)
        assert all(len(line) <= size[0] for line in screen.text.split("\n"))


async def test_a_small_header_has_the_api_calls_in_its_second_line() -> None:
    async with run_dashboard(size=(80, 24)) as screen:
        assert "API calls left 27/30" in screen.text.split("\n")[1]
        await screen.report(view(web(), budget=None))
        assert "API calls left" not in screen.text


async def test_a_filter_without_a_match_says_what_to_do() -> None:
    async with run_dashboard() as screen:
        await screen.press("/")
        await screen.type_text("name:nothing")
        await screen.press("enter")
        assert "No instance matches the filter name:nothing." in screen.text
        assert "esc clear it" in screen.text
        assert "0 of 100 shown" in screen.text
        assert "77 outdated" in screen.text


async def test_a_segmented_line_shows_texts_that_differ_only_in_their_spans() -> None:
    async with run_dashboard(size=(80, 24)) as screen:
        legend = screen.app.screen.query_one(Legend)
        for part in (
            Content.styled("abcdef xy", "bold"),
            Content.assemble(("abc", "bold"), ("def xy", "bold")),
            Content.assemble(("abc", "bold"), ("dxf xy", "bold")),
        ):
            legend.set_content(part)
            await screen.pilot.pause()
            assert screen.text.split("\n")[3] == part.plain


async def test_a_row_shows_current_total_and_problems() -> None:
    async with run_dashboard() as screen:
        line = screen.line("UD 2   ")
        assert "4/20" in line
        assert line.endswith("✖ 1│")
        assert "✖" not in screen.line("UD 0")


async def test_m_changes_what_cells_mean_and_the_legend_follows() -> None:
    async with run_dashboard() as screen:
        assert "19 latest model" in screen.text
        await screen.press("m")
        assert "color by power" in screen.line("Instances by")
        assert screen.line("●  98 running").startswith(" ●")
        await screen.press("m", "m", "m")
        assert screen.line(f"●  20 {NEW} (model)").startswith(" ●")
        assert "color by image version" in screen.line("Instances by")


async def test_the_first_cell_mode_is_that_of_the_settings() -> None:
    async with run_dashboard(cell_mode="image-version") as screen:
        assert screen.line(f"●  20 {NEW} (model)").startswith(" ●")
        assert "color by image version" in screen.line("Instances by")
        await screen.press("m")
        assert "99 succeeded" in screen.line("1 failed")
        assert "color by provisioning" in screen.line("Instances by")


async def test_n_goes_to_the_next_problem_and_the_detail_says_what_is_wrong() -> None:
    async with run_dashboard() as screen:
        await screen.press("n")
        assert "instance 37" in screen.text
        assert "VM has reported a failure" in " ".join(screen.text.split())
        await screen.press("n")
        assert "instance 14" in screen.text
        assert "✚ UNHEALTHY" in screen.line("since 11:44:31")
        assert "reported unhealthy" in screen.text
        assert "14 Nov 11:44" in screen.line("Reported ")
        await screen.press("N")
        assert "instance 37" in screen.text


async def test_slash_filters_as_you_type_and_escape_shows_all_again() -> None:
    async with run_dashboard() as screen:
        await screen.press("slash")
        await screen.type_text("ud:2 !model:current")
        assert "16 of 100 shown" in screen.text
        assert "UD 1" not in screen.text
        await screen.press("enter", "escape")
        assert "UD 1" in screen.text


async def test_an_invalid_filter_is_refused_in_the_filter_bar() -> None:
    async with run_dashboard() as screen:
        await screen.press("slash")
        await screen.type_text("colour:red")
        await screen.press("enter")
        assert "no filter 'colour'" in screen.text
        assert screen.app.screen.query_one("#filter", Input).value == "colour:red"


async def test_f_shows_problems_only() -> None:
    async with run_dashboard() as screen:
        await screen.press("f")
        assert "2 of 100 shown" in screen.text
        await screen.press("f")
        assert "UD 0" in screen.text


async def test_u_marks_the_row_and_backslash_takes_the_marks_off() -> None:
    async with run_dashboard() as screen:
        await screen.press("u")
        assert "20 selected" in screen.text
        await screen.press("backslash")
        assert "20 selected" not in screen.text


async def test_at_80_columns_the_detail_is_a_line() -> None:
    async with run_dashboard(size=(80, 24)) as screen:
        assert "● 0   latest model  healthy, running" in screen.text
        assert not screen.is_shown(InstanceDetail)


async def test_marks_that_a_filter_hides_are_named_beside_the_map_and_in_every_question() -> None:
    async with run_dashboard(size=(120, 35)) as screen:
        await screen.press("g", "u", "slash")
        await screen.type_text("ud:1")
        await screen.press("enter")
        assert "20 selected, 20 of them not shown" in screen.text
        await screen.press("U")
        hidden = "16 of these 16 are not shown: filter ud:1 · 20 of 100 shown"
        assert hidden in " ".join(screen.text.split())
        await screen.press("escape", "B")
        await screen.press("m")
        assert "20 of these 20 are not shown" in screen.text


async def test_y_shows_the_instance_as_azure_says_it_and_never_as_markup() -> None:
    async with run_dashboard() as screen:
        await screen.press("y")
        assert '"note": "[/red] is not markup"' in screen.text
        await screen.press("escape")
        assert "UD 0" in screen.text


async def test_c_copies_the_resource_id_and_shows_it() -> None:
    async with run_dashboard(size=(200, 60)) as screen:
        await screen.press("c")
        assert screen.app.clipboard.endswith("/virtualMachineScaleSets/web-vmss/virtualMachines/0")
        assert "/virtualMachines/0" in screen.text


async def test_hostile_words_are_drawn_as_they_are() -> None:
    hostile = "[/red]vm[/ [@click=app.quit]x"
    one = structs.replace(web().instances[0], name=hostile, computer_name=hostile)
    snapshot = Snapshot(web().scale_set, (one, *web().instances[1:]), NOON)
    async with run_dashboard(FakeServices(snapshot), (200, 60)) as screen:
        assert hostile[:20] in screen.text

"""The screen of a scale set: header, cells, filter, selection, detail pane, text viewers."""

import re

from msgspec import structs
from textual.content import Content
from textual.widgets import Input

from tests.support.fake_session import FakeServices
from tests.support.fleets import NEW, NOON, view, web
from tests.support.pilot import run_dashboard
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.ui.widgets.instance_detail import InstanceDetail
from vmss_tui.ui.widgets.summary_bar import Legend


async def test_the_screen_of_a_set_says_where_and_what_and_counts_the_same_everywhere() -> None:
    async with run_dashboard() as screen:
        first, second, bar, legend = screen.text.split("\n")[:4]
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
        for count in ("19 latest model", "77 outdated"):
            assert count in bar
            assert count in legend
        assert "0 upgrading" in legend
        assert "upgrading" not in bar
        line = screen.line("UD 2   ")
        assert "4/20" in line
        assert line.endswith("✖ 1│")
        assert "✖" not in screen.line("UD 0")


async def test_keys_go_to_problems_filter_mark_change_colors_copy_and_show_the_json() -> None:
    async with run_dashboard() as screen:
        await screen.press("y")
        assert '"note": "[/red] is not markup"' in screen.text
        await screen.press("escape")
        assert "UD 0" in screen.text
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
        await screen.press("f")
        assert "2 of 100 shown" in screen.text
        await screen.press("f", "g")
        assert "UD 0" in screen.text
        await screen.press("u")
        assert "20 selected" in screen.text
        await screen.press("backslash")
        assert "20 selected" not in screen.text
        await screen.press("m")
        assert "color by power" in screen.line("Instances by")
        assert screen.line("●  98 running").startswith(" ●")
        await screen.press("m", "m", "m")
        assert screen.line(f"●  20 {NEW} (model)").startswith(" ●")
        assert "color by image version" in screen.line("Instances by")
        await screen.resize(200, 60)
        await screen.press("g", "c")
        assert screen.app.clipboard.endswith("/virtualMachineScaleSets/web-vmss/virtualMachines/0")
        assert "/virtualMachines/0" in screen.text


async def test_every_size_shows_mode_clock_rows_and_counts() -> None:
    async with run_dashboard(size=(40, 10)) as screen:
        for width, height in ((40, 10), (80, 24), (120, 36), (200, 60)):
            await screen.resize(width, height)
            await screen.press("l", "h")
            size = f"{width}x{height}"
            assert "▸ web-vmss" in screen.text, "the set's name is the last to be cut"
            assert "Manual" in screen.text, size
            assert "12:04:31" in screen.text, size
            assert re.search(r"[✖✚] 1", screen.text), size
            for row, current in enumerate((4, 4, 4, 4, 3)):
                assert re.search(rf"UD {row} +{current}/20", screen.text), size
            assert all(len(line) <= width for line in screen.text.split("\n")), size


async def test_at_80_columns_the_detail_is_a_line_and_the_header_has_two_lines() -> None:
    async with run_dashboard(size=(80, 24)) as screen:
        assert "● 0   latest model  healthy, running" in screen.text
        assert not screen.is_shown(InstanceDetail)
        assert "API calls left 27/30" in screen.text.split("\n")[1]
        await screen.report(view(web(), budget=None))
        assert "API calls left" not in screen.text
        legend = screen.app.screen.query_one(Legend)
        for part in (
            Content.styled("abcdef xy", "bold"),
            Content.assemble(("abc", "bold"), ("def xy", "bold")),
            Content.assemble(("abc", "bold"), ("dxf xy", "bold")),
        ):
            legend.set_content(part)
            await screen.pilot.pause()
            assert screen.text.split("\n")[3] == part.plain, "texts that differ in their spans"


async def test_slash_filters_as_you_type_and_marks_it_hides_are_named_in_every_question() -> None:
    async with run_dashboard(size=(120, 35)) as screen:
        await screen.press("slash")
        await screen.type_text("ud:2 !model:current")
        assert "16 of 100 shown" in screen.text
        assert "UD 1" not in screen.text
        await screen.press("enter", "escape")
        assert "UD 1" in screen.text
        await screen.press("/")
        await screen.paste("name:nothing")
        await screen.press("enter")
        assert "No instance matches the filter name:nothing." in screen.text
        assert "esc clear it" in screen.text
        assert "0 of 100 shown" in screen.text
        assert "77 outdated" in screen.text
        await screen.press("escape", "slash")
        await screen.paste("colour:red")
        await screen.press("enter")
        assert "no filter 'colour'" in screen.text
        assert screen.app.screen.query_one("#filter", Input).value == "colour:red"
        await screen.press("escape", "g", "u", "slash")
        await screen.paste("ud:1")
        await screen.press("enter")
        assert "20 selected, 20 of them not shown" in screen.text
        await screen.press("U")
        hidden = "16 of these 16 are not shown: filter ud:1 · 20 of 100 shown"
        assert hidden in " ".join(screen.text.split())
        await screen.press("escape", "B")
        await screen.press("m")
        assert "20 of these 20 are not shown" in screen.text


async def test_the_first_cell_mode_is_that_of_the_settings() -> None:
    async with run_dashboard(cell_mode="image-version") as screen:
        assert screen.line(f"●  20 {NEW} (model)").startswith(" ●")
        assert "color by image version" in screen.line("Instances by")
        await screen.press("m")
        assert "99 succeeded" in screen.line("1 failed")
        assert "color by provisioning" in screen.line("Instances by")


async def test_hostile_words_are_drawn_as_they_are() -> None:
    hostile = "[/red]vm[/ [@click=app.quit]x"
    one = structs.replace(web().instances[0], name=hostile, computer_name=hostile)
    snapshot = Snapshot(web().scale_set, (one, *web().instances[1:]), NOON)
    async with run_dashboard(FakeServices(snapshot), (200, 60)) as screen:
        assert hostile[:20] in screen.text

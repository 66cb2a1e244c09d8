"""The screen of one instance: what it reads and when, its tabs, the boot log and run command."""

from dataclasses import replace

import pytest
from rich.style import Style

from tests.support.fake_diagnostics import activity_event
from tests.support.fake_session import FakeServices
from tests.support.fleets import view, web
from tests.support.pilot import DashboardPilot, run_dashboard
from tests.support.session_scenes import halted_services
from vmss_tui.gateway import NotAllowed
from vmss_tui.gateway.diagnostics import BootLog, BootLogState, CallerKind, CommandOutput
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.ui.instance_screen.instance_screen import InstanceScreen
from vmss_tui.ui.instance_screen.log_rows import LogRows
from vmss_tui.ui.screens.scale_set.screen import ScaleSetScreen
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.selection import Selection


async def open_instance(screen: DashboardPilot, tab: str = "1") -> InstanceScreen:
    """Opens the instance of the cursor on a tab."""
    await screen.press("enter", tab)
    assert isinstance(screen.app.screen, InstanceScreen)
    return screen.app.screen


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_from_a_halt_to_the_kernels_last_line_in_two_keys(size: tuple[int, int]) -> None:
    services = halted_services()
    quote = "[    9.2] Kernel panic - not syncing: Fatal exception in interrupt"
    run = services.run_control.followers["web-vmss-7f3a"]
    evidence = ev.InstanceEvidence(instance_id="20", causes=("kernel-panic",), quotes=(quote,))
    run.add(ev.EvidenceRecorded(about=6, reason="failure", instances=(evidence,)))
    async with run_dashboard(services, size) as screen:
        assert screen.board.cursor == "20", "the halt has put the cursor on the failed instance"
        assert "Kernel panic - not syncing" in screen.text, "in the run panel"
        await open_instance(screen, "3")
        assert "---[ end Kernel panic - not syncing" in screen.text
        assert "stopped with a panic" in " ".join(screen.text.split())
        assert screen.services.fake_diagnostics.calls == ["view 20", "boot log 20 None"]
        screen.app.theme = "vmss-mono"
        await screen.rest()
        strips = screen.app.screen._compositor.render_strips()
        styles = {seg.text.strip(): seg.style or Style() for strip in strips for seg in strip}
        assert styles["3 Boot log"].reverse, "without colours the open tab is marked"
        assert next(s for text, s in styles.items() if text.startswith("---[ end Kernel")).bold
        await screen.press("V")
        assert "nothing to roll back" in screen.text.lower()
        await screen.press("F")
        assert "Retry 1 failed instance" in screen.text
        assert isinstance(screen.app.screen_stack[-2], ScaleSetScreen)


async def test_opening_reads_once_and_every_tab_reads_only_when_it_is_shown() -> None:
    services = FakeServices()
    calls = services.fake_diagnostics.calls
    services.fake_diagnostics.events = (
        activity_event(1, status="Started", client_request_id="ours"),
        activity_event(2, correlation_id="correlation-1", client_request_id="ours"),
        activity_event(9, caller="", caller_kind=CallerKind.UNKNOWN, status="Failed",
                       message="[/red] Conflict: another write"),
        activity_event(10, resource_id="/x/virtualMachines/99"),
    )  # fmt: skip
    async with run_dashboard(services) as screen:
        await screen.press("n")
        await open_instance(screen)
        assert calls == ["view 37"]
        assert "An extension reports that it failed." in screen.text
        await screen.press("2")
        assert "Enable failed: [/red]exit status 1" in screen.text
        assert "PhaseOrderingNumber" in screen.text
        await screen.press("6")
        assert '"vmAgentVersion": "2.11.1.4"' in screen.text
        await screen.press("pagedown", "pageup", "G", "g", "j", "k", "down", "up", "home", "end")
        assert calls == ["view 37"], "three tabs share one request"
        await screen.press("r")
        assert calls == ["view 37", "view 37"]
        await screen.press("4")
        assert calls[-1] == "activity 24 h"
        assert "not reported with Azure CLI" in screen.text
        assert "[/red] Conflict: another write" in screen.text
        assert screen.text.count("Create or Update Virtual Machine Scale Set") == 2
        await screen.press("+")
        assert calls[-1] == "activity 168 h"
        services.fake_diagnostics.error = NotAllowed("Not allowed: eventtypes/values/read")
        await screen.press("r")
        assert "Not allowed: eventtypes/values/read" in screen.text
        await screen.press("5", "3", "tab", "shift+tab")
        assert "Not allowed" in screen.text, "the boot log"
        await screen.press("1", "r")
        assert screen.services.queries.watchers[-1].refresh_count == 1
        await screen.press("x")
        assert type(screen.app.screen).__name__ == "ActionsScreen"


async def test_brackets_go_to_another_instance_and_a_deleted_one_closes_the_screen() -> None:
    async with run_dashboard() as screen:
        await open_instance(screen, "3")
        first = screen.board.cursor
        await screen.press("]")
        assert screen.board.cursor != first
        assert f"Instance {screen.board.cursor} " in screen.text
        calls = screen.services.fake_diagnostics.calls
        assert calls[-1] == f"boot log {screen.board.cursor} None"
        await screen.press("[")
        assert f"Instance {first} " in screen.text
        snapshot = web()
        rest = tuple(i for i in snapshot.instances if i.instance_id != first)
        await screen.report(view(replace(snapshot, instances=rest)))
        assert isinstance(screen.app.screen, ScaleSetScreen)
        assert f"Instance {first} is no longer in the scale set" in screen.text
        screen.screen.instances.do_detail()
        screen.screen.instances.view_changed()  # a reading arrives before there are widgets
        await screen.rest()
        assert f"Instance {screen.board.cursor} " in screen.text
        await screen.press("q", "d", "q")
        assert isinstance(screen.app.screen, ScaleSetScreen)


async def test_the_log_reads_more_at_the_top_searches_and_goes_to_errors() -> None:
    services = FakeServices()
    fake = services.fake_diagnostics
    fake.log_lines = tuple(f"[    {n}.0] line {n}" for n in range(100)) + fake.log_lines
    fake.page = 60
    async with run_dashboard(services) as screen:
        await open_instance(screen, "3")
        rows = screen.app.screen.query_one("BootLogTab LogRows", LogRows)
        assert len(rows.lines) == 60
        await screen.press("g")
        assert len(rows.lines) == 120
        assert "line 71" in screen.text, "what was in view stays in view"
        await screen.press("g", "g")
        assert len(rows.lines) == len(fake.log_lines)
        await screen.press("g", "n")
        assert rows.lines[rows.current or 0].endswith("page fault for address: ffff9")
        await screen.press("n", "N", "N")
        assert rows.current == len(rows.lines) - 1, "before the first error comes the last one"
        await screen.press("/")
        await screen.type_text("LINE 42")
        await screen.press("enter")
        assert rows.lines[rows.current or 0] == "[    42.0] line 42"
        await screen.press("c")
        assert "line 42" in screen.text
        await screen.press("escape")
        assert rows.pattern == ""
        await screen.press("escape")
        assert isinstance(screen.app.screen, ScaleSetScreen)


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (BootLogState.OFF, "az vmss update -g web-rg -n web-vmss --set"),
        (BootLogState.EMPTY, "Boot diagnostics are on, and there is no log yet."),
        (BootLogState.REFUSED, "Azure refused to show the boot log."),
        (BootLogState.UNREACHABLE, "The storage host did not answer."),
    ],
)
async def test_why_there_is_no_log_is_a_sentence(state: BootLogState, sentence: str) -> None:
    services = FakeServices()
    services.fake_diagnostics.log = BootLog(state)
    async with run_dashboard(services) as screen:
        await open_instance(screen, "3")
        assert sentence in " ".join(screen.text.split())


async def test_a_hostile_log_is_drawn_as_text() -> None:
    services = FakeServices()
    services.fake_diagnostics.log_lines = (
        "x" * 10_000_000,
        "\x1b]0;title\x07[bold]panic[/bold]\x1b[2J\u202ereversed\ufffd",
        "日本" * 3000,
        "",
    )
    services.fake_diagnostics.page = 4
    async with run_dashboard(services, (80, 24)) as screen:
        await open_instance(screen, "3")
        await screen.press("g", "n")
        text = screen.text
        assert "[bold]panic[/bold]" in text
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "more characters" in text


async def test_a_bundle_is_run_once_the_name_is_typed_under_the_script() -> None:
    services = FakeServices()
    services.fake_diagnostics.output = CommandOutput("[/red] out\n", "warn\n", 3)
    async with run_dashboard(services) as screen:
        await screen.press("space", "l", "space")
        await open_instance(screen, "5")
        assert "2 instances" in screen.text
        await screen.press("down", "enter")
        assert "lsblk" in screen.text
        await screen.press("enter")
        assert services.fake_diagnostics.scripts == [], "enter is on Cancel"
        await screen.press("enter", "tab", *"web-vmss", "enter")
        ids = [instance_id for instance_id, _ in services.fake_diagnostics.scripts]
        assert ids == sorted(screen.board.selected_ids)
        assert "[/red] out" in screen.text
        assert "exit code 3" in screen.text
        assert "ended · 1 write for each instance" in screen.text
        await screen.press("escape")
        assert "df -h" in screen.text
        await screen.press(*["down"] * 4, "enter")
        await screen.type_text("date")
        await screen.press("ctrl+r", "tab", *"web-vmss", "enter")
        assert services.fake_diagnostics.scripts[-1][1] == ("date",)


async def test_run_command_is_refused_in_a_read_only_session_with_the_reason() -> None:
    services = FakeServices(read_only=True)
    async with run_dashboard(services) as screen:
        await open_instance(screen, "5")
        assert "Not now: this session is read-only" in screen.text
        await screen.press("enter")
        assert isinstance(screen.app.screen, InstanceScreen)
        assert services.fake_diagnostics.scripts == []


async def test_a_halt_before_the_first_reading_puts_the_cursor_on_the_failed_instance() -> None:
    services = halted_services()
    services.first = LatestView(None)
    async with run_dashboard(services) as screen:
        await screen.report(view(services.snapshot))
        assert screen.board.cursor == "20"
        await screen.press("enter", "3")
        assert "---[ end Kernel panic - not syncing" in screen.text


async def test_beside_an_open_batch_the_form_refuses_and_the_palette_goes_to_the_map() -> None:
    services = FakeServices(web(odd=False))
    plan = services.planner.plan(services.snapshot, Selection(instance_ids=("20",)), Policy())
    run = services.run_control.begin("web-vmss-7f3a", plan)
    run.add(
        ev.BatchIntent(number=1, row="UD 0", instance_ids=("20",), client_request_id="a"),
        ev.BatchAccepted(number=1),
    )
    async with run_dashboard(services) as screen:
        screen.board.set_cursor("20")
        screen.screen.context.redraw()
        await open_instance(screen, "5")
        refusal = "Not now: run web-vmss-7f3a is live, and its batch in progress has 20"
        assert refusal in " ".join(screen.text.split())
        await screen.press("enter")
        assert type(screen.app.screen) is InstanceScreen, "no question is opened"
        await screen.press("]")
        assert "Not now" not in screen.text
        await screen.press(":")
        await screen.type_text("density")
        assert "open a scale set first" not in screen.text
        await screen.press("enter")
        assert InstanceScreen not in map(type, screen.app.screen_stack)
        assert services.fake_diagnostics.scripts == []


async def test_hostile_output_of_a_command_is_drawn_as_text() -> None:
    services = FakeServices()
    hostile = "\x1b]0;owned\x07\x1b[2J[/red][@click=app.exit()]click\x9b31m\u202e\r\x00\udcff"
    services.fake_diagnostics.output = CommandOutput(
        f"{hostile}\n{'A' * 10_000_000}\nthe end", hostile, None
    )
    async with run_dashboard(services) as screen:
        await open_instance(screen, "5")
        await screen.press("enter", "tab", *"web-vmss", "enter")
        assert "[/red][@click=app.exit()]click" in screen.text
        assert "exit code not known" in screen.text
        await screen.press("G")
        assert "the end" in screen.text
        shown = screen.text
        assert not any(sign in shown for sign in "\x1b\x07\x9b\x00\u202e\udcff")

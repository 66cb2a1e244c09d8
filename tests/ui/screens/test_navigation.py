"""Going to other scale sets, back to the list, and out of the program."""

import pytest

from tests.support.campaign_plans import campaign_plan, key, member
from tests.support.fake_session import FakeServices
from tests.support.fleets import scale_set
from tests.support.pilot import run_dashboard
from tests.support.session_scenes import run_services
from vmss_tui.campaign import events as ce
from vmss_tui.campaign.plan import StagePlan
from vmss_tui.ui.dialogs.event_log import LogScreen
from vmss_tui.ui.dialogs.leave import LeaveScreen
from vmss_tui.ui.instances.cell_modes import CellMode
from vmss_tui.upgrade import events as ev


async def test_brackets_go_from_one_scale_set_to_its_neighbour() -> None:
    services = FakeServices()
    services.queries.scale_sets = (scale_set("api-vmss", 12), services.snapshot.scale_set)
    async with run_dashboard(services, list_first=True) as screen:
        await screen.press("enter")
        assert screen.scale_set.name == "api-vmss"
        await screen.press("right_square_bracket")
        assert screen.scale_set.name == "web-vmss"
        await screen.press("q")
        assert "2 scale sets" in screen.text


async def test_the_cell_mode_is_kept_on_the_next_set() -> None:
    services = FakeServices()
    services.queries.scale_sets = (scale_set("api-vmss", 12), services.snapshot.scale_set)
    async with run_dashboard(services, cell_mode="image-version") as screen:
        await screen.press("m", "right_square_bracket")
        assert screen.scale_set.name == "api-vmss"
        assert screen.board.cell_mode is CellMode.PROVISIONING


async def test_a_set_that_was_opened_directly_has_neighbours_too() -> None:
    services = FakeServices()
    services.queries.scale_sets = (scale_set("api-vmss", 12), services.snapshot.scale_set)
    async with run_dashboard(services) as screen:
        await screen.press("right_square_bracket")
        assert screen.scale_set.name == "api-vmss"
        await screen.press("left_square_bracket")
        assert screen.scale_set.name == "web-vmss"
    async with run_dashboard(FakeServices()) as screen:
        await screen.press("right_square_bracket")
        assert "There is no other scale set in the list" in screen.text


async def test_leaving_a_live_run_asks_and_never_ends_it() -> None:
    async with run_dashboard(run_services()) as screen:
        await screen.press("q")
        assert "Run web-vmss-7f3a is live" in screen.text
        await screen.press("enter")
        assert screen.app.return_value is None
        await screen.press("q", "d")
        assert screen.services.run_control.intents == []
        assert screen.app.return_value == 0


async def test_pause_and_leave_writes_an_intent() -> None:
    async with run_dashboard(run_services()) as screen:
        await screen.press("q", "p")
        assert screen.services.run_control.intents == [("web-vmss-7f3a", ev.IntentKind.PAUSE)]


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_leaving_the_list_beside_a_live_run_asks(key: str) -> None:
    services = run_services()
    async with run_dashboard(services, list_first=True) as screen:
        await screen.press("q", key)
        assert "Run web-vmss-7f3a is live" in screen.text
        await screen.press("escape")
        assert screen.app.return_value is None
        await screen.press(key, "d")
        assert services.run_control.intents == []
        assert screen.app.return_value == 0


async def test_ctrl_q_asks_over_an_open_dialog_and_only_once() -> None:
    async with run_dashboard(run_services()) as screen:
        await screen.press("e", "ctrl+q", "ctrl+q")
        assert [type(layer) for layer in screen.app.screen_stack[-2:]] == [LogScreen, LeaveScreen]
        await screen.press("s")
        assert isinstance(screen.app.screen, LogScreen)


async def test_a_run_that_has_ended_is_left_without_a_question() -> None:
    services = run_services()
    services.run_control.followers["web-vmss-7f3a"].add(ev.Aborted(by="ops"))
    async with run_dashboard(services, list_first=True) as screen:
        await screen.press("q", "q")
        assert screen.app.return_value == 0


async def test_all_live_runs_are_named_and_paused() -> None:
    services = run_services()
    plan = services.run_control.followers["web-vmss-7f3a"].folder.manifest.plan
    services.run_control.begin("api-vmss-11aa", plan)
    services.run_control.other_live_runs = ("web-vmss-7f3a",)
    services.command_options = ("--state", "https://a.example/runs")
    async with run_dashboard(services, list_first=True) as screen:
        await screen.press("q", "q")
        assert "2 runs are live" in screen.text
        attach = "vmss-tui attach web-vmss-7f3a --state https://a.example/runs"
        assert f"{attach}  shows it again" in screen.text
        await screen.press("p")
        pause = ev.IntentKind.PAUSE
        names = ("api-vmss-11aa", "web-vmss-7f3a")
        assert services.run_control.intents == [(name, pause) for name in names]
        assert screen.app.return_value == 0


async def test_ctrl_c_says_how_to_leave_and_ctrl_q_leaves() -> None:
    async with run_dashboard() as screen:
        await screen.press("ctrl+c")
        assert "q leaves" in screen.text
        await screen.press("ctrl+q")
        assert screen.app.return_value == 0


async def test_leaving_beside_a_live_campaign_asks_between_two_members_too() -> None:
    services = FakeServices()
    control = services.campaign_control
    control.begin("ubuntu-1a2b", campaign_plan(StagePlan(name="all", members=(member("web"),))))
    control.begin("over-1a2b", campaign_plan()).add(ce.CampaignCompleted())
    async with run_dashboard(services) as screen:
        await screen.press("q")
        assert "Campaign ubuntu-1a2b is live" in screen.text
        assert "vmss-tui campaign attach ubuntu-1a2b  shows it again" in screen.text
        await screen.press("s")
        assert not isinstance(screen.app.screen, LeaveScreen)
        await screen.press("q", "p")
        assert screen.app.return_value == 0
    assert control.intents == [("ubuntu-1a2b", ce.CampaignIntentKind.PAUSE, (), "")]


async def test_the_run_of_a_member_is_paused_by_its_campaign_and_others_by_themselves() -> None:
    services = run_services()
    campaign = services.campaign_control.begin(
        "ubuntu-1a2b", campaign_plan(StagePlan(name="all", members=(member("web"),)))
    )
    async with run_dashboard(services, list_first=True) as screen:
        await screen.press("q", "q")
        assert "1 run and 1 campaign are live" in screen.text
        assert "each pauses, and its runs before their next batch" in screen.text
        await screen.press("s")
        campaign.add(
            ce.MemberRequested(
                member=key("web"), kind=ce.RequestKind.START, run="web-vmss-7f3a", id="1", attempt=1
            )
        )  # it is being started
        await screen.press("q", "p")
        assert screen.app.return_value == 0
    assert services.run_control.intents == []
    assert [intent[1] for intent in services.campaign_control.intents] == ["pause"]

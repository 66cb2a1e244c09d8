"""The screen and the list of campaigns: keys, rows, questions, and what is not fresh."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC

from tests.support.campaign_plans import campaign_plan, key, member
from tests.support.fake_campaigns import FakeCampaign
from tests.support.fake_session import FakeServices
from tests.support.fleets import NOON
from tests.support.pilot import DashboardPilot, run_dashboard
from vmss_tui.campaign import events as ce
from vmss_tui.campaign.events import CampaignIntentKind, MemberState
from vmss_tui.campaign.member_view import MemberView
from vmss_tui.campaign.plan import StagePlan
from vmss_tui.ui.campaigns.campaign_screen import CampaignScreen
from vmss_tui.ui.campaigns.campaign_texts import notice_text
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.upgrade.run.run import Phase

NAME = "ubuntu-1a2b"
STAGES = (
    StagePlan(name="canary", members=(member("web-canary"),), bake=60.0),
    StagePlan(
        name="rest",
        members=(member("web-2"), member("web-1", "westeurope"), member("api-1")),
        concurrency=2,
        approve=True,
    ),
)


def with_campaign() -> tuple[FakeServices, FakeCampaign]:
    """Services of a machine with a campaign that has just begun."""
    services = FakeServices()
    return services, services.campaign_control.begin(NAME, campaign_plan(*STAGES))


def open_stage(campaign: FakeCampaign, *, approved: bool = True) -> None:
    """The first stage is complete, and the second one waits for approval or has it."""
    campaign.add(ce.StageOpened(stage=0))
    campaign.start(key("web-canary"))
    done = ce.MemberChanged(member=key("web-canary"), state=MemberState.UPGRADED, upgraded=2)
    campaign.add(done, ce.StageFinished(stage=0, upgraded=1), ce.StagePassed(stage=0))
    campaign.add(ce.ApprovalRequired(stage=1))
    if approved:
        campaign.add(ce.StageApproved(stage=1, by="anna"), ce.StageOpened(stage=1))


@asynccontextmanager
async def open_campaign(
    services: FakeServices, size: tuple[int, int] = (120, 36)
) -> AsyncIterator[DashboardPilot]:
    """The dashboard with the campaign on screen."""
    async with run_dashboard(services, size, list_first=True) as screen:
        await screen.press("q", "c", "enter")
        await screen.wait_until(lambda: "0/2" in screen.text or "2/2" in screen.text)
        yield screen


async def update(screen: DashboardPilot, text: str) -> None:
    """Waits until the campaign was read again and shows the text."""
    top = next(s for s in screen.app.screen_stack if isinstance(s, CampaignScreen))
    top.poll_now()
    await screen.wait_until(lambda: text in screen.text)


async def test_the_rows_show_stages_members_and_what_is_wrong() -> None:
    services, campaign = with_campaign()
    open_stage(campaign)
    campaign.start(key("web-2"))
    campaign.start(key("web-1"))
    campaign.seconds_left[key("web-2")] = 240.0
    campaign.views[key("web-1")] = MemberView(
        run="run-1f2e", phase=Phase.ROLLING_FORWARD, is_worker_live=False,
        worker_failure="the disk is full",
    )  # fmt: skip
    campaign.views[key("web-canary")] = MemberView(  # read before it settled
        run="run-1f2e", phase=Phase.ROLLING_FORWARD, upgraded=1, total=2
    )
    async with open_campaign(services) as screen:
        title = screen.line(NAME)
        assert "2/2" in screen.line("web-canary")
        assert "▶ Upgrading  stage rest, 2 of 2" in title
        assert "2 live  1 of 4 done" in title
        assert "complete" in screen.line("canary ")
        assert "0 of 3 done" in screen.line("rest ")
        assert "4 min" in screen.line("web-2")
        assert "no worker" in screen.line("web-1")
        assert "the disk is full" in screen.line("web-1")
        assert "4 scale sets" in screen.line("2 regions")
        order = [line for line in screen.text.split("\n") if "  web-" in line or "api-1" in line]
        assert [line.split()[1] for line in order] == ["web-canary", "web-2", "web-1", "api-1"]
        campaign.is_live, campaign.failure = False, "the worker was killed"
        await update(screen, "No worker carries the campaign out: the worker was killed (p starts")
        assert " left" not in screen.line(NAME)


async def test_the_keys_move_sort_filter_and_lead_back() -> None:
    services, campaign = with_campaign()
    open_stage(campaign)
    async with open_campaign(services) as screen:
        top = screen.app.screen
        assert isinstance(top, CampaignScreen)
        rows = []
        for move in ("j", "down", "k", "up", "G", "g", "end", "home", "pagedown", "pageup"):
            await screen.press(move)
            rows.append(top.cursor_key.rsplit("/", 1)[-1])
        assert rows == [
            "web-canary", "stage:1", "web-canary", "stage:0", "api-1", "stage:0", "api-1",
            "stage:0", "api-1", "stage:0",
        ]  # fmt: skip
        await screen.press("enter")
        assert "this is the line of a stage" in screen.text
        await screen.press("N")
        assert top.table.keys[3].endswith("api-1")
        await screen.press("semicolon", "comma", "r")
        assert "Region▲" in screen.text
        await screen.press("slash")
        await screen.type_text("!waiting")
        await screen.press("enter")
        assert [k.rsplit("/", 1)[-1] for k in top.table.keys] == ["stage:0", "web-canary"]
        assert "1 of 4" in screen.text
        await screen.press("escape")
        assert len(top.table.keys) == 6
        await screen.press("escape")
        assert "1 campaign" in screen.text
        await screen.press("enter", "q", "q")
        assert "web-vmss" in screen.text


async def test_every_intent_is_confirmed_and_sent_with_its_members() -> None:
    services, campaign = with_campaign()
    open_stage(campaign, approved=False)
    intents = services.campaign_control.intents
    async with open_campaign(services) as screen:
        assert "Stage rest waits for approval (. approves it)" in screen.text
        assert "‖ Waiting for approval" in screen.line(NAME)
        await screen.press("full_stop")
        assert "3 scale sets, 6 instances (after approval, 2 at a time" in screen.text
        await screen.press("escape")
        assert intents == []
        await screen.press("full_stop", "y")
        assert intents.pop() == (NAME, CampaignIntentKind.APPROVE, (), "rest")
        await screen.press("p")
        assert intents.pop()[1] is CampaignIntentKind.PAUSE
        await screen.press("G", "greater_than_sign", "y")
        assert intents.pop()[1:3] == (CampaignIntentKind.SKIP, (key("api-1"),))
        await screen.press("F")
        assert "None of these scale sets has failed" in screen.text
        campaign.add(ce.StageApproved(stage=1, by="anna"), ce.StageOpened(stage=1))
        campaign.start(key("web-2"))
        failed = ce.MemberChanged(
            member=key("web-2"), state=MemberState.FAILED, failed=1, message="instance 0 failed"
        )
        halted = ce.CampaignHalted(
            reason="failed_members", message="web-2 failed", members=(key("web-2"),)
        )
        campaign.add(failed, halted)
        await update(screen, "✖ Halted")
        assert "instance 0 failed" in screen.line("  web-2 ")
        assert "\n web-2 failed" in screen.text  # a name is not made a capitalised word
        assert "rg/api-1" in screen.text  # the cursor's set, whose name a column may cut
        await screen.press("p")
        assert "Failures so far are accepted and do not halt it again: web-2" in screen.text
        await screen.press("y")
        assert intents.pop()[1] is CampaignIntentKind.RESUME
        for opener, kind, keys in (
            ("F", CampaignIntentKind.RETRY, (key("web-2"),)),
            ("V", CampaignIntentKind.REVERT, ()),
        ):
            await screen.press(opener, "y")
            assert intents == []  # the name of the campaign has to be typed
            await screen.press("tab", *"ubuntu", "enter")
            assert intents.pop()[1:3] == (kind, keys)
        await screen.press("A")
        assert "Done: 2 of 4 scale sets; no other starts" in screen.text
        campaign.add(ce.CampaignAborted(by="anna"))
        await update(screen, "Not sent: the campaign is over (Aborted)")
        assert intents == []


async def test_the_report_and_a_members_run_open_over_it() -> None:
    services, campaign = with_campaign()
    open_stage(campaign)
    async with open_campaign(services, (80, 24)) as screen:
        await screen.press("e")
        assert f"# Campaign {NAME}: Upgrading" in screen.text
        await screen.press("escape", "G", "enter")
        assert screen.scale_set.name == "api-1"


async def test_what_is_not_read_again_is_not_shown_as_fresh() -> None:
    services, campaign = with_campaign()
    async with run_dashboard(services, list_first=True) as screen:
        await screen.press("q", "c", "enter")
        await screen.wait_until(lambda: "0 of 4 done" in screen.text)
        campaign.error = OSError("the disk is gone")
        await update(screen, "not refreshed: the disk is gone")
        assert f"State of {NOON:%H:%M:%S}" in screen.text
        campaign.error = None
        campaign.add(ce.StageOpened(stage=0))
        await screen.wait_until(lambda: "not refreshed" not in screen.text)
        top = screen.app.screen
        assert isinstance(top, CampaignScreen)
    texts = [
        notice_text(top.status, "", NOON, Appearance(zone=UTC), {}, is_outdated=is_outdated)
        for is_outdated in (False, True)
    ]
    assert texts == ["", "State of 12:04:31, not refreshed"]


async def test_the_list_shows_campaigns_and_filters_them() -> None:
    services, campaign = with_campaign()
    services.campaign_control.begin("debian-3c4d", campaign_plan(*STAGES)).is_live = False
    campaign.add(ce.CampaignHalted(reason="verdict", message="the verdict failed"))
    async with run_dashboard(services, list_first=True) as screen:
        await screen.press("q", "b", "c")
        assert "✖ Halted" in screen.line(NAME)
        assert "the verdict failed" in screen.line(NAME)
        assert "no worker" in screen.line("debian-3c4d")
        assert "1 halted  1 live  2 campaigns" in screen.text
        rows = []
        top = screen.app.screen
        await screen.press("N")
        for move in ("j", "k", "down", "up", "G", "g", "end", "home", "pagedown", "pageup"):
            await screen.press(move)
            rows.append(getattr(top, "cursor_key", ""))
        assert rows == [NAME, "debian-3c4d"] * 5
        await screen.press("semicolon", "comma", "r", "slash")
        await screen.type_text("halted live")
        await screen.press("enter")
        assert "1 of 2" in screen.text
        await screen.press("escape", "escape")
        assert "No runs on this machine yet" in screen.text
        await screen.press("c", "q", "q")
        await screen.press("c", "enter")
        await screen.wait_until(lambda: "0/2" in screen.text)

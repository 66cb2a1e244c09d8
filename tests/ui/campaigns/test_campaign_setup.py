"""The form of a campaign over the scale sets that are selected in the list."""

from collections.abc import Callable, Collection
from types import SimpleNamespace
from typing import Any, cast

import pytest
from textual.widgets import Input

from tests.support.campaign_plans import campaign_plan, member
from tests.support.fake_session import FakeServices
from tests.support.fleets import CONTEXT, NOON
from tests.support.pilot import run_dashboard
from tests.support.session_scenes import three_set_services
from vmss_tui.campaign.plan import CampaignPlan, LeftOutMember, StagePlan
from vmss_tui.campaign.strategy import Strategy
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.ui.campaigns.campaign_screen import CampaignScreen
from vmss_tui.ui.campaigns.campaign_setup import CampaignSetupScreen
from vmss_tui.ui.campaigns.plan_text import describe_campaign_plan
from vmss_tui.ui.campaigns.setup_fields import initial_values, parse_settings
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.upgrade.plan.policy import PolicyError


def with_planner(services: FakeServices, strategies: list[Strategy]) -> FakeServices:
    """The services with a planner that skips the last selected scale set."""

    def plan(
        strategy: Strategy,
        *,
        ids: Collection[ScaleSetId],
        report_count: Callable[[int, int], None],
        is_cancelled: Callable[[], bool],
    ) -> CampaignPlan:
        strategies.append(strategy)
        report_count(1, len(ids))
        if strategy.change.image_version == "9.9.9":
            raise RunRefused("the version does not exist")
        *others, last = ids
        skipped = LeftOutMember(
            subscription_id=last.subscription_id, resource_group=last.resource_group,
            name=last.name, reason="a run is live on it", kind="live",
        )  # fmt: skip
        (stage,) = strategy.stages
        made = campaign_plan(
            StagePlan(name=stage.name, members=tuple(member(i.name) for i in others))
        )
        return CampaignPlan(
            name=strategy.name, stages=made.stages, left_out=(skipped,), made_at=made.made_at
        )

    services.campaign_planner = cast(Any, SimpleNamespace(plan=plan))
    return services


async def test_the_selection_becomes_a_campaign_after_its_name_is_typed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(CampaignSetupScreen, "typing_pause", 0.01)
    strategies: list[Strategy] = []
    services = with_planner(three_set_services(), strategies)
    async with run_dashboard(services, list_first=True) as screen:
        await screen.press("U")
        assert "No scale set is selected: select some (space) first" in screen.text
        await screen.press("a", "U")
        assert "Campaign: upgrade 3 selected scale sets" in screen.text
        assert "2 scale sets, 4 instances" in screen.text
        assert "1 scale set, listed below" in screen.line("Skipped")
        assert screen.line("Batches").index("Region") == screen.line("api-vmss ").index("northeu")
        await screen.press("pagedown", "pagedown")
        assert "lab-vmss" in screen.line("a run is live on it")
        form = screen.app.screen
        form.query_one("#concurrency", Input).value = "x"
        await screen.rest()
        assert "At a time: must be a whole number from 1 to 50" in screen.text
        await screen.press("enter")
        assert screen.app.screen is form
        form.query_one("#concurrency", Input).value = "2"
        form.query_one("#bake", Input).value = "30m"
        await screen.rest()
        assert "2 at a time, none may fail, bake 30 min" in screen.text
        assert len(strategies) == 1  # the scale sets are not read again for it
        form.query_one("#image_version", Input).value = "9.9.9"
        await screen.wait_until(lambda: "The version does not exist" in screen.text)
        form.query_one("#image_version", Input).value = "22.4.1"
        await screen.wait_until(lambda: len(strategies) == 3 and "Skipped" in screen.text)
        assert strategies[2].change.image_version == "22.4.1"
        form.query_one("#name", Input).value = "patch"
        await screen.rest()
        await screen.press("enter")
        assert "Start campaign patch: upgrade 2 scale sets?" in screen.text
        await screen.press("y", "tab", *"patch", "enter")
        await screen.wait_until(lambda: isinstance(screen.app.screen, CampaignScreen))
        await screen.wait_until(lambda: "patch-1a2b" in screen.text and "0/2" in screen.text)
    (plan,) = services.campaign_control.started_plans
    assert (plan.name, plan.stages[0].concurrency, plan.stages[0].bake) == ("patch", 2, 1800.0)
    assert [m.scale_set.name for m in plan.members] == ["api-vmss", "web-vmss"]


def test_rows_of_members_that_are_too_wide_have_their_regions_in_a_line_above() -> None:
    members = tuple(member(f"web-{region}", region) for region in ("westeurope", "eastus"))
    plan = campaign_plan(StagePlan(name="all", members=members))

    def lines(width: int) -> list[str]:
        described = describe_campaign_plan(plan, CONTEXT, Appearance(), width=width)
        return [line.plain for line in described]

    assert any(line.endswith("Estimated     Region") for line in lines(89))
    assert "Regions       eastus, westeurope" in lines(64)
    assert all(len(line) <= 64 for line in lines(64) if "web-" in line)


async def test_a_campaign_that_cannot_start_leaves_the_form_open() -> None:
    services = with_planner(three_set_services(), [])

    def refuse(plan: CampaignPlan, *, assumed_yes: bool = False) -> str:
        raise RunRefused("the sign-in has expired")

    cast(Any, services.campaign_control).start = refuse
    async with run_dashboard(services, list_first=True) as screen:
        await screen.press("a", "U")
        name = initial_values(NOON)["name"]
        await screen.press("enter", "tab", *name, "enter")
        assert "Not started: the sign-in has expired" in screen.text
        assert isinstance(screen.app.screen, CampaignSetupScreen)
        await screen.press("escape")
        assert "3 selected" in screen.text


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("name", "a b"), ("name", ""), ("name", "x" * 49), ("concurrency", "0"),
        ("concurrency", "51"), ("concurrency", "²"), ("max_failed_members", "-1"),
        ("bake", "soon"), ("bake", "200h"), ("image_version", "1.2"), ("image_version", "../x"),
    ],
)  # fmt: skip
def test_what_is_wrong_names_its_field(field: str, text: str) -> None:
    with pytest.raises(PolicyError) as error:
        parse_settings(initial_values(NOON) | {field: text})
    assert error.value.field == field

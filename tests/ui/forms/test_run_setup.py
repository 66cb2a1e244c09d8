"""The setup of a rolling run: the heatmap previews the plan while the policy is typed."""

import pytest
from textual.widgets import Input

from tests.support.fake_session import FakeServices
from tests.support.fleets import thousand, web
from tests.support.form_fields import field_value
from tests.support.pilot import DashboardPilot, run_dashboard
from vmss_tui.ui.forms.plan_fields import FIELDS
from vmss_tui.ui.forms.run_setup import RunSetupScreen
from vmss_tui.ui.instances.cell_modes import CellMode, StyledCells
from vmss_tui.ui.instances.heatmap import Heatmap
from vmss_tui.ui.instances.plan_overlay import PlanCells, batch_style
from vmss_tui.upgrade.plan.plan_builder import make_plan
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.report.estimate import BatchPace


async def to_field(screen: DashboardPilot, field: str) -> None:
    """Focuses a field by Tab, which selects its text, so that typing replaces it."""
    await screen.press(*["tab"] * list(FIELDS).index(field))


def test_every_instance_shows_its_batch_and_one_that_is_left_out_its_state() -> None:
    plan = make_plan(web(), Selection(), Policy())
    cells = PlanCells(web(), plan)
    assert sum(cells.counts.values()) == 100
    for number, batch in enumerate(plan.batches, 1):
        assert {cells.styles[i] for i in batch.instance_ids} == {batch_style(number)}
    states = StyledCells(web(), CellMode.STATE).styles
    left_out = [excluded.instance_id for excluded in plan.left_out]
    assert left_out
    assert [cells.styles[i] for i in left_out] == [states[i] for i in left_out]


async def test_who_does_not_confirm_is_back_in_the_form_as_it_was_filled() -> None:
    async with run_dashboard() as screen:
        await screen.press("R", "8")
        await screen.press("enter")
        assert type(screen.app.screen).__name__ == "ConfirmScreen"
        await screen.press("escape")
        assert type(screen.app.screen).__name__ == "RunSetupScreen"
        assert screen.app.screen.query_one("#max_batch_instance_percent", Input).value == "8"
        assert screen.services.run_control.started_plans == []
        await screen.press("enter", "tab")
        await screen.type_text("web-vmss")
        await screen.press("enter")
        (plan,) = screen.services.run_control.started_plans
        assert max(len(batch.instance_ids) for batch in plan.batches) == 8
        assert screen.app.screen is screen.screen, "form and question are both gone"


def test_signs_go_on_through_letters_and_end_in_a_plus() -> None:
    assert [batch_style(n).ascii for n in (1, 9, 10, 35, 61, 62)] == list("19azZ+")


async def test_the_batches_are_drawn_in_order_and_follow_the_policy_as_it_is_typed() -> None:
    async with run_dashboard(FakeServices(web(diagonal=False))) as screen:
        await screen.press("R")
        assert screen.line("UD 0").split()[3:-1] == ["4/20", *"1111111111111111"]
        assert screen.line("UD 4").split()[3:-1] == ["4/20", *"555555✚5555555555"]
        assert "16        UD 0 ████████████ " in screen.text
        assert "14        UD 3 ██████████ " in screen.text
        await screen.press("8")
        assert screen.line("UD 0").split()[3:-1] == ["4/20", *"1121121221221122"]
        assert "10 batches" in screen.line("What happens")


async def test_the_order_decides_which_rows_the_preview_has() -> None:
    async with run_dashboard(FakeServices(web(diagonal=False))) as screen:
        await screen.press("R")
        await to_field(screen, "order")
        await screen.press("space")
        assert field_value(screen, "order") == "fault-domain"
        assert "FD 3    5/20" in screen.text
        assert "Upgrade all 77 outdated instances" in screen.text
        assert "5 batches" in screen.line("What happens")


async def test_the_capacity_floor_and_the_time_move_with_the_policy() -> None:
    services = FakeServices()
    services.planner.pace = BatchPace(180.0, "web-vmss-0001")
    async with run_dashboard(services) as screen:
        await screen.press("R")
        assert "at least 80 of 98" in screen.line("Available")
        assert "15 min, ends" in screen.line("Estimated")
        await screen.press("tab")
        await screen.type_text("5")
        assert "at least 91 of 98" in screen.line("Available")


async def test_without_a_plan_the_map_shows_none_and_enter_goes_to_the_wrong_field() -> None:
    async with run_dashboard() as screen:
        await screen.press("R")
        await to_field(screen, "min_healthy_time")
        await screen.type_text("perhaps")
        assert (
            "Min healthy time: must be a time such as 30s, 5m or 1h, not 'perhaps'" in screen.text
        )
        assert "Correct Min healthy time" in screen.text
        assert "No plan" in screen.text
        assert "batch 1" not in screen.text
        await screen.press("tab", "enter")
        assert isinstance(screen.app.screen, RunSetupScreen)
        assert getattr(screen.app.focused, "id", "") == "min_healthy_time"


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (200, 60)])
async def test_the_set_up_can_be_used_at_any_size(size: tuple[int, int]) -> None:
    async with run_dashboard(FakeServices(thousand()), size) as screen:
        await screen.press("R")
        assert "Batch size" in screen.text
        await screen.type_text("50")
        await screen.press("enter")
        text = " ".join(screen.text.replace("│", "").split())
        assert "Upgrade 677 instances of shop-rg/" in text
        assert all(len(line) <= size[0] for line in screen.text.split("\n"))


async def test_a_thousand_batches_stand_on_one_screen_of_200_by_60() -> None:
    async with run_dashboard(FakeServices(thousand()), (200, 60)) as screen:
        await screen.press("R")
        heatmap = screen.app.screen.query_one(Heatmap)
        assert heatmap.max_scroll_y == 0
        assert screen.text.count("31") >= 20


def test_a_batch_that_is_set_by_number_is_what_is_drawn() -> None:
    plan = make_plan(
        web(), Selection(), Policy(max_batch_instance_percent=Amount(count=1), canary=1)
    )
    cells = PlanCells(web(), plan)
    canary = cells.styles[plan.batches[0].instance_ids[0]]
    assert (canary.glyph, canary.ascii) == ("1c", "1")


async def test_stopped_instances_are_taken_along_where_the_form_says_so() -> None:
    async with run_dashboard() as screen:
        await screen.press("R")
        assert "2 not running" in " ".join(screen.text.replace("│", "").split())
        await to_field(screen, "skip_not_running")
        await screen.press("space")
        assert "2 not running" not in " ".join(screen.text.replace("│", "").split())
        await screen.press("enter")
        assert "takes it along" not in screen.text
        await screen.press("tab")
        await screen.type_text("web-vmss")
        await screen.press("enter")
        (started,) = screen.services.run_control.started_plans
        assert not started.policy.skip_not_running
        assert started.policy.batch_deadline == 5400


async def test_a_batch_deadline_shorter_than_what_it_waits_for_is_refused_at_its_field() -> None:
    async with run_dashboard() as screen:
        await screen.press("R")
        await to_field(screen, "batch_deadline")
        await screen.type_text("60")
        assert "Batch timeout: must be longer than Health timeout" in screen.text
        assert screen.app.screen.query_one("#batch_deadline", Input).has_class("-wrong")

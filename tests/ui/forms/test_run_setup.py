"""The setup of a rolling run: the heatmap previews the plan while the policy is typed."""

import pytest
from textual.widgets import Input

from tests.support.fake_session import FakeServices
from tests.support.fleets import thousand, web
from tests.support.form_fields import field_value, focus_field
from tests.support.pilot import DashboardPilot, run_dashboard
from vmss_tui.ui.drawing.glyphs import Appearance, Glyphs
from vmss_tui.ui.forms import plan_fields
from vmss_tui.ui.forms.plan_outline import _images
from vmss_tui.ui.forms.run_setup import RunSetupScreen
from vmss_tui.ui.instances.cell_modes import CellMode, StyledCells
from vmss_tui.ui.instances.heatmap import Heatmap
from vmss_tui.ui.instances.plan_overlay import PlanCells, batch_style
from vmss_tui.upgrade.plan.plan_builder import make_plan
from vmss_tui.upgrade.plan.policy import Amount, Policy, PolicyError
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.plan.verdict import Verdict
from vmss_tui.upgrade.report.estimate import BatchPace


async def fill_field(screen: DashboardPilot, field: str, text: str) -> None:
    """Replaces the text of a field."""
    await focus_field(screen, field)
    screen.app.screen.query_one(f"#{field}", Input).select_all()
    await screen.paste(text)


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


async def test_a_form_that_is_not_confirmed_stays_filled_and_takes_stopped_instances_along() -> (
    None
):
    async with run_dashboard() as screen:
        await screen.press("R", "8")
        await screen.press("enter")
        assert type(screen.app.screen).__name__ == "PlanConfirmScreen"
        await screen.press("escape")
        assert type(screen.app.screen).__name__ == "RunSetupScreen"
        assert field_value(screen, "max_batch_instance_percent") == "8"
        assert screen.services.run_control.started_plans == []
        assert "2 not running" in " ".join(screen.text.replace("│", "").split())
        await focus_field(screen, "skip_not_running")
        await screen.press("space")
        assert "2 not running" not in " ".join(screen.text.replace("│", "").split())
        await screen.press("enter")
        assert "takes it along" not in screen.text
        await screen.press("tab")
        await screen.type_text("web-vmss")
        await screen.press("enter")
        (plan,) = screen.services.run_control.started_plans
        assert max(len(batch.instance_ids) for batch in plan.batches) == 8
        assert not plan.policy.skip_not_running
        assert plan.policy.batch_deadline == 5400
        assert screen.app.screen is screen.screen, "form and question are both gone"


def test_signs_go_on_through_letters_and_end_in_a_plus() -> None:
    assert [batch_style(n).ascii for n in (1, 9, 10, 35, 61, 62)] == list("19azZ+")


async def test_the_preview_follows_every_field_and_a_wrong_one_shows_no_plan() -> None:
    services = FakeServices(web(diagonal=False))
    services.planner.pace = BatchPace(180.0, "web-vmss-0001")
    async with run_dashboard(services) as screen:
        await screen.press("R")
        assert screen.line("UD 0").split()[3:-1] == ["4/20", *"1111111111111111"]
        assert screen.line("UD 4").split()[3:-1] == ["3/20", *"555555✚5555555555"]
        assert "16        UD 0 ████████████ " in screen.text
        assert "14        UD 3 ██████████ " in screen.text
        assert "at least 80 of 98" in screen.line("Available")
        assert "15 min, ends" in screen.line("Estimated")
        # Tab selects the text of a field, so that typing replaces it
        await screen.press("tab", "5")
        assert "at least 91 of 98" in screen.line("Available")
        await fill_field(screen, "max_unhealthy_instance_percent", "20%")
        await screen.press("shift+tab", "8")
        assert screen.line("UD 0").split()[3:-1] == ["4/20", *"1121121221221122"]
        assert "10 batches" in screen.line("What happens")
        await fill_field(screen, "max_batch_instance_percent", "20%")
        await focus_field(screen, "order")
        await screen.press("space")
        assert field_value(screen, "order") == "fault-domain"
        assert "FD 3    5/20" in screen.text
        assert "Upgrade all 77 outdated instances" in screen.text
        assert "5 batches" in screen.line("What happens")
        await fill_field(screen, "min_healthy_time", "perhaps")
        wrong = "Min healthy time: must be a time such as 30s, 5m or 1h, not 'perhaps'"
        assert wrong in screen.text
        assert "Correct Min healthy time" in screen.text
        assert "No plan" in screen.text
        assert "batch 1" not in screen.text
        await screen.press("tab", "enter")
        assert isinstance(screen.app.screen, RunSetupScreen)
        assert getattr(screen.app.focused, "id", "") == "min_healthy_time"
        await fill_field(screen, "min_healthy_time", "30s")
        assert wrong not in screen.text
        await fill_field(screen, "batch_deadline", "60")
        assert "Batch timeout: must be longer than Health timeout" in screen.text
        assert screen.app.screen.query_one("#batch_deadline", Input).has_class("-wrong")


def test_a_verdict_is_kept_with_its_secrets_until_it_is_edited_or_emptied() -> None:
    check = Verdict(url="https://h.example/?code=s3cret", failures=2, samples=3, timeout=90.0)
    default = Policy(verdict=check, bake=300.0, quarantine=True, max_new_failures=3)
    shown = plan_fields.policy_fields(default)
    assert "s3cret" not in str(shown)
    assert (shown["verdict_window"], shown["verdict_timeout"]) == ("2/3", "90s")
    assert plan_fields.policy_from_fields(shown, default) == default
    off = shown | {"verdict": "", "bake": "0", "quarantine": "off"}
    assert plan_fields.policy_from_fields(off, default) == Policy(max_new_failures=3)
    other = {"verdict": "metric:average of Percentage CPU < 80 over 5m", "verdict_window": "4"}
    typed = shown | other | {"on_failure": "revert", "inconclusive": "ignore"}
    policy = plan_fields.policy_from_fields(typed, default)
    assert policy.verdict is not None
    assert policy.verdict.metric is not None
    assert (policy.verdict.failures, policy.verdict.samples, policy.verdict.timeout) == (4, 4, 90.0)
    assert plan_fields.policy_from_fields(plan_fields.policy_fields(policy), policy) == policy
    for field, wrong in (("verdict", "http://h.example"), ("verdict_window", "2/x"), ("bake", "?")):
        with pytest.raises(PolicyError) as raised:
            plan_fields.policy_from_fields(shown | {field: wrong}, default)
        assert raised.value.field == field


async def test_verdict_bake_time_and_quarantine_are_on_a_page_of_their_own() -> None:
    async with run_dashboard(size=(80, 24)) as screen:
        await screen.press("R", "f3")
        assert getattr(screen.app.focused, "id", "") == "verdict"
        assert "Sampled to the end of the bake time" in screen.text
        assert "Batch size" not in screen.text
        await screen.press("tab")
        await screen.paste("10m")
        assert "10m of observation after the last batch" in screen.text
        await focus_field(screen, "quarantine")
        await screen.press("space")
        assert "Quarantine failed: needs Stop after of at least 2" in screen.text
        await screen.press("f3", "enter")
        assert "Batch size" not in screen.text
        assert getattr(screen.app.focused, "id", "") == "quarantine"
        await screen.press("f3")
        await fill_field(screen, "max_new_failures", "2")
        assert "needs Stop after" not in screen.text
        await screen.press("f3")
        assert field_value(screen, "bake") == "10m"
        assert "Quarantine failed" in screen.text


async def test_the_set_up_of_a_thousand_can_be_used_at_any_size() -> None:
    async with run_dashboard(FakeServices(thousand()), (200, 60)) as screen:
        await screen.press("R")
        heatmap = screen.app.screen.query_one(Heatmap)
        assert heatmap.max_scroll_y == 0, "a thousand batches stand on one screen"
        assert screen.text.count("31") >= 20
        await screen.paste("50")
        for width, height in ((200, 60), (80, 24), (40, 10)):
            await screen.resize(width, height)
            size = f"{width}x{height}"
            assert "Batch size" in screen.text, size
            await screen.press("enter")
            text = " ".join(screen.text.replace("│", "").split())
            assert "Upgrade 677 instances of shop-rg/" in text, size
            assert all(len(line) <= width for line in screen.text.split("\n")), size
            await screen.press("escape")


def test_a_batch_that_is_set_by_number_is_what_is_drawn() -> None:
    plan = make_plan(
        web(), Selection(), Policy(max_batch_instance_percent=Amount(count=1), canary=1)
    )
    cells = PlanCells(web(), plan)
    canary = cells.styles[plan.batches[0].instance_ids[0]]
    assert (canary.glyph, canary.ascii) == ("1c", "1")


def test_the_images_of_a_plan_are_one_line_in_ascii_too() -> None:
    scale_set, plan = web().scale_set, make_plan(web(), Selection(), Policy())
    for glyphs, change in (
        (Glyphs.UNICODE, "…202510010 → …202511010"),
        (Glyphs.ASCII, "…202510010->…202511010"),
    ):
        assert _images(plan, scale_set, Appearance(glyphs=glyphs), 23) == ("", change)

"""Upgrades: the question, its answers, and the form of a rolling run."""

from dataclasses import replace

import pytest
from textual import events
from textual.widgets import Input

from tests.support.fake_session import FakeServices
from tests.support.fleets import NEWEST, scale_set, view, web
from tests.support.pilot import run_dashboard
from vmss_tui.fleet.scale_set import PolicyMode
from vmss_tui.ui.dialogs.confirm import ConfirmScreen
from vmss_tui.ui.forms.plan_fields import FIELDS
from vmss_tui.ui.forms.run_setup import RunSetupScreen
from vmss_tui.upgrade.plan.policy import Policy


async def test_u_upper_y_upgrades_the_cursors_row_in_one_batch() -> None:
    async with run_dashboard() as screen:
        await screen.press("U")
        assert "Upgrade 16 instances of web-rg/web-vmss?" in screen.text
        assert "4 already on the latest model" in screen.text
        assert "16 at once: at least" in screen.text
        assert "(stops if more than 19 are unavailable" in screen.text
        assert "tenant 72f988bf-86f1-41af-91ab-2d7cd011db47" in screen.text
        await screen.press("y")
        (plan,) = screen.services.run_control.started_plans
        assert len(plan.instance_ids) == 16
        assert "Run web-vmss-7f3a" in screen.text


async def test_enter_alone_never_confirms() -> None:
    async with run_dashboard() as screen:
        await screen.press("U", "enter")
        assert screen.services.run_control.started_plans == []
        await screen.press("u", "U", "enter", "enter", "enter")
        assert screen.services.run_control.started_plans == []


async def test_the_confirmation_names_the_gate_without_its_secrets() -> None:
    services = FakeServices(web())
    services.default_policy = Policy(gate=("/bin/echo", "drain", "--token", "hunter2"))
    async with run_dashboard(services, size=(120, 40)) as screen:
        await screen.press("u", "U")
        reported = screen.line("/bin/echo drain --token")
        assert "before each batch and after the last" in reported
        assert "hunter2" not in screen.text


async def test_more_than_one_batch_takes_the_sets_name_typed_exactly() -> None:
    async with run_dashboard() as screen:
        await screen.press("a", "U")
        assert "77 instances in 5 batches" in screen.text
        await screen.press("y", "enter")
        assert screen.services.run_control.started_plans == []
        await screen.press("U", "tab")
        await screen.type_text("web-vms")
        await screen.press("enter")
        assert "Name does not match: type web-vmss" in screen.text
        await screen.press("s", "enter")
        assert len(screen.services.run_control.started_plans) == 1


async def test_a_paste_never_confirms() -> None:
    async with run_dashboard() as screen:
        await screen.press("a", "U", "tab")
        field = screen.app.screen.query_one("#name", Input)
        field.post_message(events.Paste("web-vmss"))
        await screen.rest()
        assert field.value == ""
        await screen.press("ctrl+v", "enter")
        assert screen.services.run_control.started_plans == []


@pytest.mark.parametrize("keys", [("u", "U"), ("R", "enter")])
async def test_a_plan_for_a_model_that_has_changed_since_is_not_started(
    keys: tuple[str, ...],
) -> None:
    async with run_dashboard() as screen:
        await screen.press(*keys)
        before = screen.services.snapshot
        changed = replace(before.scale_set, model_digest="another")
        await screen.report(view(replace(before, scale_set=changed)))
        if screen.app.screen.query("#name"):
            await screen.press("tab")
            await screen.type_text("web-vmss")
            await screen.press("enter")
        else:
            await screen.press("y")
        assert screen.services.run_control.started_plans == []
        assert "the model was changed while the plan was shown" in " ".join(screen.text.split())


async def test_a_row_that_is_current_has_nothing_to_upgrade() -> None:
    async with run_dashboard() as screen:
        await screen.press("space", "U")
        assert "nothing to do" in screen.text
        assert not isinstance(screen.app.screen, ConfirmScreen)


async def test_an_upgrade_of_an_automatic_set_is_refused_with_the_reason() -> None:
    snapshot = replace(web(), scale_set=scale_set(policy_mode=PolicyMode.AUTOMATIC))
    async with run_dashboard(FakeServices(snapshot)) as screen:
        await screen.press("U")
        assert "The upgrade policy is Automatic: Azure itself upgrades" in screen.text


async def test_r_plans_as_the_policy_is_typed() -> None:
    async with run_dashboard(size=(120, 50)) as screen:
        await screen.press("R")
        assert "Upgrade all 77 outdated instances" in screen.text
        assert " 5 batches" in screen.line("What happens")
        await screen.press("1", "0")
        assert " 10 batches" in screen.line("What happens")
        await screen.press("enter")
        assert isinstance(screen.app.screen, ConfirmScreen)
        await screen.press("tab")
        await screen.type_text("web-vmss")
        await screen.press("enter")
        (plan,) = screen.services.run_control.started_plans
        assert plan.policy.max_batch_instance_percent.count == 10


async def test_a_wrong_policy_is_refused_at_its_field() -> None:
    async with run_dashboard() as screen:
        await screen.press("R")
        await screen.type_text("many")
        assert "Batch size: must be a number or a percentage" in screen.text
        assert screen.app.screen.query_one(".-wrong").id == "max_batch_instance_percent"
        await screen.press("enter")
        assert isinstance(screen.app.screen, RunSetupScreen)


async def test_a_run_may_edit_the_image_version_first() -> None:
    async with run_dashboard(size=(120, 50)) as screen:
        await screen.press("R", *["tab"] * list(FIELDS).index("image_version"))
        await screen.type_text(NEWEST)
        assert f"…{NEWEST.rpartition('.')[2]}" in screen.text
        await screen.press("enter", "tab")
        await screen.type_text("web-vmss")
        await screen.press("enter")
        (plan,) = screen.services.run_control.started_plans
        assert plan.edit is not None
        assert len(plan.instance_ids) == 97

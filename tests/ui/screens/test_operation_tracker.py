"""Instance operations after they were sent: progress, failures, lost replies, other screens."""

from dataclasses import replace

import pytest

from tests.support.fake_runs import PATIENCE
from tests.support.fake_session import FakeServices
from tests.support.fleets import NOON, view, web
from tests.support.operation_scenes import confirm, sent_plans, with_changes
from tests.support.pilot import run_dashboard
from vmss_tui.fleet.instance_operation import OperationKind
from vmss_tui.fleet.scale_set import ProvisioningState
from vmss_tui.gateway import Busy
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.storage.journal import JournalError
from vmss_tui.ui.screens.scale_set_list import ScaleSetListScreen
from vmss_tui.ui.widgets.operation_panel import OperationPanel


async def test_progress_is_counted_from_readings_until_the_end() -> None:
    services = FakeServices(web(odd=False))
    async with run_dashboard(services) as screen:
        await screen.press("B", "r", "y")
        ids = sent_plans(services)[0].instance_ids
        assert screen.board.operation_ids == set(ids)
        assert set(services.queries.watchers[-1].first_ids) == set(ids)
        moving = with_changes(services.snapshot, ids, provisioning=ProvisioningState.UPDATING)
        await screen.report(view(moving))
        assert "0 of 20 restarted, 20 in progress" in screen.text
        assert screen.line("UD 0").count("◐") >= 10
        half = with_changes(moving, ids[:10], provisioning=ProvisioningState.SUCCEEDED)
        await screen.report(view(half))
        assert "10 of 20 restarted, 10 in progress" in screen.text
        await screen.report(view(with_changes(half, ids, provisioning=ProvisioningState.SUCCEEDED)))
        assert "20 of 20 restarted" in screen.line("restart ")
        assert screen.board.operation_ids == frozenset()
        assert services.queries.watchers[-1].first_ids == ()
        await screen.press("escape")
        assert not screen.is_shown(OperationPanel)


async def test_an_operation_is_observed_while_its_screen_is_closed_and_shown_again() -> None:
    services = FakeServices(web(odd=False))
    async with run_dashboard(services, list_first=True) as screen:
        await screen.press("B", "r", "y")
        ids = sent_plans(services)[0].instance_ids
        services.snapshot = with_changes(services.snapshot, ids, changed_at=NOON)
        await screen.press("q")
        assert isinstance(screen.app.screen, ScaleSetListScreen)
        assert services.instance_operations.was_followed.wait(PATIENCE)
        await screen.press("enter")
        assert "20 of 20 restarted" in screen.line("restart ")
        await screen.press("escape", "q", "enter")
        assert not screen.is_shown(OperationPanel)


async def test_an_open_operation_is_shown_by_the_next_screen() -> None:
    services = FakeServices(web(odd=False))
    async with run_dashboard(services, list_first=True) as screen:
        await screen.press("B", "r", "y", "q", "enter")
        ids = sent_plans(services)[0].instance_ids
        assert "0 of 20 restarted" in screen.line("restart ")
        assert set(services.queries.watchers[-1].first_ids) == set(ids)
        moving = with_changes(services.snapshot, ids, provisioning=ProvisioningState.UPDATING)
        await screen.report(view(moving))
        assert "0 of 20 restarted, 20 in progress" in screen.text
        screen.app.session.operations.close()
        assert services.instance_operations.abandon_reasons == [
            "the dashboard was closed, Azure continues"
        ]


async def test_a_failure_stays_on_screen_with_azures_text() -> None:
    services = FakeServices(web(odd=False))
    async with run_dashboard(services) as screen:
        await screen.press("D", "c")
        await confirm(screen, OperationKind.DELETE)
        failed = with_changes(services.snapshot, ("0",), provisioning=ProvisioningState.FAILED)
        await screen.report(view(failed))
        assert "1 failed" in screen.text
        assert "instance 0: provisioning failed" in screen.text


async def test_after_a_lost_reply_the_operation_is_observed_and_not_sent_again() -> None:
    services = FakeServices(web(odd=False))
    services.instance_operations.reply_arrives = False
    async with run_dashboard(services) as screen:
        await screen.press("B", "c", "y")
        assert "no reply from Azure: reading the instances, not sending again" in screen.text
        services.instance_operations.clock = 61.0
        await screen.report(view(replace(services.snapshot, taken_at=NOON)))
        assert "1 without result" in screen.text
        assert "not sent again" in screen.text
        assert len(sent_plans(services)) == 1


@pytest.mark.parametrize(
    "error",
    [
        Busy("Azure refused: In conflict. (Conflict)", code="Conflict", status=409),
        RunRefused("a run is live on web-rg/web-vmss (web-7f3a): pause it first"),
        JournalError("operations.jsonl: No space left on device"),
    ],
)
async def test_a_refusal_is_shown_with_its_text(error: Exception) -> None:
    services = FakeServices(web(odd=False))
    services.instance_operations.error = error
    async with run_dashboard(services) as screen:
        await screen.press("B", "c", "y")
        reported = " ".join(screen.text.split())
        assert str(error)[1:20] in reported
        assert not screen.is_shown(OperationPanel)


async def test_a_small_terminal_shows_choice_question_and_progress() -> None:
    services = FakeServices(web(odd=False))
    async with run_dashboard(services, size=(80, 24)) as screen:
        await screen.press("B")
        assert "the whole scale set: 100" in screen.text
        await screen.press("r")
        assert "y restart 20" in screen.text
        await screen.press("y")
        assert "0 of 20 restarted" in screen.text

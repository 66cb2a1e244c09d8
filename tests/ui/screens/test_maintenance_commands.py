"""Azure's own upgrades and repairs in the dashboard: reached by `:` and `x`, told, followed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.fake_session import FakeServices
from tests.support.fleets import JAMMY, NEW, NOON, view, web
from tests.support.pilot import DashboardPilot, run_dashboard
from vmss_tui.fleet.azure_maintenance import (
    OsUpgrade,
    RepairsService,
    RepairsState,
    RollingCode,
    RollingUpgrade,
)
from vmss_tui.fleet.scale_set import ProvisioningState
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.operations.maintenance import MaintenanceAction
from vmss_tui.ui.commands.bindings import COMMANDS_BY_ID
from vmss_tui.ui.dialogs.confirm import ConfirmScreen
from vmss_tui.ui.dialogs.text_viewer import TextViewer
from vmss_tui.ui.widgets.rolling_upgrade_panel import RollingUpgradePanel
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.selection import Selection

AT_WORK = RollingUpgrade(
    code=RollingCode.ROLLING_FORWARD,
    raw_code="RollingForward",
    successful=8,
    in_progress=2,
    pending=10,
    failed=0,
    started_at=NOON,
)
KEYLESS = (
    "start-os-upgrade",
    "start-extension-upgrade",
    "cancel-rolling-upgrade",
    "upgrade-history",
    "repairs",
    "suspend-repairs",
    "resume-repairs",
)


def services(rolling: RollingUpgrade | None = None, *, repairs: bool = False) -> FakeServices:
    """A set of a hundred, and how Azure's own rolling upgrade stands on it."""
    seen = web()
    model = replace(seen.scale_set, automatic_repairs=repairs)
    fakes = FakeServices(Snapshot(model, seen.instances, NOON))
    fakes.maintenance.rolling_upgrade = rolling
    return fakes


async def give(screen: DashboardPilot, command: str, *more: str) -> None:
    """Types a command after `:` and takes the first that is found."""
    await screen.press("colon")
    await screen.type_text(command)
    await screen.wait_for_palette()
    await screen.press("enter", *more)


def panel(screen: DashboardPilot) -> str:
    return screen.line("rolling upgrade  ") or screen.line(" Azure  ")


@pytest.mark.parametrize("command_id", KEYLESS)
def test_none_of_them_has_a_key_of_its_own(command_id: str) -> None:
    assert COMMANDS_BY_ID[command_id].keys == ""


async def test_starting_is_asked_with_all_it_means_and_wants_the_name() -> None:
    async with run_dashboard(services(), (120, 40)) as screen:
        await give(screen, "start Azure's OS")
        assert isinstance(screen.app.screen, ConfirmScreen)
        for phrase in ("Start Azure's rolling upgrade of the OS?", "Azure itself replaces OS disks",
                      "it cannot be paused, and it goes on when you leave",
                      "az vmss rolling-upgrade start -g web-rg -n web-vmss", "ops@contoso.example",
                      f"names version {NEW} and not latest"):  # fmt: skip
            assert phrase in " ".join(screen.text.split()), phrase
        await screen.press("enter")
        assert screen.services.maintenance.actions == []
        await give(screen, "start Azure's OS", "y", "tab")
        await screen.type_text("web-vmss")
        screen.services.maintenance.rolling_upgrade = AT_WORK
        await screen.press("enter")
        assert screen.services.maintenance.actions == [MaintenanceAction.START_OS]
        assert screen.is_shown(RollingUpgradePanel)
        assert "8 done, 2 at work" in panel(screen)


async def test_extensions_have_a_command_of_their_own() -> None:
    async with run_dashboard(services()) as screen:
        await give(screen, "Azure's extensions", "tab")
        await screen.type_text("web-vmss")
        await screen.press("enter")
        assert screen.services.maintenance.actions == [MaintenanceAction.START_EXTENSIONS]


async def test_the_action_menu_leads_to_them_too() -> None:
    async with run_dashboard(services(AT_WORK)) as screen:
        await screen.press("x")
        await screen.type_text("cancel azure")
        await screen.wait_for_palette()
        await screen.press("enter")
        assert "Nothing is rolled back" in screen.text
        await screen.press("y")
        assert screen.services.maintenance.actions == [MaintenanceAction.CANCEL]


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60), (40, 10)])
async def test_one_at_work_is_shown_with_its_four_counts_and_its_time(
    size: tuple[int, int],
) -> None:
    async with run_dashboard(services(AT_WORK), size) as screen:
        assert screen.is_shown(RollingUpgradePanel)
        line = screen.line("8 done")
        assert "8 done 2 at work 10 to come 0 failed" in line.replace(",", "")
        if size[0] >= 80:
            assert line.strip().startswith("Azure")
            assert "RollingForward" in line
            assert "12:04:31" in line


async def test_while_azure_rolls_no_run_of_ours_is_begun() -> None:
    async with run_dashboard(services(AT_WORK)) as screen:
        for key in ("U", "R"):
            await screen.press(key)
            assert "Azure's own rolling upgrade is at work (RollingForward: 8 done" in " ".join(
                screen.text.split()
            )
            assert not isinstance(screen.app.screen, ConfirmScreen)
        await give(screen, "start Azure's OS")
        assert not isinstance(screen.app.screen, ConfirmScreen)
        assert screen.services.maintenance.actions == []


async def test_one_that_was_over_before_is_not_shown_and_one_seen_to_end_is() -> None:
    over = replace_code(AT_WORK, RollingCode.COMPLETED)
    async with run_dashboard(services(over)) as screen:
        assert not screen.is_shown(RollingUpgradePanel)
    async with run_dashboard(services(AT_WORK)) as screen:
        screen.services.maintenance.rolling_upgrade = over
        screen.screen.maintenance.read_rolling_upgrade()
        await screen.rest()
        assert "Completed" in panel(screen)
        await screen.press("U")
        assert isinstance(screen.app.screen, ConfirmScreen)


def replace_code(fakes: RollingUpgrade, code: RollingCode, phrase: str = "") -> RollingUpgrade:
    return RollingUpgrade(
        code=code, raw_code=str(code), successful=20, in_progress=0, pending=0, failed=0,
        error_code="MaxUnhealthy" if phrase else "", error_message=phrase,
    )  # fmt: skip


async def test_azures_words_of_a_failure_are_shown_as_text() -> None:
    async with run_dashboard(services(AT_WORK)) as screen:
        faulted = replace_code(AT_WORK, RollingCode.FAULTED, "[/red] 25% are unhealthy \x1b[2J")
        screen.services.maintenance.rolling_upgrade = faulted
        screen.screen.maintenance.read_rolling_upgrade()
        await screen.rest()
        assert "MaxUnhealthy: [/red] 25% are unhealthy ␛[2J" in screen.text


async def test_a_word_that_nobody_knows_is_shown_as_it_is() -> None:
    odd = RollingUpgrade(raw_code="Pondering")
    async with run_dashboard(services(odd)) as screen:
        assert "Pondering" in panel(screen)
        assert "? done, ? at work, ? to come, ? failed" in panel(screen)


async def test_what_cannot_be_read_leaves_the_last_word_with_its_time() -> None:
    async with run_dashboard(services(AT_WORK)) as screen:
        screen.services.maintenance.error = "no route"
        screen.screen.maintenance.read_rolling_upgrade()
        await screen.rest()
        assert "8 done" in panel(screen)
        assert "seen 12:04:31" in panel(screen)


async def test_a_set_that_begins_to_update_is_looked_at_at_once() -> None:
    async with run_dashboard(services()) as screen:
        looked = screen.services.maintenance.read_count
        screen.services.maintenance.rolling_upgrade = AT_WORK
        seen = screen.services.snapshot
        moving = replace(seen.scale_set, provisioning=ProvisioningState.UPDATING)
        for _ in range(3):
            later = seen.taken_at + timedelta(seconds=6)
            await screen.report(view(Snapshot(moving, seen.instances, later)))
        assert screen.services.maintenance.read_count == looked + 1
        assert "RollingForward" in panel(screen)


async def test_while_a_run_of_ours_is_live_its_worker_looks_and_nothing_is_begun() -> None:
    fakes = services(repairs=True)
    plan = fakes.planner.plan(fakes.snapshot, Selection(), fakes.default_policy)
    fakes.run_control.begin("web-vmss-7f3a", plan).add(ev.BatchIntent(
        number=1, instance_ids=("0",), row="UD 0", client_request_id="c"))  # fmt: skip
    async with run_dashboard(fakes) as screen:
        looks = fakes.maintenance.read_count
        screen.screen.maintenance.read_rolling_upgrade()
        await screen.rest()
        assert fakes.maintenance.read_count == looks
        for command in ("start Azure's OS", "cancel Azure's", "suspend repairs"):
            await give(screen, command)
            assert not isinstance(screen.app.screen, ConfirmScreen)
        assert fakes.maintenance.actions == []


async def test_the_history_is_told_newest_first() -> None:
    fakes = services()
    entry = OsUpgrade(
        upgrade=replace_code(AT_WORK, RollingCode.FAULTED, "25% are unhealthy"),
        started_by="Platform",
        target=JAMMY,
        rolled_back=3,
        not_rolled_back=1,
    )
    fakes.maintenance.history = (entry, OsUpgrade(upgrade=RollingUpgrade()))
    async with run_dashboard(fakes) as screen:
        await give(screen, "Azure's OS upgrades")
        assert isinstance(screen.app.screen, TextViewer)
        for phrase in ("by Platform", "0001-com-ubuntu-server-jammy", "20 done, 0 at work",
                      "3, and 1 that could not be", "25% are unhealthy",
                      "an image not told"):  # fmt: skip
            assert phrase in screen.text


async def test_where_azure_remembers_none_that_is_said() -> None:
    async with run_dashboard(services()) as screen:
        await give(screen, "Azure's OS upgrades")
        assert "It keeps the last five, of the last two months" in screen.text


async def test_repairs_are_shown_suspended_and_resumed() -> None:
    fakes = services(repairs=True)
    async with run_dashboard(fakes) as screen:
        await give(screen, "automatic repairs")
        assert "on in the model" in screen.text
        assert "Running" in screen.text
        await screen.press("escape")
        await give(screen, "suspend repairs")
        assert "Suspend automatic repairs?" in screen.text
        await screen.press("y")
        assert fakes.maintenance.actions == [MaintenanceAction.SUSPEND_REPAIRS]
        fakes.maintenance.service = RepairsService(
            state=RepairsState.SUSPENDED, raw_state="Suspended"
        )
        await give(screen, "resume repairs", "y")
        assert fakes.maintenance.actions[-1] is MaintenanceAction.RESUME_REPAIRS


async def test_repairs_that_are_off_say_so() -> None:
    async with run_dashboard(services()) as screen:
        await give(screen, "suspend repairs")
        assert "Automatic repairs are off in the model" in screen.text
        await give(screen, "automatic repairs")
        assert "off in the model" in screen.text


async def test_read_only_refuses_all_that_would_ask_and_shows_the_rest() -> None:
    fakes = services(AT_WORK)
    fakes.permission.read_only = True
    fakes._gateway.read_only = True
    async with run_dashboard(fakes) as screen:
        for command in ("start Azure's OS", "cancel Azure's", "suspend repairs"):
            await give(screen, command)
            assert "only looks (read-only)" in screen.text
        assert fakes.maintenance.actions == []
        assert screen.is_shown(RollingUpgradePanel)
        await give(screen, "Azure's OS upgrades")
        assert isinstance(screen.app.screen, TextViewer)

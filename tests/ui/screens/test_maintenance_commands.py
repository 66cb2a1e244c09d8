"""Azure's own upgrades and repairs in the dashboard: reached by `:` and `x`, shown, followed."""

from dataclasses import replace
from datetime import timedelta

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

ACTIVE = RollingUpgrade(
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


def services_with(rolling: RollingUpgrade | None = None, *, repairs: bool = False) -> FakeServices:
    """A session on 100 instances with this state of Azure's rolling upgrade and of repairs."""
    snapshot = web()
    model = replace(snapshot.scale_set, automatic_repairs=repairs)
    services = FakeServices(Snapshot(model, snapshot.instances, NOON))
    services.maintenance.rolling_upgrade = rolling
    return services


async def run_command(screen: DashboardPilot, command: str, *more: str) -> None:
    """Types a command into the palette, runs the first match and presses more keys."""
    await screen.press("colon")
    await screen.search_palette(command)
    await screen.press("enter", *more)


def ended_upgrade(code: RollingCode, error: str = "") -> RollingUpgrade:
    """A rolling upgrade of all 20 instances that has ended with this code."""
    return RollingUpgrade(
        code=code, raw_code=str(code), successful=20, in_progress=0, pending=0, failed=0,
        error_code="MaxUnhealthy" if error else "", error_message=error,
    )  # fmt: skip


def panel(screen: DashboardPilot) -> str:
    """What the rolling upgrade's panel shows, without commas."""
    (shown,) = screen.app.screen.query(RollingUpgradePanel)
    lines, area = screen.text.split("\n"), shown.region
    rows = lines[area.y : area.bottom]
    return "\n".join(row[area.x : area.right].strip() for row in rows).replace(",", "")


def test_none_of_them_has_a_key_of_its_own() -> None:
    assert {command_id: COMMANDS_BY_ID[command_id].keys for command_id in KEYLESS} == dict.fromkeys(
        KEYLESS, ""
    )


async def test_starting_an_os_upgrade_shows_its_consequences_and_needs_the_typed_name() -> None:
    async with run_dashboard(services_with(), (120, 40)) as screen:
        await run_command(screen, "start Azure's OS")
        assert isinstance(screen.app.screen, ConfirmScreen)
        for phrase in ("Start Azure's rolling upgrade of the OS?", "Azure replaces OS disks",
                      "it cannot be paused, and it continues when you leave",
                      "az vmss rolling-upgrade start -g web-rg -n web-vmss", "ops@contoso.example",
                      f"names version {NEW} and not latest"):  # fmt: skip
            assert phrase in " ".join(screen.text.split()), phrase
        await screen.press("enter")
        assert screen.services.maintenance.actions == []
        await run_command(screen, "start Azure's OS", "y", "tab")
        await screen.type_text("web-vmss")
        screen.services.maintenance.rolling_upgrade = ACTIVE
        await screen.press("enter")
        assert screen.services.maintenance.actions == [MaintenanceAction.START_OS]
        assert screen.is_shown(RollingUpgradePanel)
        assert "8 successful 2 in progress" in panel(screen)


async def test_extensions_an_empty_history_and_repairs_that_are_off() -> None:
    async with run_dashboard(services_with()) as screen:
        await run_command(screen, "Azure's OS upgrades")
        assert "It keeps the last five, of the last two months" in screen.text
        await screen.press("escape")
        await run_command(screen, "suspend repairs")
        assert "Automatic repairs are off in the model" in screen.text
        screen.clear_toasts()
        await run_command(screen, "automatic repairs")
        assert "off in the model" in screen.text
        await screen.press("escape")
        await run_command(screen, "Azure's extensions", "tab")
        await screen.type_text("web-vmss")
        await screen.press("enter")
        assert screen.services.maintenance.actions == [MaintenanceAction.START_EXTENSIONS]


async def test_an_active_rolling_upgrade_is_shown_allows_no_run_and_can_be_cancelled() -> None:
    async with run_dashboard(services_with(ACTIVE), (200, 60)) as screen:
        for width, height in ((200, 60), (40, 10), (80, 24), (120, 36)):
            await screen.resize(width, height)
            assert screen.is_shown(RollingUpgradePanel), width
            assert "RollingForward" in panel(screen), width
            if width >= 80:
                assert "8 successful 2 in progress 10 pending 0 failed" in panel(screen), width
                assert panel(screen).startswith("Azure"), width
                assert "12:04:31" in panel(screen), width
                assert "Azure rolling upgrade in progress" in screen.text, width
                assert "No run" not in screen.text, width
            else:
                assert "✓ 8  ◐ 2  · 10  ✖ 0" in panel(screen)
        for key in ("U", "R"):
            await screen.press(key)
            assert (
                "Azure's own rolling upgrade is in progress (RollingForward: 8 successful"
                in " ".join(screen.text.split())
            ), key
            assert not isinstance(screen.app.screen, ConfirmScreen), key
            screen.clear_toasts()
        await run_command(screen, "start Azure's OS")
        assert not isinstance(screen.app.screen, ConfirmScreen)
        assert screen.services.maintenance.actions == []
        screen.clear_toasts()
        await screen.press("x")
        await screen.search_palette("cancel azure")
        await screen.press("enter")
        assert "Nothing is rolled back" in screen.text
        await screen.press("y")
        assert screen.services.maintenance.actions == [MaintenanceAction.CANCEL]


async def test_an_ended_rolling_upgrade_is_shown_only_where_its_end_was_observed() -> None:
    ended = ended_upgrade(RollingCode.COMPLETED)
    async with run_dashboard(services_with(ended)) as screen:
        assert not screen.is_shown(RollingUpgradePanel)
    async with run_dashboard(services_with(ACTIVE)) as screen:
        screen.services.maintenance.error = "no route"
        screen.screen.maintenance.read_rolling_upgrade()
        await screen.rest()
        assert "8 successful" in panel(screen), "after an error the last reading stays"
        assert "12:04:31" in panel(screen)
        screen.services.maintenance.error = ""
        faulted = ended_upgrade(RollingCode.FAULTED, "[/red] 25% are unhealthy \x1b[2J")
        for upgrade, text in (
            (faulted, "MaxUnhealthy: [/red] 25% are unhealthy ␛[2J"),
            (ACTIVE, "8 successful"),
            (ended, "Completed"),
        ):
            screen.services.maintenance.rolling_upgrade = upgrade
            screen.screen.maintenance.read_rolling_upgrade()
            await screen.rest()
            assert text in (screen.text if upgrade is faulted else panel(screen)), text
        await screen.press("U")
        assert isinstance(screen.app.screen, ConfirmScreen)


async def test_an_unknown_code_is_shown_as_it_is() -> None:
    unknown = RollingUpgrade(raw_code="Pondering")
    async with run_dashboard(services_with(unknown)) as screen:
        assert "Pondering" in panel(screen)
        assert "? successful ? in progress ? pending ? failed" in panel(screen)


async def test_a_set_that_begins_to_update_is_read_at_once() -> None:
    async with run_dashboard(services_with()) as screen:
        read_count = screen.services.maintenance.read_count
        screen.services.maintenance.rolling_upgrade = ACTIVE
        snapshot = screen.services.snapshot
        moving = replace(snapshot.scale_set, provisioning=ProvisioningState.UPDATING)
        for _ in range(3):
            later = snapshot.taken_at + timedelta(seconds=6)
            await screen.report(view(Snapshot(moving, snapshot.instances, later)))
        assert screen.services.maintenance.read_count == read_count + 1
        assert "RollingForward" in panel(screen)


async def test_while_a_run_is_live_only_its_worker_reads_and_nothing_is_started() -> None:
    services = services_with(repairs=True)
    plan = services.planner.plan(services.snapshot, Selection(), services.default_policy)
    services.run_control.begin("web-vmss-7f3a", plan).add(ev.BatchIntent(
        number=1, instance_ids=("0",), row="UD 0", client_request_id="c"))  # fmt: skip
    async with run_dashboard(services) as screen:
        read_count = services.maintenance.read_count
        screen.screen.maintenance.read_rolling_upgrade()
        await screen.rest()
        assert services.maintenance.read_count == read_count
        for command in ("start Azure's OS", "cancel Azure's", "suspend repairs"):
            await run_command(screen, command)
            assert not isinstance(screen.app.screen, ConfirmScreen)
        assert services.maintenance.actions == []


async def test_the_upgrade_history_is_shown_newest_first() -> None:
    services = services_with()
    entry = OsUpgrade(
        upgrade=ended_upgrade(RollingCode.FAULTED, "25% are unhealthy"),
        started_by="Platform",
        target=JAMMY,
        rolled_back=3,
        not_rolled_back=1,
    )
    services.maintenance.history = (entry, OsUpgrade(upgrade=RollingUpgrade()))
    async with run_dashboard(services) as screen:
        await run_command(screen, "Azure's OS upgrades")
        assert isinstance(screen.app.screen, TextViewer)
        for phrase in ("by Platform", "0001-com-ubuntu-server-jammy",
                      "20 successful, 0 in progress",
                      "3 instances, 1 failed to roll back", "25% are unhealthy",
                      "image not reported"):  # fmt: skip
            assert phrase in screen.text


async def test_repairs_are_shown_suspended_and_resumed() -> None:
    services = services_with(repairs=True)
    async with run_dashboard(services) as screen:
        await run_command(screen, "automatic repairs")
        assert "on in the model" in screen.text
        assert "Running" in screen.text
        await screen.press("escape")
        await run_command(screen, "suspend repairs")
        assert "Suspend automatic repairs?" in screen.text
        await screen.press("y")
        assert services.maintenance.actions == [MaintenanceAction.SUSPEND_REPAIRS]
        services.maintenance.service = RepairsService(
            state=RepairsState.SUSPENDED, raw_state="Suspended"
        )
        await run_command(screen, "resume repairs", "y")
        assert services.maintenance.actions[-1] is MaintenanceAction.RESUME_REPAIRS


async def test_read_only_refuses_writes_and_allows_readings() -> None:
    services = services_with(ACTIVE)
    services.permission.read_only = True
    services._gateway.read_only = True
    async with run_dashboard(services) as screen:
        for command in ("start Azure's OS", "cancel Azure's", "suspend repairs"):
            await run_command(screen, command)
            assert "This session is read-only" in screen.text
        assert services.maintenance.actions == []
        assert screen.is_shown(RollingUpgradePanel)
        await run_command(screen, "Azure's OS upgrades")
        assert isinstance(screen.app.screen, TextViewer)

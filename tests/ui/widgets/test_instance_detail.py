"""The detail pane and the summary of an instance in one line."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from msgspec import structs

from tests.support.fake_session import FakeServices
from tests.support.fleets import NOON, OLD, instance, scale_set, set_at_latest, web
from tests.support.pilot import run_dashboard
from tests.support.session_scenes import halted_services, run_services
from vmss_tui.fleet.scale_set import ComponentStatus, ProvisioningState, Status
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.widgets.instance_detail import instance_summary
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.report.sentences import describe_member


async def test_long_facts_go_on_below_their_words_and_a_time_is_never_torn() -> None:
    snapshot = web(odd=False)
    first = snapshot.instances[0]
    disk = ComponentStatus(
        "web-vmss_web-vmss_0_OsDisk_1_d7dc710", "1", (Status("x/Succeeded", at=NOON),)
    )
    odd = structs.replace(
        first, os_name="Microsoft Windows Server 2022 Datacenter Azure Edition", disks=(disk,)
    )
    services = FakeServices(replace(snapshot, instances=(odd, *snapshot.instances[1:])))
    async with run_dashboard(services, size=(120, 50)) as screen:
        lines = [line.rstrip("│ ").rpartition("│ ")[2] for line in screen.text.split("\n")]
    place = next(number for number, line in enumerate(lines) if line.startswith("OS "))
    assert lines[place + 1].startswith(" " * 14), lines[place + 1]
    assert "22.04" in lines[place + 1] + lines[place + 2]
    assert any(line.startswith("Disk          ✓ web-vmss_web-vmss_0_") for line in lines)


async def test_the_verdict_on_an_instance_stays_when_its_run_has_ended() -> None:
    services = halted_services()
    run = services.run_control.followers["web-vmss-7f3a"]
    async with run_dashboard(services, size=(160, 50)) as screen:
        screen.board.set_cursor("20")
        for ending in (None, ev.Aborted(by="ops")):
            if ending is not None:
                run.add(ending)
            await screen.rest()
            screen.screen.context.redraw()
            await screen.rest()
            lines = [line.rstrip("│ ").rpartition("│ ")[2] for line in screen.text.split("\n")]
            badge = next(number for number, line in enumerate(lines) if "OUTDATED" in line)
            assert lines[badge + 1] == "Run failed: OSProvisioningTimedOut"
            assert lines[badge + 2].startswith("Image")


def test_an_instance_that_an_aborted_run_never_reached_is_not_said_to_wait() -> None:
    services = run_services()
    run = services.run_control.followers["web-vmss-7f3a"]
    waiting = next(i for i in reversed(run.folder.manifest.plan.instance_ids))
    run.read_new()
    assert describe_member(run.run, waiting, run.run_time()) == "waiting"
    run.add(ev.Aborted(by="ops"))
    run.read_new()
    assert describe_member(run.run, waiting, run.run_time()) == "not upgraded: the run was aborted"


def test_the_detail_says_that_what_is_current_is_behind() -> None:
    snapshot, appearance = set_at_latest(), Appearance(zone=UTC)
    current, behind = snapshot.instances[:2]
    assert (
        "latest model, but an older image"
        in instance_summary(behind, snapshot.scale_set, appearance, "9.10").plain
    )
    assert (
        "9.9 → 9.10 (latest)"
        in instance_summary(behind, snapshot.scale_set, appearance, "9.10").plain
    )
    assert "older" not in instance_summary(current, snapshot.scale_set, appearance, "9.10").plain


@pytest.mark.parametrize("number", [7, 42, 999])
@pytest.mark.parametrize("provisioning", ["Succeeded", "Updating"])
def test_one_line_of_80_columns_says_where_an_instance_stands_and_hides_no_cut(
    number: int, provisioning: str
) -> None:
    instance_at = instance(number, current=False, domain=2, fault=2)
    outdated = structs.replace(instance_at, provisioning=ProvisioningState(provisioning))
    line = instance_summary(outdated, scale_set(), Appearance(zone=UTC), width=80).plain
    assert len(line) <= 80
    assert line.endswith(f"UD {outdated.update_domain} · FD {outdated.fault_domain}")
    assert OLD in line
    narrow = instance_summary(outdated, scale_set(), Appearance(zone=UTC), width=30).plain
    assert (len(narrow), narrow[-1]) == (30, "…")


async def test_maintenance_that_azure_plans_for_an_instance_is_in_its_detail() -> None:
    snapshot = web(odd=False)
    first = snapshot.instances[0]
    planned = structs.replace(first, maintenance_window=(NOON, NOON + timedelta(hours=4)))
    services = FakeServices(replace(snapshot, instances=(planned, *snapshot.instances[1:])))
    async with run_dashboard(services, size=(120, 50)) as screen:
        assert "planned by Azure from 14 Nov" in screen.line("Maintenance")

"""Campaigns over the forty scale sets of the scenario `fleet`, with real worker processes."""

import asyncio
import subprocess
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from textual.widgets import Input

from tests.support.local_world import serve_world
from tests.support.manual_fleet import FLEET_STRATEGY, SELECTED, use_manual_fleet
from tests.support.paths import ROOT
from tests.support.pilot import run_dashboard
from tests.support.processes import Machine, events, wait_until
from tests.support.user_home import set_user_home
from tests.support.worker_forks import ADDRESS_VARIABLE, fork_server, forking_subprocess
from vmss_tui import demo
from vmss_tui.campaign.state import CampaignPhase
from vmss_tui.config import Settings
from vmss_tui.runtime.campaigns.campaign_folder import CampaignFolder
from vmss_tui.runtime.campaigns.campaign_store import CampaignStore
from vmss_tui.runtime.runs import worker
from vmss_tui.target import DemoWorld, Target
from vmss_tui.ui.campaigns.campaign_screen import CampaignScreen
from vmss_tui.wiring import open_connection

SPEED = 480.0
LONGEST = 300.0


def check_ledger(folder: CampaignFolder, ledger: dict[str, Any], names: tuple[str, ...]) -> None:
    """The campaign is complete, and has upgraded each instance of these scale sets once, and
    nothing else; nothing was throttled."""
    campaign, damage = folder.read_campaign()
    plan = folder.manifest.plan
    assert (campaign.phase, damage) == (CampaignPhase.COMPLETED, "")
    assert sorted(member.scale_set.name for member in plan.members) == sorted(names)
    assert Counter(
        (effect["scale_set"], effect["instance_id"])
        for effect in ledger["effects"]
        if effect["kind"] == "upgrade"
    ) == Counter(
        (member.scale_set.short, i) for member in plan.members for i in member.plan.instance_ids
    )
    assert plan.instance_count == 60
    writes = [r["path"] for r in ledger["requests"] if r["method"] not in ("GET", "HEAD")]
    assert not [path for path in writes if "vault" in path]
    assert 429 not in {request["status"] for request in ledger["requests"]}


def test_a_strategy_file_upgrades_forty_scale_sets_in_three_stages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What its processes use without forks is measured by `tests.benchmarks campaign`."""
    names = use_manual_fleet(monkeypatch)
    world = demo.DemoWorld("fleet")
    machine = Machine(tmp_path, speed=SPEED, world=world, module="tests.support.forking_program")
    strategy = tmp_path / "fleet.yaml"
    strategy.write_text(FLEET_STRATEGY)
    with serve_world(machine.state, world, speed=SPEED), fork_server(tmp_path) as address:
        process = subprocess.run(
            machine.command("campaign", "start", f"{strategy}", "--yes", "--json"),
            cwd=ROOT,
            env=machine.environment | {ADDRESS_VARIABLE: address},
            capture_output=True,
            timeout=LONGEST,
            text=True,
            check=False,
        )
        assert process.returncode == 0, process.stderr
        (folder,) = CampaignStore(machine.state).all()
        ledger = machine.control("ledger")
    assert len(events(process.stdout)) == folder.read_campaign()[0].seq
    assert [len(stage.members) for stage in folder.manifest.plan.stages] == [10, 10, 20]
    check_ledger(folder, ledger, names)


async def test_the_selection_of_the_list_upgrades_forty_scale_sets_by_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = use_manual_fleet(monkeypatch)
    state, world = set_user_home(tmp_path, monkeypatch), DemoWorld("fleet", speed=SPEED)
    with serve_world(state, world, speed=SPEED) as simulator, fork_server(tmp_path) as address:
        monkeypatch.setattr(worker, "subprocess", forking_subprocess(address))
        services = open_connection(Settings(), Target(demo_world=world)).services
        try:
            async with run_dashboard(
                cast(Any, services), list_first=True, now=lambda: datetime.now(UTC)
            ) as screen:
                await screen.wait_until(lambda: "43 scale sets" in screen.text)
                await screen.press("slash")
                await screen.paste(SELECTED)
                await screen.press("enter", "a", "U")
                assert "Campaign: upgrade 40 selected scale sets" in screen.text
                form = screen.app.screen
                form.query_one("#concurrency", Input).value = "5"
                form.query_one("#name", Input).value = "fleet"
                await screen.wait_until(lambda: "40 scale sets, 60 instances" in screen.text)
                await screen.press("enter")
                assert "Start campaign fleet: upgrade 40 scale sets?" in screen.text
                await screen.press("tab", *"fleet", "enter")
                await screen.wait_until(lambda: isinstance(screen.app.screen, CampaignScreen))
                (folder,) = CampaignStore(state).all()
                await asyncio.to_thread(
                    wait_until, lambda: not folder.is_live, "the end of the campaign", LONGEST
                )
                await screen.wait_until(lambda: "Completed" in screen.text)
                assert "40 of 40 done" in screen.text
        finally:
            services.close()
        ledger = simulator.world.ledger
        check_ledger(folder, {"effects": ledger.effects, "requests": ledger.requests}, names)

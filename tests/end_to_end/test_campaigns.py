"""A campaign over the scenario `fleet` with real processes, which are killed at bad moments."""

import os
import signal
import sys
from collections import Counter
from pathlib import Path

from tests.support.local_world import serve_world
from tests.support.processes import TIMEOUT, Machine, events, wait_until
from tests.support.program_forks import Fork
from vmss_tui import demo
from vmss_tui.campaign.state import CampaignPhase
from vmss_tui.runtime.campaigns.campaign_folder import CampaignFolder
from vmss_tui.runtime.campaigns.campaign_store import CampaignStore
from vmss_tui.runtime.storage.run_store import FolderStore

STRATEGY = """\
campaign: fleet
select: {where: "*"}
policy: {max_batch: 100%, max_unhealthy: 100%, min_healthy_time: 0s}
stages:
  - {name: canary, where: "tag:team=cache", bake: 10m}
  - {name: pilot, where: "tag:team=queue", concurrency: 2}
  - {name: rest, where: "*", concurrency: 5}
"""
KILLS = (
    "StageOpened",
    "MemberRequested",
    "RequestAccepted",
    "MemberChanged",
    "StageFinished",
    "StagePassed",
)
"""A worker of the campaign is killed as it has recorded the next event of each kind."""


def test_a_campaign_whose_workers_are_killed_upgrades_each_instance_once_and_nothing_else(
    tmp_path: Path,
) -> None:
    world = demo.DemoWorld("fleet")
    machine = Machine(tmp_path, speed=480.0, world=world)
    strategy = tmp_path / "fleet.yaml"
    strategy.write_text(STRATEGY)
    with serve_world(machine.state, world, speed=480.0):
        started = machine.run("campaign", "start", f"{strategy}", "--yes", "--detach", "--json")
        assert started.returncode == 0, started.stderr
        (name,) = (line["campaign"] for line in events(started.stdout))
        folder = CampaignStore(machine.state).find(name)
        kill_worker(folder)
        for kind in KILLS:
            assert run_campaign_worker(machine, name, "killed", "after", kind) == -signal.SIGKILL
        process = start_campaign_worker(machine, name)
        kill_a_member_worker(machine)
        assert process.wait(TIMEOUT) == 0
        attached = machine.run("campaign", "attach", name, "--json")
        assert attached.returncode == 0, attached.stderr
        campaign, damage = folder.read_campaign()
        assert (campaign.phase, damage) == (CampaignPhase.COMPLETED, "")
        assert len(events(attached.stdout)) == campaign.seq
        assert campaign.workers == len(KILLS) + 2
        ledger = machine.control("ledger")
    plan = folder.manifest.plan
    assert plan.member_count == len(FolderStore(machine.state).all()) == 9
    assert Counter(
        (effect["scale_set"], effect["instance_id"])
        for effect in ledger["effects"]
        if effect["kind"] == "upgrade"
    ) == Counter(
        (member.scale_set.short, i) for member in plan.members for i in member.plan.instance_ids
    )
    assert 429 not in {request["status"] for request in ledger["requests"]}


def start_campaign_worker(machine: Machine, name: str, *incident: str) -> Fork:
    """A worker of the campaign, with an incident of `crash_process` or without."""
    module = ["tests.support.crash_process", *incident, "--"] if incident else ["vmss_tui"]
    return Fork([sys.executable, "-m", *module, "campaign-worker", name], machine.environment)


def run_campaign_worker(machine: Machine, name: str, *incident: str) -> int:
    """The exit code of a worker of the campaign, negative for a signal."""
    return start_campaign_worker(machine, name, *incident).wait(TIMEOUT)


def kill_worker(folder: CampaignFolder) -> None:
    """Kills the worker of the campaign, and waits for its end."""
    owner = folder.lock_owner()
    assert owner is not None
    os.kill(owner.pid, signal.SIGKILL)
    wait_until(lambda: not folder.is_live, "the end of the campaign's worker")


def kill_a_member_worker(machine: Machine) -> None:
    """Kills the worker of a live run, as soon as there is one."""
    store = FolderStore(machine.state)

    def find_pid() -> int | None:
        owners = [folder.lock_owner() for folder in store.all() if not folder.read_run()[0].ended]
        return next((owner.pid for owner in owners if owner is not None), None)

    pid = wait_until(find_pid, "a live run")
    assert pid is not None
    os.kill(pid, signal.SIGKILL)

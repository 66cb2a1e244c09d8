"""A campaign whose processes are killed with SIGKILL at every record of its journal."""

import json
import signal
import sys
from collections import Counter
from itertools import cycle
from pathlib import Path

import pytest

from tests.support.local_world import serve_world
from tests.support.manual_fleet import SELECTED, use_manual_fleet
from tests.support.processes import Machine, events
from tests.support.worker_forks import INCIDENTS_VARIABLE, fork_server, run_forked
from vmss_tui import demo
from vmss_tui.campaign import events as ce
from vmss_tui.campaign.state import CampaignPhase
from vmss_tui.runtime.campaigns.campaign_store import CampaignStore
from vmss_tui.runtime.storage.run_store import FolderStore
from vmss_tui.upgrade import events as ev

SETS = ("web-prod", "api-prod", "batch-prod", "search-prod", "cache-prod", "queue-prod")
STRATEGY = f"""\
campaign: kills
select: {{where: "{SELECTED}"}}
change: {{image_version: "22.04.202512010"}}
policy: {{max_batch: 100%, max_unhealthy: 100%, min_healthy_time: 0s}}
stages:
  - {{name: canary, where: "name:web-prod", bake: 2m}}
  - {{name: pilot, where: "name:api-*,batch-*", concurrency: 2}}
  - {{name: rest, where: "*", concurrency: 5}}
"""
MEMBER_INCIDENTS = {
    "web-prod": ("after", "ModelIntent"),
    "api-prod": ("before", "ModelAccepted"),
    "batch-prod": ("after", "BatchIntent"),
    "search-prod": ("before", "BatchAccepted"),
    "cache-prod": ("torn", "BatchSettled"),
}
"""Where the first worker of a member's run is killed."""
VIEWER_DEATHS = (5, 20)
"""Deaths of the campaign's worker after which a viewer dies, too."""
MOST_DEATHS = 150


def test_a_campaign_killed_at_every_record_has_the_same_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its worker records that it has begun and one event more. It dies when that is durable and
    nothing else has happened, or right before it is written: then the request before it was carried
    out, and its outcome is not recorded."""
    use_manual_fleet(monkeypatch, SETS)
    machine = Machine(tmp_path, speed=480.0, world=demo.DemoWorld("fleet"))
    (tmp_path / "incidents").mkdir()
    for name, place in {"kills": ("after", "1"), **MEMBER_INCIDENTS}.items():
        (tmp_path / "incidents" / f"{name}.json").write_text(json.dumps(["killed", *place]))
    strategy = tmp_path / "kills.yaml"
    strategy.write_text(STRATEGY)
    environment = machine.environment | {INCIDENTS_VARIABLE: f"{tmp_path / 'incidents'}"}
    options = ["--demo", "--scenario", "fleet", "--speed", "480"]
    deaths: Counter[str] = Counter()
    with serve_world(machine.state, machine.world, speed=480.0), fork_server(tmp_path) as address:

        def run(*arguments: str, incident: tuple[str, ...] = ()) -> tuple[int, str, str]:
            return run_forked(address, arguments, environment, incident)

        code, out, errors = run(
            *options, "campaign", "start", f"{strategy}", "--yes", "--detach", "--json"
        )
        assert code == 0, errors
        (name,) = (line["campaign"] for line in events(out))
        folder = CampaignStore(machine.state).find(name)
        carried_out = ""
        for moment in cycle(("after", "before")):
            last = folder.follow_journal().read_new()[-1]
            place = (moment, f"{last.seq + 2}")
            if isinstance(last.body, ce.RequestAbsent) and last.body.id != carried_out:
                place = ("before", "RequestAccepted")  # else no request is ever carried out
            code, _, errors = run("campaign-worker", name, incident=("killed", *place))
            if code != -signal.SIGKILL:
                assert code == 0, errors
                break
            deaths[place[0]] += 1
            *_, newest = records = folder.follow_journal().read_new()[last.seq :]
            if place[1] == "RequestAccepted":
                assert isinstance(newest.body, ce.MemberRequested)
                carried_out = newest.body.id
            else:
                assert len(records) == (1 if moment == "before" else 2)
            if sum(deaths.values()) in VIEWER_DEATHS:
                viewer = run("campaign", "attach", name, "--json", incident=("viewed",))
                assert viewer[0] == -signal.SIGKILL
            assert sum(deaths.values()) < MOST_DEATHS
        code, out, errors = run(*options, "campaign", "attach", name, "--json")
        assert code == 0, errors
        ledger = machine.control("ledger")
    campaign, damage = folder.read_campaign()
    assert (campaign.phase, damage) == (CampaignPhase.COMPLETED, "")
    assert len(events(out)) == campaign.seq
    plan = folder.manifest.plan
    assert sorted(member.scale_set.name for member in plan.members) == sorted(SETS)
    effects = Counter(
        (effect["kind"], effect["scale_set"], effect["instance_id"] or "")
        for effect in ledger["effects"]
        if effect["kind"] in ("upgrade", "model")
    )
    assert effects == Counter(
        [("upgrade", m.scale_set.short, i) for m in plan.members for i in m.plan.instance_ids]
        + [("model", m.scale_set.short, "") for m in plan.members]
    )
    runs = FolderStore(machine.state).all()
    assert len(runs) == len(SETS)
    workers = Counter(
        run.manifest.plan.name
        for run in runs
        for record in run.read_journal().records
        if isinstance(record.body, ev.WorkerStarted)
    )
    assert workers == Counter(SETS) + Counter(MEMBER_INCIDENTS.keys())
    with capsys.disabled():
        sys.stderr.write(f"\nthe campaign's worker died {dict(deaths)} of its records\n")

"""A campaign's worker: its runs are started once, whatever interrupts it."""

import os
import shutil
from collections import Counter
from itertools import count
from pathlib import Path

import pytest

from tests.support.campaign_session import (
    CampaignSession,
    abort_run,
    campaign_plan,
    complete_run,
    halt_run,
    handled,
    killed_at,
    stage,
)
from tests.support.in_process_crash import WorkerKilled
from tests.support.run_folders import AZURE, COMPLETED, NOW, append_events
from vmss_tui.campaign import events as ce
from vmss_tui.campaign.state import Campaign, CampaignPhase
from vmss_tui.runtime.campaigns import campaign_store
from vmss_tui.runtime.campaigns.campaign_folder import CampaignFolder
from vmss_tui.runtime.campaigns.campaign_store import CampaignNotFound
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.verdict import Verdict
from vmss_tui.upgrade.run.run import Phase

STAGES = (
    stage("canary", "canary-vmss", bake=600.0),
    stage("rest", "web-vmss", "api-vmss", concurrency=2, max_failed_members=1),
)


@pytest.mark.parametrize("before_the_write", [True, False])
def test_a_worker_that_dies_at_any_record_is_resumed_and_starts_each_run_once(
    tmp_path: Path, before_the_write: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _handle: None)  # this process lives on: it costs time
    for seq in count(3):  # the plan and the first worker's start are recorded by the start
        session = CampaignSession(tmp_path / f"{seq}")
        name = session.control.start(campaign_plan(*STAGES))
        with killed_at(seq, before_the_write=before_the_write):
            try:
                assert session.work(name).phase is CampaignPhase.COMPLETED
                break
            except WorkerKilled:
                pass
        campaign = session.work(name)
        assert campaign.phase is CampaignPhase.COMPLETED, seq
        assert campaign.count([ce.MemberState.UPGRADED]) == 3
        runs = {member.run for member in campaign.members.values()}
        assert Counter(session.launched) == Counter(runs), f"killed at record {seq}"
        assert len(session.services.store.all()) == 3
    assert seq > 15


def test_of_two_starts_of_one_name_at_one_moment_the_second_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = CampaignSession(tmp_path), CampaignSession(tmp_path)
    plan = campaign_plan(*STAGES)
    name = first.control.start(plan)
    monkeypatch.setattr(campaign_store, "new_name", lambda *_: name)
    with pytest.raises(RunRefused, match="another start of campaign ubuntu is in progress"):
        second.control.start(campaign_plan(stage("other", "other-vmss")))
    monkeypatch.undo()
    assert second.launched_campaigns == []
    assert first.control.find(name).manifest.plan == plan
    monkeypatch.setattr(CampaignFolder, "take_lock", lambda *_: False)
    with pytest.raises(RunRefused):
        second.control.start(plan)
    assert [row.name for row in first.control.summaries()] == [name]
    assert len(list((tmp_path / "campaigns").iterdir())) == 1


def test_failed_members_over_the_limit_halt_the_campaign_until_they_are_retried(
    tmp_path: Path,
) -> None:
    session = CampaignSession(tmp_path)
    session.carry_out = halt_run
    name = session.control.start(campaign_plan(*STAGES))
    campaign = session.work(name)
    assert (campaign.phase, campaign.reason) == (CampaignPhase.HALTED, "failure")
    assert [run.rpartition("-")[0] for run in session.launched] == ["canary-vmss"]

    session.carry_out = complete_run
    session.send(name, ce.CampaignIntentKind.RETRY)
    assert session.work(name).phase is CampaignPhase.COMPLETED
    launches = Counter(session.launched)
    assert sorted(launches.values()) == [1, 1, 2], "the halted run goes on: it is no second one"
    assert len(session.services.store.all()) == 3
    for kind in (ce.CampaignIntentKind.RETRY, ce.CampaignIntentKind.PAUSE):
        with pytest.raises(RunRefused, match=f"{name} cannot {kind}: "):
            session.send(name, kind)


def test_a_stage_waits_for_its_approval_and_a_skipped_member_never_starts(
    tmp_path: Path,
) -> None:
    session = CampaignSession(tmp_path)
    rest = stage("rest", "web-vmss", "api-vmss", approve=True)
    name = session.control.start(campaign_plan(stage("canary", "canary-vmss"), rest))
    with pytest.raises(RunRefused, match="no stage waits for approval"):
        session.send(name, ce.CampaignIntentKind.APPROVE)
    campaign = session.work(name, until=lambda campaign: campaign.waits_for_approval)
    assert campaign.status_label == "Waiting for approval"
    assert len(session.launched) == 1
    session.send(name, ce.CampaignIntentKind.SKIP, "web-vmss")
    session.send(name, ce.CampaignIntentKind.APPROVE)
    campaign = session.work(name)
    assert campaign.phase is CampaignPhase.COMPLETED
    assert [run.rpartition("-")[0] for run in session.launched] == ["canary-vmss", "api-vmss"]
    (summary,) = session.control.summaries()
    assert (summary.name, summary.is_live, summary.damage) == (name, False, "")


def test_an_abort_reaches_live_runs_and_nothing_starts_after_it(tmp_path: Path) -> None:
    session = CampaignSession(tmp_path)
    session.carry_out = abort_run
    name = session.control.start(campaign_plan(stage("all", "web-vmss", "api-vmss")))
    session.work(name, until=lambda campaign: bool(campaign.live and session.launched))
    session.send(name, ce.CampaignIntentKind.ABORT)
    campaign = session.work(name)
    assert campaign.phase is CampaignPhase.ABORTED
    assert {run.rpartition("-")[0] for run in session.launched} == {"web-vmss"}
    (run,) = session.services.store.all()
    (intent,) = run.read_intents()
    assert intent.kind is ev.IntentKind.ABORT
    assert intent.by.endswith(f", campaign {name}")
    follower = session.control.follow(name)
    follower.read_new()
    assert [view.phase for view in follower.views().values()] == [Phase.CANCELLED]


def test_what_a_session_may_not_start_leaves_no_campaign(tmp_path: Path) -> None:
    plan = campaign_plan(*STAGES)
    reader = CampaignSession(tmp_path / "reader", read_only=True)
    with pytest.raises(RunRefused, match="this session is read-only"):
        reader.control.start(plan)
    session = CampaignSession(tmp_path)
    with pytest.raises(RunRefused, match="no members"):
        session.control.start(campaign_plan())
    run = session.services.store.create_locked(plan.stages[0].members[0].plan, AZURE, NOW)
    assert run is not None
    with pytest.raises(RunRefused, match="a run is live"):
        session.control.start(plan)
    assert list(session.control.summaries()) == []
    with pytest.raises(CampaignNotFound, match="there is no campaign 'ubuntu'"):
        session.control.find("ubuntu")


@pytest.mark.parametrize(
    ("program", "phase", "reason"),
    [
        ("true", CampaignPhase.COMPLETED, ""),
        ("false", CampaignPhase.HALTED, "verdict"),
        ("missing", CampaignPhase.PAUSED, "inconclusive"),
    ],
)
def test_the_verdict_of_a_stage_is_sampled_by_the_campaigns_worker(
    tmp_path: Path, program: str, phase: CampaignPhase, reason: str
) -> None:
    session = CampaignSession(tmp_path)
    command = (shutil.which(program) or f"/{program}", "--token", "hunter2")
    plan = campaign_plan(*STAGES, verdict=Verdict(command=command))
    name = session.control.start(plan)
    campaign = session.work(name, until=lambda campaign: campaign.phase is CampaignPhase.PAUSED)
    assert (campaign.phase, campaign.reason) == (phase, reason)
    assert len(session.launched) == (3 if phase is CampaignPhase.COMPLETED else 1)
    assert campaign.samples_taken >= 1
    (journal,) = tmp_path.rglob("campaigns/*/journal.jsonl")
    assert "hunter2" not in journal.read_text()


def test_a_lost_sign_in_halts_the_campaign_and_what_was_read_before_the_resume_does_not(
    tmp_path: Path,
) -> None:
    session = CampaignSession(tmp_path)
    session.carry_out = session.lose_sign_in
    name = session.control.start(campaign_plan(stage("all", "web-vmss", "api-vmss")))
    campaign = session.work(name, until=lambda campaign: campaign.phase is CampaignPhase.HALTED)
    assert (campaign.phase, campaign.reason) == (CampaignPhase.HALTED, "not signed in")
    assert campaign.message == "web-vmss: no sign-in to Azure"
    assert campaign.safe_next == "sign in as before, then resume"
    (run,) = session.services.store.all()
    (pause,) = run.read_intents()
    append_events(run, ev.Paused(reason="asked", message="", by=pause.by), *handled(run))

    session.carry_out = complete_run
    session.clock.t += 5.0
    session.control.resume(name)
    session.work(name, until=lambda _: len(run.read_intents()) == 2)
    append_events(run, ev.Resumed(by=pause.by), *handled(run)[1:])
    phases: list[CampaignPhase] = []

    def look_thrice(campaign: Campaign) -> bool:
        phases.append(campaign.phase)
        return len(phases) > 2

    session.work(name, until=look_thrice)
    assert set(phases) == {CampaignPhase.UPGRADING}
    append_events(run, COMPLETED)
    for descriptor in session.descriptors:
        os.close(descriptor)
    assert session.work(name).phase is CampaignPhase.COMPLETED
    assert len(session.launched) == 2

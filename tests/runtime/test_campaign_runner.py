"""A campaign's worker: its runs are started once, whatever interrupts it."""

from collections import Counter
from itertools import count
from pathlib import Path

import pytest

from tests.support.campaign_session import (
    CampaignSession,
    campaign_plan,
    halt_run,
    killed_at,
    stage,
)
from tests.support.in_process_crash import WorkerKilled
from tests.support.run_folders import append_events
from vmss_tui.campaign import events as ce
from vmss_tui.campaign.state import CampaignPhase, MemberState
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.storage.port import StoredRun
from vmss_tui.upgrade import events as ev

STAGES = (
    stage("canary", "canary-vmss", bake=600.0),
    stage("rest", "web-vmss", "api-vmss", concurrency=2, max_failed_members=1),
)


@pytest.mark.parametrize("before_the_write", [True, False])
def test_a_worker_that_dies_at_any_record_is_resumed_and_starts_each_run_once(
    tmp_path: Path, before_the_write: bool
) -> None:
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
        assert campaign.count([MemberState.UPGRADED]) == 3
        runs = {member.run for member in campaign.members.values()}
        assert Counter(session.launched) == Counter(runs), f"killed at record {seq}"
        assert len(session.services.store.all()) == 3
    assert seq > 15

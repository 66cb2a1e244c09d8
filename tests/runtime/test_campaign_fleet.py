"""A campaign over scale sets of the simulator, planned of a strategy, all in this process: the run
of a member is carried out to its end as it is started. What happened is the ledger's word."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.bench import NEWEST, SimulatorClock
from vmss_tui.arm.connect import connect
from vmss_tui.arm.transport.pipeline import RetryPolicy
from vmss_tui.campaign import events as ce
from vmss_tui.campaign.plan import CampaignPlan
from vmss_tui.campaign.state import Campaign, CampaignPhase
from vmss_tui.campaign.strategy import EstateSelection, Strategy, StrategyStage
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.runtime.campaigns.campaign_runner import CampaignRunner
from vmss_tui.runtime.campaigns.campaign_worker import first_events
from vmss_tui.runtime.runs.runner import Runner
from vmss_tui.runtime.runs.worker import first_events as first_run_events
from vmss_tui.runtime.session import Services
from vmss_tui.runtime.storage.port import StoredRun
from vmss_tui.runtime.storage.run_store import FolderStore
from vmss_tui.simulator.server import Simulator
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.plan.verdict import OnFailure

pytestmark = pytest.mark.usefixtures("rare_readings")
ALL = Amount(percent=100)
QUICK = Policy(
    max_batch_instance_percent=ALL,
    max_unhealthy_instance_percent=ALL,
    min_healthy_time=0.0,
    settle_window=1.0,
)
CANARY, REST = "render-rg/render-prod", "api-rg/api-prod"
"""Sets with one and with two instances."""


class Fleet:
    """The scenario `fleet`, and a session whose workers work in this process."""

    def __init__(self, state: Path) -> None:
        self.simulator = Simulator("fleet", speed=0.0)
        self.simulator.start()
        self.clock = SimulatorClock(self.simulator)
        self.gateway = connect(
            endpoint=self.simulator.endpoint,
            monotonic=self.clock.real,
            now=self.clock.wall,
            retry_policy=RetryPolicy(wait=self.simulator.clock.advance),
        )
        store = FolderStore(state)
        self.services = Services(
            self.gateway,
            store,
            self.clock,
            launch=self._work_on_run,
            launch_campaign=lambda _folder: None,
        )

    def _work_on_run(self, run: StoredRun) -> None:
        journal = run.open_journal()
        runner = Runner(run, journal, self.gateway, self.clock, self.services.store)
        runner.record(first_run_events(run, runner))
        runner.loop()
        journal.close()

    def plan(self, **more: Any) -> CampaignPlan:
        """The newest image on two sets, one after the other."""
        stages = (
            StrategyStage(name="canary", where="tag:team=render"),
            StrategyStage(name="rest", where="tag:team=api"),
        )
        strategy = Strategy(
            name="ubuntu",
            select=EstateSelection(where="tag:stage=prod"),
            change=Edit(image_version=NEWEST),
            policy=QUICK,
            stages=stages,
            **more,
        )
        return self.services.campaign_planner.plan(strategy)

    def carry_out(self, plan: CampaignPlan) -> Campaign:
        """Starts a campaign, and works on it to its end."""
        control = self.services.campaign_control
        folder = control.find(control.start(plan))
        assert folder.take_lock(self.clock.wall())
        journal = folder.open_journal()
        runner = CampaignRunner(folder, journal, self.services, self.clock)
        runner.record(first_events(folder, runner))
        try:
            return runner.loop()
        finally:
            journal.close()
            folder.lock.release()

    def control(self, what: str, body: Any = None) -> Any:
        """A request to the control interface of the simulator."""
        url = f"{self.simulator.endpoint}/_simulator/{what}"
        return requests.request("POST" if body else "GET", url, json=body, timeout=10).json()

    def upgrades(self) -> Counter[tuple[str, str]]:
        """(scale set, instance id) of each upgrade that happened."""
        effects = self.control("ledger")["effects"]
        return Counter(
            (effect["scale_set"], effect["instance_id"])
            for effect in effects
            if effect["kind"] == "upgrade"
        )


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    fleet = Fleet(tmp_path)
    yield fleet
    fleet.gateway.close()
    fleet.simulator.stop()


@pytest.mark.parametrize("on_failure", list(OnFailure))
def test_a_bad_image_stops_in_the_canary_stage_and_is_taken_back_where_the_plan_says_so(
    fleet: Fleet, on_failure: OnFailure
) -> None:
    fleet.control("faults", {"instance": "extension_failure", "version": NEWEST})
    plan = fleet.plan(on_failure=on_failure)
    campaign = fleet.carry_out(plan)
    canary, rest = campaign.members.values()
    assert {scale_set for scale_set, _ in fleet.upgrades()} == {CANARY}
    assert (rest.state, rest.run) == (ce.MemberState.WAITING, "")
    scale_set = plan.stages[0].members[0].scale_set
    snapshot = fleet.services.queries.observe(scale_set)
    versions = {i.image.exact_version for i in snapshot.instances if i.image}
    if on_failure is OnFailure.HALT:
        assert (campaign.phase, campaign.reason) == (CampaignPhase.HALTED, "failure")
        assert versions == {NEWEST}
    else:
        assert campaign.phase is CampaignPhase.REVERTED, campaign.message
        assert canary.state is ce.MemberState.REVERTED
        assert NEWEST not in versions

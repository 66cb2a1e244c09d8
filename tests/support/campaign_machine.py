"""A state machine for hypothesis: one campaign in a world of runs, with faults at random.

At the end of each case the world behaves, the causes of halts are gone, and the campaign must come
to an end, forward or back. `campaign_harness` judges every move.
"""

from datetime import timedelta
from random import Random

from hypothesis import HealthCheck, settings
from hypothesis import Phase as HypothesisPhase
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.support import campaign_plans
from tests.support.campaign_harness import CampaignHarness
from tests.support.campaign_world import OUTCOMES
from vmss_tui.campaign.engine.operator_intents import retryable
from vmss_tui.campaign.events.member import RequestKind
from vmss_tui.campaign.events.operator import CampaignIntentKind
from vmss_tui.campaign.plan import CampaignPlan, StagePlan
from vmss_tui.campaign.state import CampaignPhase
from vmss_tui.campaign.strategy import CampaignRules
from vmss_tui.upgrade.plan.verdict import Inconclusive, OnFailure, SampleResult, Verdict

QUIET = settings(
    deadline=None,
    derandomize=True,
    database=None,
    report_multiple_bugs=False,
    phases=(HypothesisPhase.generate,),
    suppress_health_check=list(HealthCheck),
    stateful_step_count=8,
)
SIDE_BY_SIDE = 8
REGIONS = ("northeurope", "westeurope", "swedencentral")
SIZES = ((1, 2), (2, 2), (1, 3, 1), (4,), (1, 0, 2))
HELP = {
    CampaignPhase.UPGRADING: ("pause", "skip", "retry", "approve", "abort", "revert"),
    CampaignPhase.REVERTING: ("pause", "pause", "retry", "abort"),
    CampaignPhase.PAUSED: ("resume", "resume", "skip", "retry", "abort", "revert"),
    CampaignPhase.HALTED: ("resume", "resume", "skip", "retry", "retry", "abort", "revert"),
}
"""What a person may want in each phase; whatever else there is once the campaign is over."""
RUN_INTENTS = (RequestKind.PAUSE, RequestKind.RESUME, RequestKind.ABORT)
REPLIES = ("busy", "foreign", "no worker")


class RandomCampaign:
    """One campaign with random faults; each method is something that happens to it."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)
        self.harness = CampaignHarness(random_plan(self.dice))
        self.harness.world.outcomes[self._key()] = self.dice.choice(("", *OUTCOMES))

    def _key(self) -> str:
        return self.dice.choice(list(self.harness.campaign.members))

    def time_passes(self) -> None:
        """The worker works for a while."""
        self.harness.cycles(self.dice.randint(1, 4), self.dice.choice((1.0, 10.0, 40.0)))

    def worker_is_killed(self, after: int) -> None:
        """The worker dies after so many moves."""
        self.harness.crash_after = after
        self.harness.cycles(2)

    def person_wants(self) -> None:
        """An intent that may apply."""
        kinds = HELP.get(self.harness.campaign.phase, tuple(CampaignIntentKind))
        keys = self.dice.choice(((), (self._key(),), tuple(self.harness.campaign.members)))
        self.harness.send(CampaignIntentKind(self.dice.choice(kinds)), *keys)
        self.harness.cycle(1.0)

    def person_answers(self) -> None:
        """What the campaign waits for."""
        campaign = self.harness.campaign
        kind = CampaignIntentKind.RETRY if retryable(campaign) else CampaignIntentKind.RESUME
        approves = campaign.waits_for_approval
        self.harness.world.sign_in()
        self.harness.send(CampaignIntentKind.APPROVE if approves else kind)
        self.harness.cycle()

    def run_comes_to(self, outcome: str) -> None:
        """The fate of a run that there is, or of the next one."""
        key = self._key()
        run = self.harness.world.newest(key)
        if run is None:
            self.harness.world.outcomes[key] = outcome
        else:
            run.outcome = outcome
        self.harness.cycle()

    def next_reply(self, reply: str) -> None:
        """What becomes of the next request."""
        self.harness.reply = reply
        self.harness.cycle()

    def person_controls_a_run(self, kind: RequestKind) -> None:
        """A person controls a member's run, not the campaign; one that is resumed is paused again
        later."""
        key = self.dice.choice([run.key for run in self.harness.world.live] or [self._key()])
        for wish in (kind, RequestKind.PAUSE) if kind is RequestKind.RESUME else (kind,):
            run = self.harness.world.newest(key)
            if run is not None:
                run.intents.append((f"person-{len(run.intents)}", wish))
                run.by_person, run.has_worker = True, True
            self.harness.cycle()

    def verdict_changes(self, result: SampleResult) -> None:
        """The samples from now on."""
        self.harness.verdict = result
        self.harness.cycles(3, 20.0)


class Campaigns(RuleBasedStateMachine):
    """Eight campaigns side by side, each a case with its own plan and dice: to draw a rule costs
    more than to carry it out. Each rule happens to all of them."""

    cases: tuple[RandomCampaign, ...] = ()

    @initialize(seed=st.integers(0, 2**32))
    def campaigns_begin(self, seed: int) -> None:
        self.cases = tuple(RandomCampaign(seed * SIDE_BY_SIDE + i) for i in range(SIDE_BY_SIDE))

    @rule()
    def time_passes(self) -> None:
        for case in self.cases:
            case.time_passes()

    @rule(after=st.integers(0, 6))
    def the_workers_are_killed(self, after: int) -> None:
        for case in self.cases:
            case.worker_is_killed(after)

    @rule()
    def a_person_helps(self) -> None:
        for case in self.cases:
            case.person_wants()

    @rule()
    def a_person_answers(self) -> None:
        for case in self.cases:
            case.person_answers()

    @rule(outcome=st.sampled_from(OUTCOMES))
    def a_run_comes_to(self, outcome: str) -> None:
        for case in self.cases:
            case.run_comes_to(outcome)

    @rule(reply=st.sampled_from(REPLIES))
    def the_next_request_is(self, reply: str) -> None:
        for case in self.cases:
            case.next_reply(reply)

    @rule(kind=st.sampled_from(RUN_INTENTS))
    def a_person_controls_a_run(self, kind: RequestKind) -> None:
        for case in self.cases:
            case.person_controls_a_run(kind)

    @rule(result=st.sampled_from((SampleResult.FAILURE, SampleResult.INCONCLUSIVE)))
    def the_verdict_changes(self, result: SampleResult) -> None:
        for case in self.cases:
            case.verdict_changes(result)

    def teardown(self) -> None:
        for case in self.cases:
            come_to_an_end(case.harness, reverts=case.dice.random() < 0.3)


def random_plan(dice: Random) -> CampaignPlan:
    """A plan of one to three stages with some of the gates, rules and verdicts."""
    sizes = dice.choice(SIZES)
    numbers = iter(range(9))
    concurrency, failures = dice.randint(1, 3), dice.choice((0, 0, 1))
    later = campaign_plans.BEGIN + timedelta(seconds=dice.choice((0, 90)))
    stages = tuple(
        StagePlan(
            name=f"stage-{index}",
            members=tuple(
                campaign_plans.member(f"web-{n}", REGIONS[n % 3])
                for n in (next(numbers) for _ in range(size))
            ),
            concurrency=concurrency,
            max_failed_members=failures,
            bake=dice.choice((0.0, 60.0)),
            approve=index == 1 and dice.random() < 0.5,
            start_at=later if index == len(sizes) - 1 else None,
        )
        for index, size in enumerate(sizes)
    )
    verdict = Verdict(
        command=("probe",),
        every=20.0,
        failures=2,
        samples=3,
        inconclusive=dice.choice(tuple(Inconclusive)),
        on_failure=dice.choice(tuple(OnFailure)),
    )
    return campaign_plans.campaign_plan(
        *stages,
        verdict=verdict if dice.random() < 0.5 else None,
        rules=CampaignRules(dice.random() < 0.3, dice.random() < 0.3),
        on_failure=dice.choice((OnFailure.HALT, OnFailure.HALT, OnFailure.REVERT)),
    )


def come_to_an_end(harness: CampaignHarness, *, reverts: bool) -> None:
    """The world behaves from now on, and a person helps: the campaign must end. Then a person may
    roll it back, and it must end again."""
    harness.crash()
    harness.reply, harness.verdict = "", SampleResult.SUCCESS
    _end(harness)
    if reverts:
        harness.send(CampaignIntentKind.REVERT)
        harness.cycle()
        _end(harness)


def _end(harness: CampaignHarness) -> None:
    for _ in range(80):
        phase = harness.campaign.phase
        if phase.is_over and not harness.world.live:
            return
        harness.world.sign_in()
        for run in harness.world.runs.values():
            run.outcome = ""
            if run.phase.value == "Paused" and phase.is_active:
                run.intents.append((f"person-{len(run.intents)}", RequestKind.RESUME))
                run.has_worker = True
        harness.world.outcomes.clear()
        if phase in (CampaignPhase.PAUSED, CampaignPhase.HALTED):
            harness.send(CampaignIntentKind.RESUME)
        if harness.campaign.waits_for_approval:
            harness.send(CampaignIntentKind.APPROVE)
        harness.cycle(60.0)
    harness.rules.check("liveness", False, f"{harness.campaign.phase} after 80 cycles")

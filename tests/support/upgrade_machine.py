"""A state machine for hypothesis: one upgrade run in a world in memory, with faults at random.

It mixes faults, crashes, other operators and intents. At the end of each case the world behaves,
and the run must come to an end. `engine_harness` judges every move.
"""

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import Phase as HypothesisPhase
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from msgspec.structs import replace

from tests.support.engine_harness import EngineHarness
from tests.support.engine_world import small_set
from vmss_tui.fleet.azure_maintenance import RollingCode
from vmss_tui.fleet.scale_set import PolicyMode, PowerState
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.policy import Amount, Order, Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run.run import Phase

QUIET = settings(
    deadline=None,
    derandomize=True,
    database=None,
    report_multiple_bugs=False,
    phases=(HypothesisPhase.generate,),  # a shrunk example would take longer than a test may
    suppress_health_check=list(HealthCheck),
    stateful_step_count=30,
)
ANSWERS = ("yes", "busy", "throttled", "no", "never", "late", "very late", "after all", "lost")
READINGS = ("whole", "whole", "whole", "lost", "torn", "behind", "hollow")
OUTCOMES = ("fails", "sick", "ignored")
LOOKS = ("plain", "plain", "slow", "lost", "slow and lost", "forbidden")
LIES = ("", "Succeeded", "Failed", "InProgress")
LAGS: tuple[dict[str, float], ...] = (
    {},
    {},
    {"flag": 90.0},
    {"state": 20.0, "health": 20.0},
    {"flag": 8.0, "state": 8.0, "image": 8.0, "health": 8.0},
    {"flag": 90.0, "state": 45.0, "image": 45.0},
)
"""Seconds by which parts of the views lag: the state less than the settle window, in which the
effect of a request without an answer has to show."""


class UpgradeRuns(RuleBasedStateMachine):
    """One run in one world; each rule is an event that happens to it.

    Sometimes another operator has a run of the same instances, too, with a budget of its own.
    """

    harness: EngineHarness
    other: EngineHarness | None = None
    limits: tuple[dict[str, Any], ...] = ({},)
    """Further fields of the policy, one of which each run has."""

    @initialize(
        size=st.integers(1, 9),
        domains=st.integers(1, 4),
        zones=st.integers(1, 2),
        batch=st.sampled_from((10, 34, 100)),
        budget=st.sampled_from((10, 34, 60)),
        failures=st.integers(1, 2),
        health=st.booleans(),
        tells_stale=st.booleans(),
        edit=st.booleans(),
        odd=st.sampled_from(("", "sick", "stopped", "current", "protected")),
        checkpoints=st.sampled_from(((), (50,))),
        pause=st.sampled_from((0.0, 0.0, 40.0)),
        include_stopped=st.booleans(),
        gate=st.sampled_from(((), (), ("drain",))),
        lags=st.sampled_from(LAGS),
        another=st.sampled_from((False, False, True)),
        tells_operations=st.booleans(),
    )
    def a_run_begins(
        self,
        size: int,
        domains: int,
        zones: int,
        batch: int,
        budget: int,
        failures: int,
        health: bool,
        tells_stale: bool,
        edit: bool,
        odd: str,
        checkpoints: tuple[int, ...],
        pause: float,
        include_stopped: bool,
        gate: tuple[str, ...],
        lags: dict[str, float],
        another: bool,
        tells_operations: bool,
    ) -> None:
        world = small_set(size, domains, zones)
        world.lags, world.tells_operations = lags, tells_operations
        world.exact_versions = lags.get("flag", 0.0) < 90.0
        world.has_health, world.tells_stale_health = health, tells_stale
        machine = world.machines["0"]
        if size > 1:
            machine.unhealthy = odd == "sick"
            machine.protected = odd == "protected"
            machine.version = world.version if odd == "current" else machine.version
            machine.power = PowerState.DEALLOCATED if odd == "stopped" else machine.power
        policy = Policy(
            max_batch_instance_percent=Amount(percent=batch),
            max_unhealthy_instance_percent=Amount(percent=budget),
            max_new_failures=failures,
            healthy_deadline=60.0,
            batch_deadline=400.0,
            checkpoints=checkpoints,
            pause_time_between_batches=pause,
            skip_not_running=not include_stopped,
            order=Order.DOMAIN,
            gate=gate,
        )
        policy = replace(policy, **self.limits[(size + failures) % len(self.limits)])
        self.harness = EngineHarness(world, policy, Selection(), "1.0.9" if edit else None)
        if another and self.harness.plan.instance_ids:
            theirs = replace(policy, gate=(), checkpoints=(), max_new_failures=2)
            self.other = EngineHarness(world, theirs, Selection(), actor="other")

    def _an_id(self, pick: int) -> str:
        ids = list(self.harness.world.machines)
        return ids[pick % len(ids)] if ids else ""

    @rule(turns=st.integers(1, 6), gap=st.sampled_from((1.0, 6.0, 20.0, 45.0)))
    def time_passes(self, turns: int, gap: float) -> None:
        for _ in range(turns):
            self.harness.cycle(gap)

    @rule(kind=st.sampled_from(READINGS), late=st.sampled_from((0.0, 0.0, 4.0, 30.0, 500.0)))
    def a_reading_is_odd(self, kind: str, late: float) -> None:
        self.harness.cycle(reading=kind, late=late)

    @rule(answer=st.sampled_from(ANSWERS), lie=st.sampled_from((None, *LIES)))
    def the_next_answer_is(self, answer: str, lie: str | None) -> None:
        self.harness.next_reply, self.harness.next_operation_status = answer, lie

    @rule()
    @precondition(lambda self: bool(self.harness.policy.gate))
    def the_gate_will_say_no(self) -> None:
        self.harness.next_gate_result = "no"

    @rule(outcome=st.sampled_from(OUTCOMES), pick=st.integers(0, 9))
    def the_next_upgrade_comes_to(self, outcome: str, pick: int) -> None:
        self.harness.world.outcome[self._an_id(pick)] = outcome

    @rule(after=st.integers(1, 6), in_flight=st.booleans())
    def the_worker_will_crash(self, after: int, in_flight: bool) -> None:
        self.harness.crash_after = None if in_flight else after
        self.harness.crash_in_flight = in_flight

    @rule()
    def the_worker_crashes(self) -> None:
        self.harness.crash()

    @rule(kind=st.sampled_from(("etag", "etag", "edit", "policy")))
    @precondition(lambda self: len(self.harness.world.sent) > 1)
    def a_colleague_writes_the_model(self, kind: str) -> None:
        world = self.harness.world
        if kind == "edit":
            world.foreign_edit()
        elif kind == "policy":
            world.policy = PolicyMode.ROLLING
        else:
            world.etag += 1

    @rule(pick=st.integers(0, 9))
    def the_operator_restarts_one(self, pick: int) -> None:
        self.harness.operator.restart(self._an_id(pick), self.harness.run)

    @rule(turns=st.integers(1, 4))
    @precondition(lambda self: self.other is not None)
    def the_other_run_goes_on(self, turns: int) -> None:
        if self.other is not None:
            self.other.send_intent(ev.IntentKind.RESUME)
            for _ in range(turns):
                self.other.cycle(1.0)

    @rule(pick=st.integers(0, 9), seconds=st.sampled_from((10.0, 100.0)))
    def a_colleague_works_on_one(self, pick: int, seconds: float) -> None:
        self.harness.world.foreign_work(self._an_id(pick), seconds)

    @rule(code=st.sampled_from((*RollingCode, RollingCode.ROLLING_FORWARD)))
    def azure_rolls_an_upgrade(self, code: RollingCode) -> None:
        self.harness.world.rolls(code)

    @rule(how=st.sampled_from(LOOKS))
    def azure_answers_after_its_rolling_upgrade(self, how: str) -> None:
        self.harness.rolling_reply = how

    @rule(pick=st.integers(0, 9), out=st.booleans())
    def autoscale_moves(self, pick: int, out: bool) -> None:
        if out or len(self.harness.world.machines) < 2:
            self.harness.world.scale_out()
        else:
            self.harness.world.scale_in(self._an_id(pick))

    @rule(pick=st.integers(0, 9))
    def an_id_is_given_to_another(self, pick: int) -> None:
        self.harness.world.give_its_id_to_another(self._an_id(pick))

    @rule(pick=st.integers(0, 9), what=st.sampled_from(("sick", "well", "stopped", "protected")))
    def an_instance_changes(self, pick: int, what: str) -> None:
        machine = self.harness.world.machines.get(self._an_id(pick))
        if machine is None:
            return
        match what:
            case "sick":
                machine.unhealthy = True
            case "well":
                machine.unhealthy = False
            case "stopped":
                machine.power = PowerState.STOPPED
            case _:
                machine.protected = True

    @rule(want=st.sampled_from(tuple(ev.IntentKind)), sure=st.booleans())
    def a_person_wishes(self, want: ev.IntentKind, sure: bool) -> None:
        if want in (ev.IntentKind.ABORT, ev.IntentKind.REVERT) and not sure:
            want = ev.IntentKind.RESUME
        self.harness.send_intent(want)

    @rule(want=st.sampled_from((ev.IntentKind.RETRY, ev.IntentKind.REVERT)))
    @precondition(lambda self: self.harness.run.ended or self.harness.run.phase is Phase.PAUSED)
    def a_person_wants_it_otherwise(self, want: ev.IntentKind) -> None:
        self.harness.send_intent(want)

    @rule(gap=st.sampled_from((100.0, 700.0, 9000.0)))
    def the_machine_sleeps(self, gap: float) -> None:
        self.harness.cycle(gap)

    @invariant()
    def the_worker_goes_on(self) -> None:
        if hasattr(self, "harness"):
            self.harness.cycle()

    def teardown(self) -> None:
        if hasattr(self, "harness"):
            self.harness.crash()
            self.harness.finish()
            if self.other is not None:
                self.other.finish()
            self.harness.send_intent(ev.IntentKind.REVERT)
            self.harness.finish()

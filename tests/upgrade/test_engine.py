"""The engine, driven through a simulated world by a state machine, and held to its rules.

Every move is judged by `tests.support.engine_harness` against what the world really did.
The machine mixes
faults, crashes, colleagues and wishes; the last rule of each case lets the world behave, and the
run must come to an end.
"""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import Phase as HypothesisPhase
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from msgspec.structs import replace

from tests.support.engine_harness import Rig
from tests.support.engine_world import small_set
from vmss_tui.fleet.azure_maintenance import RollingCode
from vmss_tui.fleet.scale_set import PolicyMode, PowerState
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.observation import Observation
from vmss_tui.upgrade.engine.revert import back
from vmss_tui.upgrade.plan.policy import Amount, Order, Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run.run import ModelStage, Phase, Stage

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


class UpgradeRuns(RuleBasedStateMachine):
    """One run in one world; each rule is something that happens to it."""

    rig: Rig

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
    ) -> None:
        world = small_set(size, domains, zones)
        world.has_health, world.tells_stale_health = health, tells_stale
        machine = world.machines["0"]
        if size > 1:
            machine.sick = odd == "sick"
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
        self.rig = Rig(world, policy, Selection(), "1.0.9" if edit else None)

    def _an_id(self, pick: int) -> str:
        ids = list(self.rig.world.machines)
        return ids[pick % len(ids)] if ids else ""

    @rule(turns=st.integers(1, 6), gap=st.sampled_from((1.0, 6.0, 20.0, 45.0)))
    def time_passes(self, turns: int, gap: float) -> None:
        for _ in range(turns):
            self.rig.cycle(gap)

    @rule(kind=st.sampled_from(READINGS), late=st.sampled_from((0.0, 0.0, 4.0, 30.0, 500.0)))
    def a_reading_is_odd(self, kind: str, late: float) -> None:
        self.rig.cycle(reading=kind, late=late)

    @rule(answer=st.sampled_from(ANSWERS), lie=st.sampled_from((None, *LIES)))
    def the_next_answer_is(self, answer: str, lie: str | None) -> None:
        self.rig.answer, self.rig.operation_lie = answer, lie

    @rule()
    @precondition(lambda self: bool(self.rig.policy.gate))
    def the_gate_will_say_no(self) -> None:
        self.rig.gate_says = "no"

    @rule(outcome=st.sampled_from(OUTCOMES), pick=st.integers(0, 9))
    def the_next_upgrade_comes_to(self, outcome: str, pick: int) -> None:
        self.rig.world.outcome[self._an_id(pick)] = outcome

    @rule(after=st.integers(1, 6), in_flight=st.booleans())
    def the_worker_will_crash(self, after: int, in_flight: bool) -> None:
        self.rig.crash_after = None if in_flight else after
        self.rig.crash_in_flight = in_flight

    @rule()
    def the_worker_crashes(self) -> None:
        self.rig.crash()

    @rule(kind=st.sampled_from(("etag", "etag", "edit", "policy")))
    @precondition(lambda self: len(self.rig.world.sent) > 1)
    def a_colleague_writes_the_model(self, kind: str) -> None:
        world = self.rig.world
        if kind == "edit":
            world.foreign_edit()
        elif kind == "policy":
            world.policy = PolicyMode.ROLLING
        else:
            world.etag += 1

    @rule(pick=st.integers(0, 9), seconds=st.sampled_from((10.0, 100.0)))
    def a_colleague_works_on_one(self, pick: int, seconds: float) -> None:
        self.rig.world.foreign_work(self._an_id(pick), seconds)

    @rule(code=st.sampled_from((*RollingCode, RollingCode.ROLLING_FORWARD)))
    def azure_rolls_an_upgrade(self, code: RollingCode) -> None:
        self.rig.world.rolls(code)

    @rule(how=st.sampled_from(LOOKS))
    def azure_answers_after_its_rolling_upgrade(self, how: str) -> None:
        self.rig.look_is = how

    @rule(pick=st.integers(0, 9), out=st.booleans())
    def autoscale_moves(self, pick: int, out: bool) -> None:
        if out or len(self.rig.world.machines) < 2:
            self.rig.world.scale_out()
        else:
            self.rig.world.scale_in(self._an_id(pick))

    @rule(pick=st.integers(0, 9))
    def an_id_is_given_to_another(self, pick: int) -> None:
        self.rig.world.give_its_id_to_another(self._an_id(pick))

    @rule(pick=st.integers(0, 9), what=st.sampled_from(("sick", "well", "stopped", "protected")))
    def an_instance_changes(self, pick: int, what: str) -> None:
        machine = self.rig.world.machines.get(self._an_id(pick))
        if machine is None:
            return
        match what:
            case "sick":
                machine.sick = True
            case "well":
                machine.sick = False
            case "stopped":
                machine.power = PowerState.STOPPED
            case _:
                machine.protected = True

    @rule(want=st.sampled_from(tuple(ev.IntentKind)), sure=st.booleans())
    def a_person_wishes(self, want: ev.IntentKind, sure: bool) -> None:
        if want in (ev.IntentKind.ABORT, ev.IntentKind.REVERT) and not sure:
            want = ev.IntentKind.RESUME
        self.rig.wish(want)

    @rule(want=st.sampled_from((ev.IntentKind.RETRY, ev.IntentKind.REVERT)))
    @precondition(lambda self: self.rig.run.ended or self.rig.run.phase is Phase.PAUSED)
    def a_person_wants_it_otherwise(self, want: ev.IntentKind) -> None:
        self.rig.wish(want)

    @rule(gap=st.sampled_from((100.0, 700.0, 9000.0)))
    def the_machine_sleeps(self, gap: float) -> None:
        self.rig.cycle(gap)

    @invariant()
    def the_worker_goes_on(self) -> None:
        if hasattr(self, "rig"):
            self.rig.cycle()

    def teardown(self) -> None:
        if hasattr(self, "rig"):
            self.rig.crash()
            self.rig.finish()
            self.rig.wish(ev.IntentKind.REVERT)
            self.rig.finish()


@pytest.mark.parametrize("part", range(4))
def test_no_rule_is_ever_broken(part: int) -> None:
    """Two thousand cases in four parts, each with a seed of its own: the machine's name."""
    machine = type(f"UpgradeRuns{part}", (UpgradeRuns,), {})
    run_state_machine_as_test(machine, settings=settings(QUIET, max_examples=500))


TWO_AT_ONCE = Policy(
    max_batch_instance_percent=Amount(percent=100),
    max_unhealthy_instance_percent=Amount(percent=100),
    healthy_deadline=100.0,
    batch_deadline=400.0,
)


def _sent(rig: Rig) -> list[tuple[str, ...]]:
    return [sent.ids for sent in rig.world.sent]


def _ends(rig: Rig) -> Phase:
    """Lets it go on by itself, in a world that stays as it is."""
    for _ in range(100):
        rig.cycle()
    return rig.run.phase


def _told(rig: Rig, kind: type[ev.Event]) -> list[ev.Event]:
    return [record.body for record in rig.journal if isinstance(record.body, kind)]


def test_domains_are_upgraded_one_after_the_other_each_instance_once() -> None:
    rig = Rig(small_set(4, domains=2), TWO_AT_ONCE)
    assert rig.finish() is Phase.COMPLETED
    assert _sent(rig) == [("0", "2"), ("1", "3")]
    assert rig.world.effects == dict.fromkeys("0123", 1)


def test_a_failed_batch_is_not_done_and_the_next_does_not_begin() -> None:
    rig = Rig(small_set(2, domains=2), TWO_AT_ONCE)
    rig.world.outcome["0"] = "fails"
    assert rig.finish() is Phase.FAULTED
    assert rig.run.reason == "failure"
    assert _sent(rig) == [("0",)]


def test_a_stale_success_right_after_the_request_ends_no_batch() -> None:
    rig = Rig(small_set(1), TWO_AT_ONCE)
    while not rig.asked:
        rig.cycle()
    for _ in range(2):
        rig.cycle(reading="behind")
    assert rig.run.members["0"].stage is Stage.ASKED


def test_an_operation_that_claims_success_ends_no_batch() -> None:
    rig = Rig(small_set(2, domains=2), TWO_AT_ONCE)
    rig.operation_lie = "Succeeded"
    for _ in range(4):
        rig.cycle()
    assert _told(rig, ev.OperationEnded)
    assert not _told(rig, ev.BatchSettled)


def test_a_member_that_azure_passed_by_is_a_failure_whatever_the_operation_says() -> None:
    rig = Rig(small_set(1), TWO_AT_ONCE)
    rig.world.outcome["0"] = "ignored"
    assert rig.finish() is Phase.FAULTED
    assert "still has the old model" in rig.run.message


def test_a_lost_request_without_effect_is_asked_once_more_after_the_settle_window() -> None:
    rig = Rig(small_set(1), TWO_AT_ONCE)
    rig.answer = "never"
    while len(rig.world.sent) < 2:
        rig.cycle()
    first, second = rig.world.sent
    assert second.at - first.at >= 60
    assert rig.finish() is Phase.COMPLETED


def test_a_request_lost_twice_is_a_failure_and_never_a_third_one() -> None:
    rig = Rig(small_set(1), TWO_AT_ONCE)
    for _ in range(60):
        rig.answer = "never"
        rig.cycle()
    assert len(rig.world.sent) == 2
    assert rig.run.phase is Phase.FAULTED


def test_a_lost_request_that_lands_after_it_was_given_up_is_not_repeated() -> None:
    rig = Rig(small_set(2, domains=1), TWO_AT_ONCE)
    rig.answer = "very late"
    for _ in range(80):
        rig.cycle()
    assert len(rig.world.sent) == 1
    assert rig.world.effects == {"0": 1, "1": 1}
    assert rig.run.phase is Phase.COMPLETED


def _landing_after_all(rig: Rig) -> None:
    """A lost request, given up after the settle window, lands while a person holds the run."""
    while rig.run.model is not ModelStage.PINNED:
        rig.cycle()
    rig.answer = "after all"
    while not rig.run.open_batch:
        rig.cycle()
    rig.wish(ev.IntentKind.PAUSE)
    while not _told(rig, ev.BatchLanded):
        rig.cycle()


def test_what_a_lost_request_does_late_is_this_runs_work_and_in_the_reverts_set() -> None:
    rig = Rig(small_set(2, domains=1), TWO_AT_ONCE, edit_to="1.0.9")
    _landing_after_all(rig)
    assert _told(rig, ev.InstancesReopened)
    rig.wish(ev.IntentKind.RESUME)
    assert _ends(rig) is Phase.COMPLETED
    assert len(rig.world.sent) == 1
    assert rig.run.count(Stage.UPGRADED) == 2
    assert back(rig.run).instance_ids == ("0", "1")
    assert rig.world.effects == {"0": 1, "1": 1}


def test_what_a_lost_request_made_sick_late_is_a_failure_of_this_run() -> None:
    world = small_set(2, domains=1)
    world.outcome["1"] = "sick"
    rig = Rig(world, TWO_AT_ONCE)
    _landing_after_all(rig)
    rig.wish(ev.IntentKind.RESUME)
    assert _ends(rig) is Phase.FAULTED
    assert [rig.run.members[i].stage for i in "01"] == [Stage.UPGRADED, Stage.FAILED]
    assert "not healthy" in rig.run.message


def test_a_mate_of_what_a_lost_request_did_late_is_never_asked_again() -> None:
    world = small_set(2, domains=1)
    world.outcome["1"] = "ignored"
    rig = Rig(world, TWO_AT_ONCE)
    _landing_after_all(rig)
    rig.wish(ev.IntentKind.RESUME)
    assert _ends(rig) is Phase.FAULTED
    assert len(rig.world.sent) == 1
    assert [rig.run.members[i].stage for i in "01"] == [Stage.UPGRADED, Stage.FAILED]


def test_a_request_that_was_given_up_and_may_yet_land_is_in_the_reverts_set() -> None:
    rig = Rig(small_set(2, domains=1), TWO_AT_ONCE, edit_to="1.0.9")
    while rig.run.model is not ModelStage.PINNED:
        rig.cycle()
    rig.answer = "never"
    while not _told(rig, ev.InstancesReopened):
        rig.cycle()
    assert back(rig.run).instance_ids == ("0", "1")
    assert back(rig.run).untouched == ()


def test_one_that_failed_without_an_answer_and_comes_round_counts_as_upgraded() -> None:
    world = small_set(2, domains=2)
    rig = Rig(world, replace(TWO_AT_ONCE, max_new_failures=2))
    while rig.run.members["0"].stage is not Stage.FAILED:
        rig.answer = "never"
        rig.cycle()
    world.machines["0"].version = world.version
    assert _ends(rig) is Phase.COMPLETED
    assert rig.run.count(Stage.UPGRADED) == 2


def test_a_rolling_upgrade_of_azures_own_pauses_the_run_between_its_batches_too() -> None:
    rig = Rig(small_set(2, domains=2), TWO_AT_ONCE)
    while not rig.run.count(Stage.UPGRADED):
        rig.cycle()
    rig.world.rolls(RollingCode.ROLLING_FORWARD)
    for _ in range(5):
        rig.cycle()
    assert (rig.run.phase, rig.run.reason) == (Phase.PAUSED, "foreign")
    assert "RollingForward: 1 done, ? at work, 2 to come, ? failed" in rig.run.message
    rig.wish(ev.IntentKind.RESUME)
    rig.cycle()
    assert rig.run.phase is Phase.PAUSED
    rig.world.rolls(RollingCode.CANCELLED)
    rig.wish(ev.IntentKind.RESUME)
    rig.cycle()
    assert _sent(rig) == [("0",), ("1",)]


def test_a_rolling_upgrade_of_azures_own_holds_the_model_edit_back() -> None:
    rig = Rig(small_set(1), TWO_AT_ONCE, edit_to="1.0.9")
    rig.world.rolls(RollingCode.ROLLING_BACK)
    for _ in range(5):
        rig.cycle()
    assert (rig.run.phase, rig.run.reason) == (Phase.PAUSED, "foreign")
    assert rig.world.edits == []


@pytest.mark.parametrize("how", ["lost", "slow and lost"])
def test_a_rolling_upgrade_that_can_never_be_read_delays_each_batch_and_stops_none(
    how: str,
) -> None:
    rig = Rig(small_set(2, domains=2), TWO_AT_ONCE)
    rig.look_is = how
    for _ in range(60):
        rig.cycle()
    assert rig.run.phase is Phase.COMPLETED
    told = [r.t for r in rig.journal if isinstance(r.body, ev.RollingUnread)]
    assert len(told) == 2
    for at, sent in zip(told, rig.world.sent, strict=True):
        assert 60 <= sent.at - at < 200


def test_what_cannot_be_read_after_a_gate_is_tried_as_long_as_before_it() -> None:
    rig = Rig(small_set(1), replace(TWO_AT_ONCE, gate=("drain",)))
    rig.look_is = "lost"
    while not _told(rig, ev.RollingUnread):
        rig.cycle()
    rig.world.advance(100.0)
    rig.look_is = "plain"
    while not _told(rig, ev.GatePassed):
        rig.cycle()
    rig.world.rolls(RollingCode.ROLLING_FORWARD)
    rig.look_is = "lost"
    rig.cycle()
    assert len(_told(rig, ev.RollingUnread)) == 2
    assert _sent(rig) == []
    rig.look_is = "plain"
    rig.cycle()
    assert (rig.run.phase, rig.run.reason) == (Phase.PAUSED, "foreign")


def test_a_right_to_read_rolling_upgrades_that_is_missing_is_told_once_and_stops_nothing() -> None:
    rig = Rig(small_set(2, domains=2), TWO_AT_ONCE)
    rig.look_is = "forbidden"
    assert _ends(rig) is Phase.COMPLETED
    assert _told(rig, ev.RollingUnread) == [ev.RollingUnread(words="no right")]


def test_a_slow_answer_about_rolling_upgrades_stops_nothing() -> None:
    rig = Rig(small_set(2, domains=2), TWO_AT_ONCE)
    rig.look_is = "slow"
    assert _ends(rig) is Phase.COMPLETED
    assert not _told(rig, ev.RollingUnread)


def test_it_is_looked_for_a_rolling_upgrade_once_a_request_and_not_in_between() -> None:
    rig = Rig(small_set(3, domains=3), TWO_AT_ONCE)
    looks: list[float] = []
    look = rig._look

    def counted() -> Observation:
        looks.append(rig.world.t)
        return look()

    rig._look = counted  # type: ignore[method-assign]
    assert _ends(rig) is Phase.COMPLETED
    assert looks == [sent.at for sent in rig.world.sent]


def test_an_instance_that_vanishes_is_gone_and_not_upgraded() -> None:
    rig = Rig(small_set(2, domains=1), TWO_AT_ONCE)
    while not rig.asked:
        rig.cycle()
    del rig.world.machines["1"]
    assert rig.finish() is Phase.COMPLETED
    assert [rig.run.members[i].stage for i in "01"] == [Stage.UPGRADED, Stage.GONE]


def test_an_id_that_comes_back_as_another_machine_is_gone_and_never_touched() -> None:
    rig = Rig(small_set(3, domains=3), TWO_AT_ONCE)
    while not rig.asked:
        rig.cycle()
    for instance_id in ("0", "2"):
        rig.world.give_its_id_to_another(instance_id)
        rig.world.machines[instance_id].version = "0.9"
    assert _ends(rig) is Phase.COMPLETED
    assert [rig.run.members[i].stage for i in "012"] == [Stage.GONE, Stage.UPGRADED, Stage.GONE]
    assert _sent(rig) == [("0",), ("1",)]


def test_a_lost_request_that_reaches_another_machine_by_the_same_id_is_waited_for() -> None:
    rig = Rig(small_set(2, domains=2), TWO_AT_ONCE)
    rig.answer = "very late"
    while not rig.asked:
        rig.cycle()
    rig.world.give_its_id_to_another("0")
    rig.world.machines["0"].version = "0.9"
    rig.wish(ev.IntentKind.PAUSE)
    while not rig.world.machines["0"].actor:
        rig.cycle()
    rig.wish(ev.IntentKind.RESUME)
    rig.cycle()
    assert "other machines have the ids 0 by now" in rig.run.message
    assert _sent(rig) == [("0",)]
    rig.world.advance(300.0)
    rig.wish(ev.IntentKind.RESUME)
    assert _ends(rig) is Phase.COMPLETED
    assert _sent(rig) == [("0",), ("1",)]


def test_the_sick_at_the_start_use_the_budget_but_are_no_new_failure() -> None:
    world = small_set(5, domains=1)
    world.tells_stale_health = True
    world.machines["4"].sick = True
    world.outcome["4"] = "sick"
    policy = Policy(
        prioritize_unhealthy_instances=True, healthy_deadline=60.0, batch_deadline=400.0
    )
    rig = Rig(world, policy)
    assert rig.finish() is Phase.FAULTED
    assert _sent(rig) == [("4",)]
    assert rig.run.members["4"].stage is Stage.FAILED
    assert rig.run.reason == "budget"


def test_a_pause_lets_an_open_batch_end_and_sends_nothing_new() -> None:
    rig = Rig(small_set(2, domains=2), TWO_AT_ONCE)
    while not rig.asked:
        rig.cycle()
    rig.wish(ev.IntentKind.PAUSE)
    for _ in range(60):
        rig.cycle()
    assert _sent(rig) == [("0",)]
    assert _told(rig, ev.BatchSettled)
    assert rig.run.phase is Phase.PAUSED


def test_a_paused_run_does_not_repeat_its_model_edit() -> None:
    rig = Rig(small_set(1), TWO_AT_ONCE, edit_to="1.0.9")
    rig.answer = "never"
    rig.cycle()
    rig.wish(ev.IntentKind.PAUSE)
    for _ in range(20):
        rig.cycle()
    assert len(_told(rig, ev.ModelIntent)) == 1


def test_our_own_edit_that_was_lost_and_then_refused_is_not_taken_for_a_strangers() -> None:
    rig = Rig(small_set(1), TWO_AT_ONCE, edit_to="1.0.9")
    rig.answer = "lost"
    rig.cycle()
    assert rig.finish() is Phase.COMPLETED
    assert rig.world.edits == ["1.0.9"]


def test_a_model_that_moves_under_an_open_batch_halts_as_drift() -> None:
    rig = Rig(small_set(2, domains=2), TWO_AT_ONCE)
    while not rig.asked:
        rig.cycle()
    rig.world.foreign_edit()
    rig.cycle()
    assert (rig.run.phase, rig.run.reason) == (Phase.FAULTED, "drift")


def test_a_colleague_at_work_pauses_the_run_and_is_named() -> None:
    rig = Rig(small_set(2, domains=2), TWO_AT_ONCE)
    rig.world.foreign_work("1", 300.0)
    rig.cycle()
    rig.cycle()
    assert (rig.run.phase, rig.run.reason) == (Phase.PAUSED, "foreign")
    assert "(1)" in rig.run.message


def test_time_in_which_nobody_looked_fails_nobody() -> None:
    rig = Rig(small_set(1), TWO_AT_ONCE)
    while not rig.asked:
        rig.cycle()
    rig.world.advance(9000.0)
    rig.crash()
    assert rig.finish() is Phase.COMPLETED
    assert rig.run.count(Stage.UPGRADED) == 1


def test_where_azure_does_not_say_success_and_having_been_seen_at_work_decide() -> None:
    world = small_set(1)
    world.silent.add("0")
    rig = Rig(world, TWO_AT_ONCE, Selection(instance_ids=("0",)))
    for _ in range(40):
        rig.cycle()
    assert rig.run.phase is Phase.COMPLETED
    assert _sent(rig) == [("0",)]


def test_where_azure_does_not_say_a_lost_request_is_never_repeated() -> None:
    world = small_set(1)
    world.silent.add("0")
    rig = Rig(world, TWO_AT_ONCE, Selection(instance_ids=("0",)))
    rig.answer = "never"
    for _ in range(100):
        rig.cycle()
    assert _sent(rig) == [("0",)]
    assert rig.run.phase is Phase.FAULTED


def test_the_sick_of_a_later_batch_go_first_where_they_use_up_the_budget() -> None:
    world = small_set(4, domains=2)
    world.tells_stale_health = True
    world.machines["1"].sick = True
    policy = Policy(
        max_batch_instance_percent=Amount(count=2),
        max_unhealthy_instance_percent=Amount(count=1),
        healthy_deadline=100.0,
        batch_deadline=400.0,
    )
    rig = Rig(world, policy)
    assert rig.finish() is Phase.COMPLETED
    assert _sent(rig) == [("1",), ("0",), ("2",), ("3",)]


def test_a_newcomer_at_work_is_the_set_growing_and_nobodys_work() -> None:
    rig = Rig(small_set(2, domains=2), TWO_AT_ONCE)
    rig.world.scale_out()
    (newcomer,) = set(rig.world.machines) - {"0", "1"}
    rig.world.advance(30.0)
    rig.world.foreign_work(newcomer, 300.0)
    while not rig.run.ended:
        rig.cycle()
        assert rig.run.phase is not Phase.PAUSED
    assert rig.run.phase is Phase.COMPLETED
    assert newcomer not in rig.world.effects


@pytest.mark.parametrize(("sick", "halts"), [(1, False), (2, True)])
def test_more_unhealthy_upgraded_ones_than_the_share_halt_and_exactly_the_share_does_not(
    sick: int, halts: bool
) -> None:
    world = small_set(10, domains=2)
    policy = Policy(
        max_batch_instance_percent=Amount(percent=50),
        max_unhealthy_instance_percent=Amount(percent=100),
        max_unhealthy_upgraded_instance_percent=Amount(percent=20),
        healthy_deadline=100.0,
        batch_deadline=400.0,
    )
    rig = Rig(world, policy)
    while rig.run.count(Stage.UPGRADED) < 5:
        rig.cycle()
    for instance_id in ("0", "2")[:sick]:
        world.machines[instance_id].sick = True
    while len(rig.world.sent) < 2 and not rig.run.ended:
        rig.cycle()
    assert (rig.run.reason == "budget") is halts
    assert (len(rig.world.sent) == 1) is halts

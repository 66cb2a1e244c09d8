"""The mutation gate: engines that are wrong on purpose must be caught by the same rules.

The mutants live here; the engine has no switches. Each is a way in which such tools have been
wrong, told as a patch of one function.
"""

from collections.abc import Callable

import pytest
from hypothesis import Phase as HypothesisPhase
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from msgspec.structs import replace

from tests.support.engine_harness import Broken, Rig
from tests.support.engine_world import small_set
from tests.upgrade.test_engine import QUIET, UpgradeRuns
from vmss_tui.fleet.scale_set import Instance, ProvisioningState, ScaleSet
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine import candidates
from vmss_tui.upgrade.engine import finish as finishing
from vmss_tui.upgrade.engine import instance_status as sight
from vmss_tui.upgrade.engine import interference as foreign
from vmss_tui.upgrade.engine import next_batch as batching
from vmss_tui.upgrade.engine import pin_model as pinning
from vmss_tui.upgrade.engine import revert as reverting
from vmss_tui.upgrade.engine import settle_batch as settling
from vmss_tui.upgrade.engine import step as engine
from vmss_tui.upgrade.engine.instance_status import Sight
from vmss_tui.upgrade.engine.observation import Moment, Reading
from vmss_tui.upgrade.engine.revert import Again
from vmss_tui.upgrade.plan.plan import Batch, ModelEdit, Plan
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.run import fold
from vmss_tui.upgrade.run import fold_control as turns
from vmss_tui.upgrade.run.run import OPEN_STAGES, OpenBatch, Phase, Run, Stage

Patch = pytest.MonkeyPatch
Mutant = Callable[[Patch], None]


def no_budget(patch: Patch) -> None:
    patch.setattr(batching, "within_budget", lambda plan, reading, present: present)


def counts_the_sick_as_serving(patch: Patch) -> None:
    patch.setattr(batching, "unavailable", lambda plan, instances: 0)


def mixed_domains(patch: Patch) -> None:
    def both(run: Run, plan: Plan, batch: Batch, chosen: list[Instance], r: Reading) -> ev.Event:
        there = r.snapshot.by_id
        more = [there[i] for i, m in run.members.items() if m.stage is Stage.WAITING and i in there]
        return intent(run, plan, batch, more[: len(chosen) + 1])

    intent = batching._intent
    sort = candidates.candidates
    seen: list[Reading] = []

    def sorting(run: Run, plan: Plan, batch: Batch, reading: Reading) -> candidates.Candidates:
        seen[:] = [reading]
        return sort(run, plan, batch, reading)

    patch.setattr(batching, "candidates", sorting)
    patch.setattr(batching, "_intent", lambda r, p, b, chosen: both(r, p, b, chosen, seen[0]))


def ignores_drift(patch: Patch) -> None:
    patch.setattr(engine, "model_drift", lambda run, reading: None)


def forgets_the_open_batch_after_a_crash(patch: Patch) -> None:
    patch.setattr(fold, "_worker_started", lambda run: replace(_forgotten(run), quiet_seq=run.seq))


def _forgotten(run: Run) -> Run:
    members = {
        i: replace(m, stage=Stage.WAITING, attempts=0) if m.stage in OPEN_STAGES else m
        for i, m in run.members.items()
    }
    return replace(run, members=members, open_batch=None)


def trusts_the_operations_success(patch: Patch) -> None:
    honest = settling.settle

    def trusting(run: Run, batch: OpenBatch, reading: Reading) -> tuple[ev.Event, ...]:
        if reading.operation_status != "Succeeded":
            return honest(run, batch, reading)
        ids = tuple(i for i in batch.instance_ids if run.members[i].stage in OPEN_STAGES)
        settled = ev.BatchSettled(
            number=batch.number, upgraded=len(batch.instance_ids), failed=0, gone=0
        )
        return (ev.InstancesUpgraded(instance_ids=ids), settled)

    patch.setattr(engine, "settle", trusting)


def does_not_wait_for_the_operation(patch: Patch) -> None:
    patch.setattr(settling._Settling, "operation_at_work", property(lambda self: False))


def expands_the_plan(patch: Patch) -> None:
    honest = batching.next_batch

    def greedy(run: Run, reading: Reading, now: Moment) -> tuple[ev.Event, ...]:
        events = honest(run, reading, now)
        if events and isinstance(last := events[-1], ev.BatchIntent):
            others = tuple(i for i in reading.snapshot.by_id if i not in run.members)
            ids = (*last.instance_ids, *others)
            changed = {f: getattr(last, f) for f in last.__struct_fields__} | {"instance_ids": ids}
            return (*events[:-1], ev.BatchIntent(**changed))
        return events

    patch.setattr(engine, "next_batch", greedy)


def does_not_skip_current_or_protected(patch: Patch) -> None:
    patch.setattr(candidates, "_skip", lambda run, plan, instance, reading: "")
    patch.setattr(candidates, "_askable", lambda run, plan, instance: True)


def asks_what_is_at_work(patch: Patch) -> None:
    patch.setattr(candidates, "_askable", lambda run, plan, instance: True)
    patch.setattr(batching, "_late", lambda run, reading: [])
    patch.setattr(batching, "foreign", lambda run, reading: None)


def blindly_repeats_a_lost_request(patch: Patch) -> None:
    def again(self: settling._Settling, member: object) -> None:
        if not self._answered:
            self._note(ev.InstancesReopened, member)  # type: ignore[arg-type]

    patch.setattr(settling._Settling, "_untouched", again)


def looks_too_shortly_after_a_lost_answer(patch: Patch) -> None:
    honest = fold._batch

    def hasty(run: Run, event: ev.Event) -> Run:
        """As if the window began with the request."""
        after = honest(run, event)
        if not isinstance(event, ev.BatchUnknown):
            return after
        return replace(after, quiet_at=0.0, members=run.members)

    patch.setattr(fold, "_batch", hasty)


def repeats_although_a_mate_moved(patch: Patch) -> None:
    patch.setattr(settling, "proves", lambda plan, instance_id, seen: False)


def takes_a_new_failure_for_an_old_one(patch: Patch) -> None:
    honest = batching._intent

    def forgiving(run: Run, plan: Plan, batch: Batch, chosen: list[Instance]) -> ev.BatchIntent:
        intent = honest(run, plan, batch, chosen)
        return replace(intent, failed=intent.instance_ids)

    patch.setattr(batching, "_intent", forgiving)


def settles_an_empty_batch(patch: Patch) -> None:
    def gone(self: settling._Settling, member: object) -> None:
        self._note(ev.InstancesGone, member)  # type: ignore[arg-type]

    patch.setattr(settling._Settling, "missing", gone)
    patch.setattr(engine, "_decides", lambda run, reading: reading.snapshot.complete)


def decides_on_incomplete_readings(patch: Patch) -> None:
    patch.setattr(engine, "_decides", lambda run, reading: reading.begun_seq >= run.quiet_seq)


def decides_on_readings_from_before_the_answer(patch: Patch) -> None:
    patch.setattr(engine, "_decides", lambda run, reading: reading.snapshot.complete)
    patch.setattr(Reading, "fresh", lambda self, now: True)


def counts_failed_as_done(patch: Patch) -> None:
    honest = sight.look

    def rosy(run: Run, instance: Instance) -> Sight:
        seen = honest(run, instance)
        return Sight.READY if seen is Sight.FAILED else seen

    patch.setattr(settling, "look", rosy)


def takes_the_first_stale_success_for_done(patch: Patch) -> None:
    def rosy(run: Run, instance: Instance) -> Sight:
        done = instance.provisioning is ProvisioningState.SUCCEEDED
        return Sight.READY if done else Sight.MOVING

    patch.setattr(settling, "look", rosy)


def goes_on_over_failures(patch: Patch) -> None:
    patch.setattr(engine, "too_many_failures", lambda run: None)


def does_not_wait_for_lasting_health(patch: Patch) -> None:
    honest = fold._worker_started
    patch.setattr(fold, "_worker_started", lambda run: replace(honest(run), members=run.members))


def ignores_others_at_work(patch: Patch) -> None:
    patch.setattr(batching, "foreign", lambda run, reading: None)


def ignores_a_rolling_upgrade_of_azures_own(patch: Patch) -> None:
    patch.setattr(engine, "rolling_first", lambda run, reading, now, due: due)


def takes_no_answer_for_no_rolling_upgrade(patch: Patch) -> None:
    honest = foreign.rolling_first

    def hasty(
        run: Run, reading: Reading, now: Moment, due: tuple[ev.Event, ...]
    ) -> tuple[ev.Event, ...] | None:
        unread = reading.look is not None and reading.look.unread
        return due if unread else honest(run, reading, now, due)

    patch.setattr(engine, "rolling_first", hasty)


def looks_for_a_rolling_upgrade_only_once(patch: Patch) -> None:
    patch.setattr(foreign, "_holds", lambda run, look, now: True)


def skips_what_a_lost_request_did(patch: Patch) -> None:
    patch.setattr(engine, "landed", lambda run, reading: ())


def takes_another_machine_for_the_planned_one(patch: Patch) -> None:
    for each in (batching, finishing, settling):
        patch.setattr(each, "planned", lambda run, reading: reading.snapshot.by_id)


def sends_after_an_abort(patch: Patch) -> None:
    honest = engine.step

    def deaf(run: Run, reading: Reading | None, now: Moment) -> engine.Decision:
        aborted = run.phase is Phase.CANCELLED
        going = replace(run, phase=Phase.ROLLING_FORWARD) if aborted else run
        return honest(going, reading, now)

    patch.setattr(engine, "step", deaf)


def sends_while_paused(patch: Patch) -> None:
    honest = engine.step

    def deaf(run: Run, reading: Reading | None, now: Moment) -> engine.Decision:
        paused = run.phase is Phase.PAUSED
        going = replace(run, phase=Phase.ROLLING_FORWARD) if paused else run
        return honest(going, reading, now)

    patch.setattr(engine, "step", deaf)


def is_done_without_a_last_look(patch: Patch) -> None:
    patch.setattr(finishing, "_unwell", lambda instance: False)


def asks_before_the_journal_knows(patch: Patch) -> None:
    append = Rig.append

    def late(self: Rig, event: ev.Event) -> None:
        if isinstance(event, ev.BatchIntent):
            self.send(event)
        append(self, event)

    patch.setattr(Rig, "append", late)


def waits_for_ever_after_a_refusal(patch: Patch) -> None:
    patch.setattr(batching, "_waits", lambda run, now: run.retry_at is not None)


def puts_back_what_it_never_changed(patch: Patch) -> None:
    patch.setattr(reverting, "changed", lambda run: tuple(run.members))


def puts_back_over_a_strangers_model(patch: Patch) -> None:
    honest = pinning._goal

    def goal(run: Run, plan: Plan, scale_set: ScaleSet) -> tuple[ModelEdit | None, bool]:
        edit, unchanged = honest(run, plan, scale_set)
        return edit, unchanged or run.back

    patch.setattr(pinning, "_goal", goal)


def turns_back_while_azure_is_at_work(patch: Patch) -> None:
    def hasty(run: Run, reading: Reading) -> tuple[ev.Event, ...]:
        return (ev.TurnedBack(instance_ids=reverting.changed(run)),)

    patch.setattr(engine, "turn_back", hasty)


def retries_everyone(patch: Patch) -> None:
    patch.setattr(engine, "again", lambda run: Again(tuple(run.members), 0))


def asks_without_the_gate(patch: Patch) -> None:
    honest = turns._gated

    def open_gate(run: Run, event: ev.GateStarted | ev.GatePassed | ev.GateFailed) -> Run:
        no = isinstance(event, ev.GateFailed)
        return honest(run, ev.GatePassed(number=event.number) if no else event)

    patch.setattr(turns, "_gated", open_gate)


MUTANTS: tuple[tuple[Mutant, tuple[int, ...]], ...] = (
    (no_budget, (4,)),
    (counts_the_sick_as_serving, (4, 14)),
    (mixed_domains, (1, 2, 3, 4, 14)),
    (ignores_drift, (6,)),
    (forgets_the_open_batch_after_a_crash, (5, 7, 13)),
    (trusts_the_operations_success, (5,)),
    (expands_the_plan, (1, 2, 14)),
    (does_not_skip_current_or_protected, (2, 14)),
    (asks_what_is_at_work, (5, 7, 10, 14)),
    (blindly_repeats_a_lost_request, (7,)),
    (settles_an_empty_batch, (5, 10)),
    (decides_on_incomplete_readings, (14,)),
    (decides_on_readings_from_before_the_answer, (4, 14)),
    (counts_failed_as_done, (5,)),
    (takes_the_first_stale_success_for_done, (5,)),
    (goes_on_over_failures, (8,)),
    (does_not_wait_for_lasting_health, (5,)),
    (ignores_others_at_work, (10,)),
    (ignores_a_rolling_upgrade_of_azures_own, (10,)),
    (takes_no_answer_for_no_rolling_upgrade, (10,)),
    (looks_for_a_rolling_upgrade_only_once, (10,)),
    (skips_what_a_lost_request_did, (2, 7, 13)),
    (takes_another_machine_for_the_planned_one, (2, 5, 7, 13)),
    (sends_after_an_abort, (8,)),
    (sends_while_paused, (8,)),
    (asks_before_the_journal_knows, (12,)),
    (puts_back_what_it_never_changed, (2,)),
    (puts_back_over_a_strangers_model, (6,)),
    (turns_back_while_azure_is_at_work, (5, 12)),
    (retries_everyone, (2,)),
    (asks_without_the_gate, (8,)),
)


@pytest.mark.parametrize(
    ("mutant", "rules"), MUTANTS, ids=[mutant.__name__ for mutant, _ in MUTANTS]
)
def test_a_wrong_engine_is_caught(
    mutant: Mutant, rules: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    mutant(monkeypatch)
    found = settings(QUIET, max_examples=1500, phases=(HypothesisPhase.generate,))
    with pytest.raises(Broken) as caught:
        run_state_machine_as_test(UpgradeRuns, settings=found)
    words = str(caught.value)
    assert words.startswith(tuple("liveness" if r == 0 else f"rule {r}:" for r in rules))


def a_lost_answer_and_only_one_of_two_moves() -> None:
    world = small_set(2, domains=1)
    world.outcome["1"] = "ignored"
    rig = Rig(world, BOTH_AT_ONCE)
    rig.answer = "lost"
    for _ in range(70):
        rig.cycle()


def a_lost_answer_and_no_effect() -> None:
    rig = Rig(small_set(1), BOTH_AT_ONCE)
    rig.answer = "never"
    while len(rig.world.sent) < 2:
        rig.cycle()


def an_operation_that_outlives_its_instances() -> None:
    rig = Rig(small_set(2, domains=1), BOTH_AT_ONCE)
    rig.operation_lie = "InProgress"
    for _ in range(40):
        rig.cycle()


def a_lost_retry_fails_while_nobody_looks() -> None:
    world = small_set(1)
    world.outcome["0"] = "fails"
    rig = Rig(world, BOTH_AT_ONCE)
    rig.finish()
    world.machines["0"].state = ProvisioningState.SUCCEEDED
    world.outcome["0"] = "fails"
    rig.wish(ev.IntentKind.RETRY)
    rig.answer = "lost"
    while len(world.sent) < 2:
        rig.cycle()
    world.advance(200.0)
    rig.finish()


def azure_is_busy_once() -> None:
    rig = Rig(small_set(1))
    rig.answer = "busy"
    rig.cycle()
    rig.cycle()
    rig.finish()


def an_instance_sickens_after_the_last_batch() -> None:
    world = small_set(1)
    rig = Rig(world)
    while not rig.run.count(Stage.UPGRADED):
        rig.cycle()
    world.machines["0"].sick = True
    rig.cycle()


BOTH_AT_ONCE = Policy(
    max_batch_instance_percent=Amount(percent=100),
    max_unhealthy_instance_percent=Amount(percent=100),
    healthy_deadline=100.0,
    batch_deadline=400.0,
)
Scenario = Callable[[], None]
DIRECTED: tuple[tuple[Mutant, Scenario, str], ...] = (
    (repeats_although_a_mate_moved, a_lost_answer_and_only_one_of_two_moves, "rule 7"),
    (takes_a_new_failure_for_an_old_one, a_lost_retry_fails_while_nobody_looks, "rule 7"),
    (looks_too_shortly_after_a_lost_answer, a_lost_answer_and_no_effect, "rule 7"),
    (does_not_wait_for_the_operation, an_operation_that_outlives_its_instances, "rule 5"),
    (waits_for_ever_after_a_refusal, azure_is_busy_once, "liveness"),
    (is_done_without_a_last_look, an_instance_sickens_after_the_last_batch, "rule 13"),
)


@pytest.mark.parametrize(
    ("mutant", "scenario", "rule"), DIRECTED, ids=[mutant.__name__ for mutant, _, _ in DIRECTED]
)
def test_a_wrong_engine_is_caught_where_the_right_one_passes(
    mutant: Mutant, scenario: Scenario, rule: str, monkeypatch: Patch
) -> None:
    scenario()
    mutant(monkeypatch)
    with pytest.raises(Broken, match=rule):
        scenario()

"""What events mean: any journal folds to a run, and read back it is the same run."""

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.engine_harness import EngineHarness
from tests.support.engine_world import EPOCH, small_set
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine import step as engine
from vmss_tui.upgrade.engine.observation import Moment, Observation, Reading
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.run.fold import apply, fold
from vmss_tui.upgrade.run.run import ModelStage, Phase, Run, Stage

IDS = st.lists(st.sampled_from(("0", "1", "2", "nobody")), max_size=3).map(tuple)
PLAN = EngineHarness(small_set(3)).plan
ANYTHING: st.SearchStrategy[ev.AnyEvent] = st.one_of(
    st.just(ev.PlanConfirmed(plan=PLAN, by="ana")),
    st.just(ev.WorkerStarted(pid=1, host="h")),
    st.just(ev.ModelIntent(body={}, if_match="", client_request_id="", attempt=1)),
    st.just(ev.ModelAccepted()),
    st.sampled_from((None, 5.0)).map(
        lambda wait: ev.ModelRefused(code="X", message="", retry_after=wait)
    ),
    st.just(ev.ModelUnknown(message="")),
    st.just(ev.ModelPinned(digest="d")),
    IDS.map(
        lambda ids: ev.BatchIntent(
            number=1, row="UD 0", instance_ids=ids, client_request_id="c", failed=ids[:1]
        )
    ),
    st.just(ev.BatchAccepted(number=1)),
    IDS.map(lambda ids: ev.BatchRefused(number=1, code="X", message="", gone=ids)),
    st.just(ev.BatchUnknown(number=1, message="")),
    st.just(ev.OperationEnded(number=1, status="Failed")),
    IDS.map(lambda ids: ev.InstancesProvisioned(instance_ids=ids)),
    IDS.map(lambda ids: ev.InstancesMissing(instance_ids=ids)),
    IDS.map(lambda ids: ev.InstancesReappeared(instance_ids=ids)),
    IDS.map(lambda ids: ev.InstancesInProgress(instance_ids=ids)),
    IDS.map(lambda ids: ev.InstancesReady(instance_ids=ids)),
    IDS.map(lambda ids: ev.InstancesRelapsed(instance_ids=ids)),
    IDS.map(lambda ids: ev.InstancesUpgraded(instance_ids=ids)),
    IDS.map(lambda ids: ev.InstancesFailed(instance_ids=ids, message="no")),
    IDS.map(lambda ids: ev.InstancesGone(instance_ids=ids)),
    IDS.map(lambda ids: ev.InstancesSkipped(instance_ids=ids, message="no")),
    IDS.map(lambda ids: ev.InstancesReopened(instance_ids=ids)),
    st.just(ev.BatchSettled(number=1, upgraded=0, failed=0, gone=0)),
    IDS.map(lambda ids: ev.LateEffectDetected(number=1, row="UD 0", instance_ids=ids)),
    st.just(ev.TakenOver(by="ana", previous_worker="web-1")),
    st.just(ev.RollingUpgradeUnknown(message="no answer")),
    st.just(ev.CheckpointReached(percent=50)),
    st.just(ev.Paused(reason="asked", message="")),
    st.just(ev.Resumed(by="ana")),
    st.just(ev.WaitEnded(by="ana")),
    st.just(ev.Aborted(by="ana")),
    IDS.map(lambda ids: ev.RetryRequested(instance_ids=ids, by="ana")),
    st.just(ev.RevertRequested(by="ana")),
    IDS.map(lambda ids: ev.GateStarted(number=1, instance_ids=ids)),
    st.just(ev.GatePassed(number=1)),
    st.just(ev.GateFailed(number=1, message="no")),
    IDS.map(lambda ids: ev.RevertStarted(instance_ids=ids)),
    IDS.map(lambda ids: ev.Halted(reason="failure", message="", instance_ids=ids)),
    st.just(ev.Completed(upgraded=0, failed=0, gone=0, skipped=0)),
)


def _records(events: list[ev.AnyEvent]) -> list[ev.Record]:
    return [
        ev.Record(seq=at, at=EPOCH.isoformat(), t=float(at), body=event)
        for at, event in enumerate(events, 1)
    ]


def _told(*events: ev.AnyEvent) -> Run:
    return fold(_records([ev.PlanConfirmed(plan=PLAN, by="ana"), *events]))


def _asked(*ids: str) -> ev.BatchIntent:
    return ev.BatchIntent(number=1, row="UD 0", instance_ids=ids, client_request_id="c")


@settings(deadline=None, derandomize=True, max_examples=300)
@given(st.lists(ANYTHING, max_size=25))
def test_any_events_in_any_order_fold_to_a_run_that_the_engine_can_look_at(
    events: list[ev.AnyEvent],
) -> None:
    run = Run()
    for record in _records(events):
        run = apply(run, record)
        assert run.seq == record.seq
        assert all(member.attempts >= 0 for member in run.members.values())
        assert sum(run.count(stage) for stage in Stage) == run.total
    assert run == fold(_records(events))
    world = small_set(3)
    reading = Reading(replace(world.snapshot(), begun=99.0, ended=99.5), run.seq, 99.0)
    engine.step(run, reading, Moment(100.0, 100.0))
    for want in ev.IntentKind:
        engine.event_for_intent(run, ev.Intent(kind=want, by="ana"))


@settings(deadline=None, derandomize=True, max_examples=300)
@given(st.lists(ANYTHING, max_size=25), st.integers(0, 25))
def test_a_fold_is_apply_again_and_again_and_changes_no_run_that_was_there_before(
    events: list[ev.AnyEvent], cut: int
) -> None:
    records = _records([ev.PlanConfirmed(plan=PLAN, by="ana"), *events])
    runs = [Run()]
    for record in records:
        runs.append(apply(runs[-1], record))
    assert runs == [fold(records[:length]) for length in range(len(records) + 1)]
    half = fold(records[:cut])
    for record in records[cut:]:
        half = apply(half, record)
    assert half == runs[-1]


def test_a_whole_run_survives_being_written_and_read() -> None:
    harness = EngineHarness(small_set(4), edit_to="1.0.9")
    harness.next_reply = "lost"
    assert harness.finish() is Phase.COMPLETED
    lines = [msgspec.json.encode(record) for record in harness.journal]
    read = [msgspec.json.decode(line, type=ev.Record) for line in lines]
    assert fold(read) == harness.run
    assert b'"event":"plan_confirmed"' in lines[0]


def test_fields_that_a_newer_program_added_are_passed_by() -> None:
    line = b'{"seq":1,"at":"","t":0,"new":1,"body":{"event":"resumed","by":"ana","more":[1]}}'
    assert msgspec.json.decode(line, type=ev.Record).body == ev.Resumed(by="ana")


def test_a_checkpoint_holds_even_if_the_crash_comes_before_the_pause_is_written() -> None:
    run = _told(ev.CheckpointReached(percent=50))
    assert (run.phase, run.reason) == (Phase.PAUSED, "checkpoint")
    assert engine.event_for_intent(
        run, ev.Intent(kind=ev.IntentKind.PROMOTE, by="ana")
    ) == ev.Resumed(by="ana")


def test_a_refused_batch_was_never_asked_and_named_ids_are_gone() -> None:
    run = _told(
        _asked("0", "1"),
        ev.BatchRefused(number=1, code="InvalidParameter", message="not active", gone=("1",)),
    )
    assert (run.members["0"].stage, run.members["0"].attempts) == (Stage.WAITING, 0)
    assert run.members["1"].stage is Stage.GONE
    assert (run.open_batch, run.final_refusal) == (None, None)


def test_a_final_refusal_is_kept_until_the_run_has_halted_for_it() -> None:
    refused = ev.BatchRefused(number=1, code="AuthorizationFailed", message="no right")
    run = _told(_asked("0"), refused)
    assert run.final_refusal == ("AuthorizationFailed", "no right")
    halted = engine.step(run, None, Moment(9.0, 9.0)).events[0]
    assert isinstance(halted, ev.Halted)
    assert "no right" in halted.message


def test_throttling_is_never_an_attempt_and_busy_too_often_halts() -> None:
    busy = ev.BatchRefused(number=1, code="Conflict", message="", retry_after=30.0)
    events: list[ev.AnyEvent] = []
    for _ in range(engine.BUSY_LIMIT):
        events += [_asked("0"), busy]
    run = _told(*events)
    assert run.members["0"].attempts == 0
    halted = engine.step(run, None, Moment(9.0, 9.0)).events[0]
    assert isinstance(halted, ev.Halted)
    assert halted.reason == "busy"
    assert _told(*events, ev.Resumed(by="ana")).refusals == 0


def test_a_worker_that_takes_over_watches_health_anew() -> None:
    run = _told(_asked("0"), ev.InstancesReady(instance_ids=("0",)))
    taken = apply(
        run, ev.Record(seq=9, at="", t=50.0, body=ev.WorkerStarted(pid=2, host="h", resumed=True))
    )
    assert taken.members["0"].stage is Stage.PROVISIONED
    assert (taken.barrier_seq, taken.barrier_at) == (9, 50.0)
    assert taken.open_batch == run.open_batch


def test_the_clock_of_a_run_never_goes_back() -> None:
    run = _told(ev.Resumed(by="ana"))
    earlier = ev.Record(seq=3, at="", t=-5.0, body=ev.WaitEnded(by="ana"))
    assert apply(run, earlier).t == run.t


def test_only_what_a_halt_named_is_forgiven_by_resuming() -> None:
    failed = ev.InstancesFailed(instance_ids=("0",), message="no")
    paused = _told(failed, ev.Paused(reason="asked", message=""), ev.Resumed(by="ana"))
    assert paused.accepted_unhealthy == frozenset()
    halt = ev.Halted(reason="failure", message="", instance_ids=("0",))
    assert _told(failed, halt, ev.Resumed(by="ana")).accepted_unhealthy == {"0"}


@pytest.mark.parametrize(
    "want",
    [
        ev.IntentKind.RESUME,
        ev.IntentKind.PROMOTE,
        ev.IntentKind.PAUSE,
        ev.IntentKind.END_WAIT,
        ev.IntentKind.ABORT,
    ],
)
def test_after_an_abort_no_wish_means_anything(want: ev.IntentKind) -> None:
    run = _told(ev.Aborted(by="ana"))
    assert engine.event_for_intent(run, ev.Intent(kind=want, by="ana")) is None


def test_a_wait_ends_only_where_there_is_one() -> None:
    intent = ev.Intent(kind=ev.IntentKind.END_WAIT, by="ana")
    assert engine.event_for_intent(_told(), intent) is None
    settled = ev.BatchSettled(number=1, upgraded=1, failed=0, gone=0)
    assert engine.event_for_intent(_told(_asked("0")), intent) is None
    assert engine.event_for_intent(_told(_asked("0"), settled), intent) == ev.WaitEnded(by="ana")
    assert engine.event_for_intent(_told(_asked("0"), settled, _asked("1")), intent) is None


def test_a_lost_model_edit_is_looked_for_and_never_counted_as_taken() -> None:
    edit = ev.ModelIntent(body={}, if_match='"1"', client_request_id="", attempt=1)
    assert _told(edit).model is ModelStage.REQUESTED
    assert _told(edit, ev.ModelUnknown(message="")).model is ModelStage.UNKNOWN
    refused = ev.ModelRefused(code="PreconditionFailed", message="", retry_after=0.0)
    assert _told(edit, refused).model_attempts == 0


def test_a_moved_wall_clock_moves_no_decision() -> None:
    world = small_set(4, domains=1)
    harness = EngineHarness(world, Policy(max_batch_instance_percent=Amount(percent=50)))
    harness.cycle()
    shifted = [
        msgspec.structs.replace(record, at="1999-12-31T23:59:59Z") for record in harness.journal
    ]
    snapshot = world.snapshot()
    nobody = Observation(None, harness.run.seq, world.t)
    reading = Reading(snapshot, harness.run.seq, world.t, observation=nobody)
    now = Moment(world.t, world.t)
    one = engine.step(harness.run, reading, now).command
    other = engine.step(fold(shifted), reading, now).command
    assert isinstance(one, ev.BatchIntent)
    assert isinstance(other, ev.BatchIntent)
    assert one.instance_ids == other.instance_ids


def records_of(*bodies: ev.AnyEvent) -> list[ev.Record]:
    """Records of these events, one run second apart."""
    return [ev.Record(seq=n, at="", t=float(n), body=body) for n, body in enumerate(bodies, 1)]


def test_the_wait_grows_with_refusals_in_a_row_and_never_undercuts_azures() -> None:
    confirmed = ev.PlanConfirmed(plan=PLAN, by="ana")
    refused = ev.BatchRefused(number=1, code="X", message="", retry_after=12.0)
    intent = ev.BatchIntent(
        number=1, row="UD 0", instance_ids=("0",), client_request_id="c", attempt=1
    )
    waits = []
    for count in range(1, 6):
        run = fold(records_of(confirmed, *(intent, refused) * count))
        assert run.retry_at is not None
        waits.append(run.retry_at - run.t)
    assert waits == [12.0, 12.0, 20.0, 30.0, 30.0]


def test_a_late_success_is_followed_once_until_a_resume() -> None:
    confirmed = ev.PlanConfirmed(plan=PLAN, by="ana")
    intent = ev.BatchIntent(
        number=1, row="UD 0", instance_ids=("0",), client_request_id="c", attempt=1
    )
    failed = ev.InstancesFailed(
        instance_ids=("0",), message="not complete within the batch timeout"
    )
    late = ev.LateEffectDetected(number=1, row="UD 0", instance_ids=("0",))
    first = (confirmed, intent, ev.BatchAccepted(number=1), failed)
    assert not fold(records_of(*first)).members["0"].recovered
    assert fold(records_of(*first, late, failed)).members["0"].recovered
    halted = ev.Halted(reason="failure", message="")
    resumed = fold(records_of(*first, late, failed, halted, ev.Resumed(by="ana")))
    assert not resumed.members["0"].recovered

"""Runs carried out against the simulator over real HTTP; what happened is its ledger's word."""

from collections import Counter

import pytest

from tests.support.bench import NEWEST, BenchFactory
from tests.support.domain_run import plan_domain, run_plan
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run.run import Phase

pytestmark = pytest.mark.usefixtures("rare_readings")
UPGRADE = "/manualupgrade$"


def test_a_run_upgrades_each_instance_of_the_chosen_domain_exactly_once(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    plan = plan_domain(bench, edit=Edit(image_version=NEWEST))
    run = run_plan(bench, plan)
    assert run.phase is Phase.COMPLETED
    assert Counter(bench.effects()) == Counter(plan.instance_ids)
    assert len(plan.instance_ids) == 20
    after = bench.services.queries.observe(bench.set_id)
    assert {i.instance_id for i in after.instances if i.latest_model_applied} == set(
        plan.instance_ids
    )


def test_batches_go_one_after_the_other_and_stay_inside_a_domain(make_bench: BenchFactory) -> None:
    bench = make_bench()
    plan = plan_domain(bench, Selection(), max_batch_instance_percent=Amount(count=10))
    name = bench.services.run_control.start(plan)
    assert bench.run_worker(name).phase is Phase.COMPLETED
    domain = {
        i.instance_id: i.update_domain
        for i in bench.services.queries.observe(bench.set_id).instances
    }
    open_batches = 0
    for record in bench.services.run_control.follow(name).read_new():
        match record.body:
            case ev.BatchIntent(instance_ids=ids):
                open_batches += 1
                assert open_batches == 1
                assert len({domain[i] for i in ids}) == 1
                assert len(ids) <= 10
            case ev.BatchSettled():
                open_batches -= 1
    assert len(bench.effects()) == 80


def test_a_pause_between_batches_is_waited_out_on_the_runs_own_clock(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    plan = plan_domain(
        bench, max_batch_instance_percent=Amount(count=8), pause_time_between_batches=300.0
    )
    name = bench.services.run_control.start(plan)
    assert bench.run_worker(name).phase is Phase.COMPLETED
    records = bench.services.run_control.follow(name).read_new()
    intents = [r.t for r in records if isinstance(r.body, ev.BatchIntent)]
    settled = [r.t for r in records if isinstance(r.body, ev.BatchSettled)]
    assert len(intents) == 2
    assert intents[1] - settled[0] >= 300.0


def test_an_answer_that_is_lost_after_the_effect_is_looked_for_and_not_asked_again(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    bench.fault(UPGRADE, {"drop_after": True}, method="POST")
    plan = plan_domain(bench)
    assert run_plan(bench, plan).phase is Phase.COMPLETED
    assert Counter(bench.effects()) == Counter(plan.instance_ids)
    assert len(bench.requests("POST", "manualupgrade")) == 1


def test_a_request_that_never_arrived_is_sent_once_more_after_the_settle_window(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    bench.fault(UPGRADE, {"drop_before": True}, method="POST")
    plan = plan_domain(bench)
    name = bench.services.run_control.start(plan)
    run = bench.run_worker(name)
    assert run.phase is Phase.COMPLETED
    assert Counter(bench.effects()) == Counter(plan.instance_ids)
    intents = [
        r
        for r in bench.services.run_control.follow(name).read_new()
        if isinstance(r.body, ev.BatchIntent)
    ]
    assert len(intents) == 2
    assert intents[1].t - intents[0].t >= plan.policy.settle_window
    assert {member.attempts for member in run.members.values()} == {2}


@pytest.mark.parametrize(
    ("status", "headers"), [(429, {"Retry-After": "17"}), (409, {}), (429, {"Retry-After": "inf"})]
)
def test_not_now_is_waited_for_and_is_no_attempt(
    make_bench: BenchFactory, status: int, headers: dict[str, str]
) -> None:
    bench = make_bench()
    body = {"error": {"code": "Conflict", "message": "a concurrent request is at work"}}
    action = {"status": status, "headers": headers, "body": body}
    bench.fault(UPGRADE, action, method="POST", times=2)
    plan = plan_domain(bench)
    run = run_plan(bench, plan)
    assert run.phase is Phase.COMPLETED
    assert Counter(bench.effects()) == Counter(plan.instance_ids)
    assert {member.attempts for member in run.members.values()} == {1}


def test_a_right_that_is_missing_halts_with_azures_words(make_bench: BenchFactory) -> None:
    bench = make_bench()
    refusal = "The client 'op' does not have authorization to perform action 'manualupgrade'"
    body = {"error": {"code": "AuthorizationFailed", "message": refusal}}
    bench.fault(UPGRADE, {"status": 403, "body": body}, method="POST")
    run = run_plan(bench, plan_domain(bench))
    assert (run.phase, run.reason) == (Phase.FAULTED, "refused")
    assert refusal in run.message
    assert bench.effects() == []
    assert len(bench.requests("POST", "manualupgrade")) == 1


def test_pause_holds_the_next_batch_and_resume_lets_it_go(make_bench: BenchFactory) -> None:
    bench = make_bench()
    plan = plan_domain(bench, max_batch_instance_percent=Amount(count=8))
    name = bench.services.run_control.start(plan)
    bench.run_worker(name, until=lambda run: run.open_batch is not None)
    bench.services.run_control.send_intent(name, ev.IntentKind.PAUSE)
    paused = bench.run_worker(name, until=lambda _run: bench.clock.run() > 1000)
    assert paused.phase is Phase.PAUSED
    assert len(bench.effects()) == 8
    bench.services.run_control.resume(name)
    assert bench.run_worker(name).phase is Phase.COMPLETED
    assert Counter(bench.effects()) == Counter(plan.instance_ids)


def test_an_aborted_run_sends_nothing_more_and_says_what_goes_on(make_bench: BenchFactory) -> None:
    bench = make_bench()
    name = bench.services.run_control.start(
        plan_domain(bench, max_batch_instance_percent=Amount(count=8))
    )
    bench.run_worker(name, until=lambda run: run.open_batch is not None)
    bench.services.run_control.send_intent(name, ev.IntentKind.ABORT)
    assert bench.run_worker(name).phase is Phase.CANCELLED
    assert len(bench.effects()) == 8
    with pytest.raises(RunRefused, match=r"has ended \(Aborted\)"):
        bench.services.run_control.resume(name)


def test_an_abort_after_the_end_is_refused_and_starts_no_worker(make_bench: BenchFactory) -> None:
    bench = make_bench()
    name = bench.services.run_control.start(plan_domain(bench))
    assert bench.run_worker(name).phase is Phase.COMPLETED
    workers = len(bench.started_runs)
    with pytest.raises(RunRefused, match=r"has ended \(Completed\): there is nothing to abort"):
        bench.services.run_control.send_intent(name, ev.IntentKind.ABORT)
    assert len(bench.started_runs) == workers
    assert bench.services.store.find(name).read_intents() == []


def test_a_second_run_on_the_same_set_is_refused_while_one_is_at_work(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    plan = plan_domain(bench)
    folder = bench.services.store.find(bench.services.run_control.start(plan))
    assert bench.services.run_control.live_run_names() == []
    assert folder.take_lock(bench.clock.wall())
    assert bench.services.run_control.live_run_names() == [folder.name]
    with pytest.raises(RunRefused, match=folder.name):
        bench.services.run_control.start(plan)
    folder.lock.release()


@pytest.mark.parametrize("scenario", ["automatic-policy", "rolling-policy"])
def test_a_set_that_azure_upgrades_by_itself_is_refused_in_words(
    make_bench: BenchFactory, scenario: str
) -> None:
    bench = make_bench(scenario)
    with pytest.raises(RunRefused, match="Azure itself upgrades"):
        plan_domain(bench, Selection(everything=True), Edit(image_version=NEWEST))
    assert bench.requests("PATCH") == []


def test_a_read_only_seat_starts_nothing(make_bench: BenchFactory) -> None:
    bench = make_bench(read_only=True)
    with pytest.raises(RunRefused, match="is read-only"):
        bench.services.run_control.start(plan_domain(bench))
    assert bench.started_runs == []


def test_the_members_of_a_big_sets_batch_are_followed_without_spending_its_list_budget(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench("thousand")
    snapshot = bench.services.queries.observe(bench.set_id)
    stale = [i for i in snapshot.instances if i.latest_model_applied is False]
    group, domain = stale[0].placement_group, stale[0].update_domain
    row = [i for i in stale if (i.placement_group, i.update_domain) == (group, domain)]
    ids = tuple(i.instance_id for i in row)
    name = bench.services.run_control.start(
        bench.services.planner.plan(snapshot, Selection(ids), Policy())
    )
    assert bench.run_worker(name).phase is Phase.COMPLETED
    assert Counter(bench.effects()) == Counter(ids)
    (intents,) = (
        r.t
        for r in bench.services.run_control.follow(name).read_new()
        if isinstance(r.body, ev.BatchIntent)
    )
    seen = [
        r.t
        for r in bench.services.run_control.follow(name).read_new()
        if isinstance(r.body, ev.InstancesReady)
    ]
    assert seen[0] - intents < 60.0, "a whole reading is due only once a minute"
    pages = [
        request for request in bench.requests("GET") if request["path"].endswith("/virtualMachines")
    ]
    answers = {
        request["status"] for request in bench.requests("GET") if "latest" not in request["path"]
    }
    assert answers == {200}
    assert len(pages) <= 30 + bench.clock.run() / 6
    assert len(bench.requests("GET", f"/virtualMachines/{ids[0]}")) > 3

"""Runs carried out against the simulator over real HTTP; what happened is its ledger's word."""

import errno
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import NEWEST, Bench
from tests.support.in_process_crash import Killed, dies_at
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.gateway import Unreachable
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.observe.pollers import Lookout
from vmss_tui.runtime.observe.run_observer import DEMO_GONE
from vmss_tui.runtime.runs.runner import LockLost
from vmss_tui.runtime.storage.journal import Journal, JournalFailed
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.step import BUSY_LIMIT
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run.run import Phase, Run, Stage

Simulated = Callable[..., Bench]
UPGRADE = "/manualupgrade$"
DOMAIN_1 = Selection(update_domains=(1,))


def planned(
    bench: Bench, selection: Selection = DOMAIN_1, edit: Edit | None = None, **policy: Any
) -> Plan:
    return bench.planned(selection, Policy(**policy), edit)


def carried_out(bench: Bench, plan: Plan) -> Run:
    return bench.carry_out(bench.cockpit.runs.start(plan))


def kinds(bench: Bench, name: str) -> list[str]:
    return [type(record.body).__name__ for record in bench.cockpit.runs.follow(name).poll()]


def test_a_run_upgrades_each_instance_of_the_chosen_domain_exactly_once(
    simulated: Simulated,
) -> None:
    bench = simulated()
    plan = planned(bench, edit=Edit(image_version=NEWEST))
    run = carried_out(bench, plan)
    assert run.phase is Phase.COMPLETED
    assert Counter(bench.effects()) == Counter(plan.instance_ids)
    assert len(plan.instance_ids) == 20
    after = bench.cockpit.readings.observe(bench.set_id)
    assert {i.instance_id for i in after.instances if i.latest_model_applied} == set(
        plan.instance_ids
    )


def test_batches_go_one_after_the_other_and_stay_inside_a_domain(simulated: Simulated) -> None:
    bench = simulated()
    plan = planned(bench, Selection(), max_batch_instance_percent=Amount(count=10))
    name = bench.cockpit.runs.start(plan)
    assert bench.carry_out(name).phase is Phase.COMPLETED
    domain = {
        i.instance_id: i.update_domain
        for i in bench.cockpit.readings.observe(bench.set_id).instances
    }
    open_batches = 0
    for record in bench.cockpit.runs.follow(name).poll():
        match record.body:
            case ev.BatchIntent(instance_ids=ids):
                open_batches += 1
                assert open_batches == 1
                assert len({domain[i] for i in ids}) == 1
                assert len(ids) <= 10
            case ev.BatchSettled():
                open_batches -= 1
    assert len(bench.effects()) == 80


def test_a_pause_between_batches_is_waited_out_on_the_runs_own_clock(simulated: Simulated) -> None:
    bench = simulated()
    plan = planned(
        bench, max_batch_instance_percent=Amount(count=8), pause_time_between_batches=300.0
    )
    name = bench.cockpit.runs.start(plan)
    assert bench.carry_out(name).phase is Phase.COMPLETED
    records = bench.cockpit.runs.follow(name).poll()
    asked = [r.t for r in records if isinstance(r.body, ev.BatchIntent)]
    settled = [r.t for r in records if isinstance(r.body, ev.BatchSettled)]
    assert len(asked) == 2
    assert asked[1] - settled[0] >= 300.0


def test_an_answer_that_is_lost_after_the_effect_is_looked_for_and_not_asked_again(
    simulated: Simulated,
) -> None:
    bench = simulated()
    bench.fault(UPGRADE, {"drop_after": True}, method="POST")
    plan = planned(bench)
    assert carried_out(bench, plan).phase is Phase.COMPLETED
    assert Counter(bench.effects()) == Counter(plan.instance_ids)
    assert len(bench.requests("POST", "manualupgrade")) == 1


def test_a_request_that_never_arrived_is_sent_once_more_after_the_settle_window(
    simulated: Simulated,
) -> None:
    bench = simulated()
    bench.fault(UPGRADE, {"drop_before": True}, method="POST")
    plan = planned(bench)
    name = bench.cockpit.runs.start(plan)
    run = bench.carry_out(name)
    assert run.phase is Phase.COMPLETED
    assert Counter(bench.effects()) == Counter(plan.instance_ids)
    asked = [
        r for r in bench.cockpit.runs.follow(name).poll() if isinstance(r.body, ev.BatchIntent)
    ]
    assert len(asked) == 2
    assert asked[1].t - asked[0].t >= plan.policy.settle_window
    assert {member.attempts for member in run.members.values()} == {2}


@pytest.mark.parametrize(
    ("status", "headers"), [(429, {"Retry-After": "17"}), (409, {}), (429, {"Retry-After": "inf"})]
)
def test_not_now_is_waited_for_and_is_no_attempt(
    simulated: Simulated, status: int, headers: dict[str, str]
) -> None:
    bench = simulated()
    body = {"error": {"code": "Conflict", "message": "a concurrent request is at work"}}
    action = {"status": status, "headers": headers, "body": body}
    bench.fault(UPGRADE, action, method="POST", times=2)
    plan = planned(bench)
    run = carried_out(bench, plan)
    assert run.phase is Phase.COMPLETED
    assert Counter(bench.effects()) == Counter(plan.instance_ids)
    assert {member.attempts for member in run.members.values()} == {1}


def test_a_right_that_is_missing_halts_with_azures_words(simulated: Simulated) -> None:
    bench = simulated()
    words = "The client 'op' does not have authorization to perform action 'manualupgrade'"
    body = {"error": {"code": "AuthorizationFailed", "message": words}}
    bench.fault(UPGRADE, {"status": 403, "body": body}, method="POST")
    run = carried_out(bench, planned(bench))
    assert (run.phase, run.reason) == (Phase.FAULTED, "refused")
    assert words in run.message
    assert bench.effects() == []
    assert len(bench.requests("POST", "manualupgrade")) == 1


def test_a_model_that_somebody_wrote_meanwhile_halts_the_run_before_the_next_batch(
    simulated: Simulated,
) -> None:
    bench = simulated()
    plan = planned(bench, Selection(), max_batch_instance_percent=Amount(count=16))
    name = bench.cockpit.runs.start(plan)
    bench.carry_out(name, until=lambda run: run.count(Stage.UPGRADED) >= 16)
    image = "properties.virtualMachineProfile.storageProfile.imageReference"
    bench.edit(**{f"{image}.version": "22.04.202512010"})
    run = bench.carry_out(name)
    assert (run.phase, run.reason) == (Phase.FAULTED, "drift")
    assert "22.04.202512010" in run.message
    assert len(bench.effects()) == 16


def test_an_edit_against_a_model_that_was_written_since_the_plan_sends_nothing(
    simulated: Simulated,
) -> None:
    bench = simulated()
    plan = planned(bench, edit=Edit(image_version=NEWEST))
    bench.edit(**{"sku.name": "Standard_D8s_v5"})
    run = carried_out(bench, plan)
    assert (run.phase, run.reason) == (Phase.FAULTED, "drift")
    assert bench.requests("PATCH") == []
    assert bench.effects() == []


def test_an_etag_that_moved_by_itself_costs_one_more_reading_only(simulated: Simulated) -> None:
    bench = simulated()
    refused = {"error": {"code": "PreconditionFailed", "message": "Etag does not match."}}
    bench.fault("virtualMachineScaleSets/[^/]+$", {"status": 412, "body": refused}, method="PATCH")
    run = carried_out(bench, planned(bench, edit=Edit(image_version=NEWEST)))
    assert run.phase is Phase.COMPLETED
    assert [each["status"] for each in bench.requests("PATCH")] == [412, 200]


def test_a_lost_answer_to_the_model_edit_is_resolved_by_looking(simulated: Simulated) -> None:
    bench = simulated()
    bench.fault("virtualMachineScaleSets/[^/]+$", {"drop_after": True}, method="PATCH")
    plan = planned(bench, edit=Edit(image_version=NEWEST))
    name = bench.cockpit.runs.start(plan)
    assert bench.carry_out(name).phase is Phase.COMPLETED
    assert len(bench.requests("PATCH")) == 1
    assert ev.ModelAccepted(seen=True) in [r.body for r in bench.cockpit.runs.follow(name).poll()]


def test_an_image_that_never_becomes_healthy_stops_the_run_in_its_first_batch(
    simulated: Simulated,
) -> None:
    bench = simulated("bad-image")
    plan = planned(
        bench,
        Selection(everything=True),
        Edit(image_version=NEWEST),
        max_batch_instance_percent=Amount(count=5),
    )
    run = carried_out(bench, plan)
    assert (run.phase, run.reason) == (Phase.FAULTED, "failure")
    assert "healthy" in run.message
    assert len(set(bench.effects())) == 5


def test_pause_holds_the_next_batch_and_resume_lets_it_go(simulated: Simulated) -> None:
    bench = simulated()
    plan = planned(bench, max_batch_instance_percent=Amount(count=8))
    name = bench.cockpit.runs.start(plan)
    bench.carry_out(name, until=lambda run: run.open_batch is not None)
    bench.cockpit.runs.wish(name, ev.IntentKind.PAUSE)
    paused = bench.carry_out(name, until=lambda _run: bench.clock.run() > 1000)
    assert paused.phase is Phase.PAUSED
    assert len(bench.effects()) == 8
    bench.cockpit.runs.resume(name)
    assert bench.carry_out(name).phase is Phase.COMPLETED
    assert Counter(bench.effects()) == Counter(plan.instance_ids)


def test_an_aborted_run_sends_nothing_more_and_says_what_goes_on(simulated: Simulated) -> None:
    bench = simulated()
    name = bench.cockpit.runs.start(planned(bench, max_batch_instance_percent=Amount(count=8)))
    bench.carry_out(name, until=lambda run: run.open_batch is not None)
    bench.cockpit.runs.wish(name, ev.IntentKind.ABORT)
    assert bench.carry_out(name).phase is Phase.CANCELLED
    assert len(bench.effects()) == 8
    with pytest.raises(RunRefused, match="over"):
        bench.cockpit.runs.resume(name)


def test_a_second_run_on_the_same_set_is_refused_while_one_is_at_work(
    simulated: Simulated,
) -> None:
    bench = simulated()
    plan = planned(bench)
    folder = bench.cockpit.store.find(bench.cockpit.runs.start(plan))
    assert folder.take_lock(bench.clock.wall())
    with pytest.raises(RunRefused, match=folder.name):
        bench.cockpit.runs.start(plan)
    folder.lock.release()


@pytest.mark.parametrize("scenario", ["automatic-policy", "rolling-policy"])
def test_a_set_that_azure_upgrades_by_itself_is_refused_in_words(
    simulated: Simulated, scenario: str
) -> None:
    bench = simulated(scenario)
    with pytest.raises(RunRefused, match="Azure itself upgrades"):
        planned(bench, Selection(everything=True), Edit(image_version=NEWEST))
    assert bench.requests("PATCH") == []


def test_a_read_only_seat_starts_nothing(simulated: Simulated) -> None:
    bench = simulated(read_only=True)
    with pytest.raises(RunRefused, match="only looks"):
        bench.cockpit.runs.start(planned(bench))
    assert bench.launched == []


def test_the_members_of_a_big_sets_batch_are_followed_without_spending_its_list_budget(
    simulated: Simulated,
) -> None:
    bench = simulated("thousand")
    snapshot = bench.cockpit.readings.observe(bench.set_id)
    stale = [i for i in snapshot.instances if i.latest_model_applied is False]
    group, domain = stale[0].placement_group, stale[0].update_domain
    row = [i for i in stale if (i.placement_group, i.update_domain) == (group, domain)]
    ids = tuple(i.instance_id for i in row)
    name = bench.cockpit.runs.start(bench.cockpit.planning.plan(snapshot, Selection(ids), Policy()))
    assert bench.carry_out(name).phase is Phase.COMPLETED
    assert Counter(bench.effects()) == Counter(ids)
    (asked,) = (
        r.t for r in bench.cockpit.runs.follow(name).poll() if isinstance(r.body, ev.BatchIntent)
    )
    seen = [
        r.t for r in bench.cockpit.runs.follow(name).poll() if isinstance(r.body, ev.InstancesReady)
    ]
    assert seen[0] - asked < 60.0, "a whole reading is due only once a minute"
    pages = [each for each in bench.requests("GET") if each["path"].endswith("/virtualMachines")]
    answers = {each["status"] for each in bench.requests("GET") if "latest" not in each["path"]}
    assert answers == {200}
    assert len(pages) <= 30 + bench.clock.run() / 6
    assert len(bench.requests("GET", f"/virtualMachines/{ids[0]}")) > 3


@pytest.mark.parametrize("before_the_write", [True, False])
def test_a_worker_killed_at_any_record_leaves_a_run_that_upgrades_everything_once(
    simulated: Simulated, monkeypatch: pytest.MonkeyPatch, before_the_write: bool
) -> None:
    positions = 0
    while True:
        bench = simulated()
        plan = planned(bench, edit=Edit(image_version=NEWEST))
        name = bench.cockpit.runs.start(plan)
        killed_at = positions + 1
        with monkeypatch.context() as patched:
            dies_at(patched, killed_at, before_the_write=before_the_write)
            try:
                bench.carry_out(name)
            except Killed:
                positions += 1
            else:
                break
        run = bench.carry_out(name)
        assert run.phase is Phase.COMPLETED, f"killed at record {killed_at}"
        assert Counter(bench.effects()) == Counter(plan.instance_ids)
    assert positions > 12


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT])
@pytest.mark.parametrize("kind", [ev.ModelIntent, ev.BatchIntent])
def test_a_disk_that_fails_at_an_intent_means_that_nothing_is_sent(
    simulated: Simulated, monkeypatch: pytest.MonkeyPatch, kind: type[ev.Event], number: int
) -> None:
    bench = simulated()
    name = bench.cockpit.runs.start(planned(bench, edit=Edit(image_version=NEWEST)))
    append, write = Journal.append, os.write

    def full(_file: int, data: bytes) -> int:
        raise OSError(number, os.strerror(number), len(data))

    def appending(journal: Journal, event: ev.Event, *args: Any) -> ev.Record:
        monkeypatch.setattr("os.write", full if isinstance(event, kind) else write)
        try:
            return append(journal, event, *args)
        finally:
            monkeypatch.setattr("os.write", write)

    monkeypatch.setattr(Journal, "append", appending)
    with pytest.raises(JournalFailed, match=os.strerror(number)):
        bench.carry_out(name)
    sent = bench.requests("PATCH" if kind is ev.ModelIntent else "POST")
    assert sent == []


def test_a_clock_that_is_shifted_changes_neither_order_nor_number_of_requests(
    simulated: Simulated,
) -> None:
    orders = []
    for hours in (0, 1, -1):
        bench = simulated()
        plan = planned(bench, Selection(), max_batch_instance_percent=Amount(count=16))
        name = bench.cockpit.runs.start(plan)
        bench.carry_out(name, until=lambda run: run.count(Stage.UPGRADED) >= 16)
        bench.clock.skew = timedelta(hours=hours)
        assert bench.carry_out(name).phase is Phase.COMPLETED
        orders.append(
            [
                r.body.instance_ids
                for r in bench.cockpit.runs.follow(name).poll()
                if isinstance(r.body, ev.BatchIntent)
            ]
        )
    assert orders[0] == orders[1] == orders[2]


def test_a_sign_in_that_is_gone_is_waited_for_however_long_it_takes(simulated: Simulated) -> None:
    bench = simulated()
    body = {"error": {"code": "ExpiredAuthenticationToken", "message": "The token is expired."}}
    bench.fault(UPGRADE, {"status": 401, "body": body}, method="POST", times=2 * BUSY_LIMIT)
    plan = planned(bench)
    run = carried_out(bench, plan)
    assert run.phase is Phase.COMPLETED
    assert Counter(bench.effects()) == Counter(plan.instance_ids)
    assert {member.attempts for member in run.members.values()} == {1}


def test_throttling_that_does_not_end_halts_in_azures_words(simulated: Simulated) -> None:
    bench = simulated()
    body = {"error": {"code": "OperationNotAllowed", "message": "too many requests"}}
    action = {"status": 429, "headers": {"Retry-After": "17"}, "body": body}
    bench.fault(UPGRADE, action, method="POST", times=None)
    run = carried_out(bench, planned(bench))
    assert (run.phase, run.reason) == (Phase.FAULTED, "throttled")
    assert "too many requests" in run.message
    assert bench.effects() == []


def test_another_principal_than_the_one_who_confirmed_writes_nothing(
    simulated: Simulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = simulated()
    plan = planned(bench, edit=Edit(image_version=NEWEST))
    honest = bench.gateway.context

    def signed_in_as(name: str) -> None:
        context = replace(honest, principal=name)
        monkeypatch.setattr(type(bench.gateway), "context", property(lambda _self: context))

    signed_in_as("ana@contoso.com")
    name = bench.cockpit.runs.start(plan)
    signed_in_as("bob@contoso.com")
    run = bench.carry_out(name)
    assert (run.phase, run.reason) == (Phase.FAULTED, "not signed in")
    assert "confirmed as ana@contoso.com" in run.message
    assert bench.requests("PATCH") == []
    with pytest.raises(RunRefused, match=r"sign-in is bob@contoso\.com now"):
        bench.cockpit.runs.resume(name)
    signed_in_as("ana@contoso.com")
    bench.cockpit.runs.resume(name)
    assert bench.carry_out(name).phase is Phase.COMPLETED


def test_a_worker_whose_lock_was_taken_away_writes_nothing_more(simulated: Simulated) -> None:
    bench = simulated()
    name = bench.cockpit.runs.start(planned(bench))
    folder = bench.cockpit.store.find(name)

    def takes_it_away(_run: Run) -> bool:
        folder.lock.path.unlink(missing_ok=True)
        return False

    with pytest.raises(LockLost):
        bench.carry_out(name, until=takes_it_away)
    assert bench.requests("POST", "manualupgrade") == []
    assert folder.read()[0].open_batch is None


@pytest.mark.parametrize("demo", [True, False])
def test_a_worker_outlives_a_lost_network_but_not_the_demo_world_it_ran_in(
    simulated: Simulated, monkeypatch: pytest.MonkeyPatch, demo: bool
) -> None:
    bench = simulated()
    context = replace(bench.gateway.context, demo=demo)
    monkeypatch.setattr(type(bench.gateway), "context", property(lambda _self: context))
    name = bench.cockpit.runs.start(planned(bench))
    failed = [0]

    def unreachable(_self: object, _run: Run) -> None:
        failed[0] += 1
        if failed[0] > 3 * DEMO_GONE:
            raise Killed
        raise Unreachable("connection refused")

    monkeypatch.setattr(Lookout, "look", unreachable)
    if demo:
        assert bench.carry_out(name).phase is Phase.ROLLING_FORWARD
        assert failed[0] == DEMO_GONE
    else:
        with pytest.raises(Killed):
            bench.carry_out(name)
    assert bench.requests("POST", "manualupgrade") == []

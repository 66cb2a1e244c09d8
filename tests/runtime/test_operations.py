"""Operations through the real gateway against the simulator: effects counted in its ledger."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec import structs

from tests.conftest import Bench, no_room_for_answers
from vmss_tui.fleet.instance_operation import Guard, OperationKind, Protection
from vmss_tui.fleet.scale_set import PowerState, ProvisioningState
from vmss_tui.gateway import Busy, Missing, NotAllowed, Power, ReadOnly, Refused, Throttled
from vmss_tui.operations.plan import OperationPlan, WhyNot, plan_operation
from vmss_tui.operations.progress import Outcome, counts, failures
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.operations.instances import LostSight, Undertaking
from vmss_tui.runtime.storage.journal import JournalFailed
from vmss_tui.runtime.storage.operations_log import Operation
from vmss_tui.upgrade.events import IntentKind
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.selection import NoPlan, Selection
from vmss_tui.upgrade.run.run import Phase

Simulated = Callable[..., Bench]
EFFECTS = {
    OperationKind.START: "start",
    OperationKind.RESTART: "restart",
    OperationKind.POWER_OFF: "poweroff",
    OperationKind.DEALLOCATE: "deallocate",
    OperationKind.REDEPLOY: "redeploy",
    OperationKind.REIMAGE: "reimage",
    OperationKind.REIMAGE_ALL: "reimageall",
    OperationKind.DELETE: "delete",
    OperationKind.PROTECT: "instance",
    OperationKind.UNPROTECT: "instance",
}
"""What the simulator's ledger calls it."""
LISTED = [verb for verb in OperationKind if not verb.guards]
SOME = Selection(instance_ids=("3", "11", "42"))
SCOPES = {
    "ids": SOME,
    "one": Selection(instance_ids=("7",)),
    "update-domain": Selection(update_domains=(2,)),
    "fault-domain": Selection(fault_domain=1),
    "whole-set": Selection(everything=True),
}
ON_SET = "/virtualMachineScaleSets/[^/]+/"


def planned(
    bench: Bench, verb: OperationKind, selection: Selection, guard: Guard = Guard.SCALE_IN
) -> OperationPlan:
    return plan_operation(bench.cockpit.readings.observe(bench.set_id), verb, selection, guard)


def done(bench: Bench, undertaking: Undertaking) -> Undertaking:
    return bench.cockpit.operating.follow(undertaking, lambda _progress: None)


def carried_out(
    bench: Bench, verb: OperationKind, selection: Selection, guard: Guard = Guard.SCALE_IN
) -> Undertaking:
    return done(bench, bench.cockpit.operating.begin(planned(bench, verb, selection, guard)))


def prepared(bench: Bench, verb: OperationKind, selection: Selection) -> None:
    """Brings those that are meant where the verb has something to do."""
    if verb is OperationKind.START:
        carried_out(bench, OperationKind.POWER_OFF, selection)
    if verb is OperationKind.UNPROTECT:
        carried_out(bench, OperationKind.PROTECT, selection)


def written(bench: Bench) -> list[str]:
    """The paths of all writes, in order, below the scale set."""
    base = bench.set_id.resource_id
    every = [r for method in ("POST", "PUT", "PATCH", "DELETE") for r in bench.requests(method)]
    return [r["path"].removeprefix(base) for r in every if "/_simulator/" not in r["path"]]


def recorded(bench: Bench) -> list[Operation]:
    return bench.cockpit.operating.log.read()


# Exactly those that are meant, in one request


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("verb", LISTED)
def test_an_operation_is_one_request_and_touches_exactly_those_that_are_meant(
    simulated: Simulated, verb: OperationKind, scope: str
) -> None:
    bench = simulated()
    selection = SCOPES[scope]
    prepared(bench, verb, selection)
    before = len(written(bench))
    plan = planned(bench, verb, selection)
    undertaking = done(bench, bench.cockpit.operating.begin(plan))
    assert written(bench)[before:] == [f"/{EFFECTS[verb]}"]
    assert sorted(bench.effects(EFFECTS[verb])) == sorted(plan.instance_ids)
    assert undertaking.progress.went_well
    assert not plan.omitted
    left = {i.instance_id for i in bench.cockpit.readings.observe(bench.set_id).instances}
    gone = set(plan.instance_ids) if verb is OperationKind.DELETE else set()
    assert len(left) == 100 - len(gone)
    assert not left & gone


@pytest.mark.parametrize("selection", [Selection(zone="2"), Selection(zone="1", fault_domain=0)])
def test_a_zone_is_exactly_its_instances(simulated: Simulated, selection: Selection) -> None:
    bench = simulated("zonal")
    zone = {
        i.instance_id
        for i in bench.cockpit.readings.observe(bench.set_id).instances
        if i.zone == selection.zone
    }
    assert carried_out(bench, OperationKind.RESTART, selection).progress.went_well
    assert set(bench.effects("restart")) == zone
    assert written(bench) == ["/restart"]


def test_a_placement_group_is_exactly_its_instances(simulated: Simulated) -> None:
    bench = simulated("thousand")
    snapshot = bench.cockpit.readings.observe(bench.set_id)
    group = snapshot.instances[0].placement_group
    assert group is not None
    members = {i.instance_id for i in snapshot.instances if i.placement_group == group}
    undertaking = carried_out(bench, OperationKind.RESTART, Selection(placement_group=group[:8]))
    assert undertaking.progress.went_well
    assert set(bench.effects("restart")) == members
    assert len(members) == 100
    assert written(bench) == ["/restart"]


def test_the_members_of_a_large_set_are_followed_without_listing_it_again(
    simulated: Simulated,
) -> None:
    bench = simulated("thousand")
    plan = planned(bench, OperationKind.RESTART, Selection(instance_ids=("5", "6")))
    lists = len([r for r in bench.requests("GET") if r["path"].endswith("/virtualMachines")])
    assert lists == 10
    assert done(bench, bench.cockpit.operating.begin(plan)).progress.went_well
    assert (
        len([r for r in bench.requests("GET") if r["path"].endswith("/virtualMachines")]) == lists
    )


@pytest.mark.parametrize("guard", Guard)
@pytest.mark.parametrize("verb", [OperationKind.PROTECT, OperationKind.UNPROTECT])
def test_protection_is_one_put_for_each_instance_with_its_etag(
    simulated: Simulated, verb: OperationKind, guard: Guard
) -> None:
    bench = simulated()
    if verb is OperationKind.UNPROTECT:
        carried_out(bench, OperationKind.PROTECT, SOME, Guard.SET_ACTIONS)
    before = len(bench.requests("PUT"))
    assert carried_out(bench, verb, SOME, guard).progress.went_well
    puts = [each["path"].rpartition("/")[2] for each in bench.requests("PUT")[before:]]
    assert sorted(puts) == ["11", "3", "42"]
    start = Protection(verb is OperationKind.UNPROTECT, verb is OperationKind.UNPROTECT)
    for instance_id in SOME.instance_ids:
        found = bench.gateway.read_protection(bench.set_id, instance_id)
        assert found == start.after(verb, guard)
        assert found.etag


def test_protection_leaves_the_rest_of_the_instance_as_it_was(simulated: Simulated) -> None:
    bench = simulated()
    before = bench.gateway.read_instance(bench.set_id, "7")
    carried_out(bench, OperationKind.PROTECT, Selection(instance_ids=("7",)))
    after = bench.gateway.read_instance(bench.set_id, "7")
    moving = {"protectionPolicy", "instanceView", "provisioningState"}
    for tree in (before, after):
        kept = {k: v for k, v in tree["properties"].items() if k not in moving}
        assert kept == {k: v for k, v in before["properties"].items() if k not in moving}
    assert after["tags"] == before["tags"]


def test_an_instance_that_is_protected_so_by_now_is_not_written_again(
    simulated: Simulated,
) -> None:
    bench = simulated()
    plan = planned(bench, OperationKind.PROTECT, SOME)
    carried_out(bench, OperationKind.PROTECT, Selection(instance_ids=("3",)))
    undertaking = done(bench, bench.cockpit.operating.begin(plan))
    assert undertaking.plan.instance_ids == ("11", "42")
    assert len(bench.requests("PUT")) == 3


# Who is left out after the question was answered


def test_what_is_gone_or_as_wanted_by_now_is_left_out_and_told(simulated: Simulated) -> None:
    bench = simulated()
    plan = planned(bench, OperationKind.POWER_OFF, Selection(instance_ids=("3", "11", "42")))
    carried_out(bench, OperationKind.DELETE, Selection(instance_ids=("3",)))
    carried_out(bench, OperationKind.POWER_OFF, Selection(instance_ids=("11",)))
    undertaking = done(bench, bench.cockpit.operating.begin(plan))
    assert undertaking.plan.instance_ids == ("42",)
    left = {each.instance_id: each.why for each in undertaking.plan.omitted}
    assert left == {"3": WhyNot.GONE, "11": WhyNot.STOPPED}
    assert sorted(bench.effects("poweroff")) == ["11", "42"]


def test_when_nobody_is_left_nothing_is_sent(simulated: Simulated) -> None:
    bench = simulated()
    plan = planned(bench, OperationKind.POWER_OFF, Selection(instance_ids=("11",)))
    carried_out(bench, OperationKind.POWER_OFF, Selection(instance_ids=("11",)))
    assert bench.cockpit.operating.begin(plan).progress.went_well
    gone = planned(bench, OperationKind.DELETE, Selection(instance_ids=("11",)))
    carried_out(bench, OperationKind.DELETE, Selection(instance_ids=("11",)))
    with pytest.raises(NoPlan, match="no longer in the scale set"):
        bench.cockpit.operating.begin(gone)
    assert len(bench.requests("POST", "/poweroff")) == 1
    assert len(bench.requests("POST", "virtualMachineScaleSets/web-vmss/delete")) == 1


def test_an_id_that_azure_calls_stale_is_dropped_and_the_rest_asked_once(
    simulated: Simulated,
) -> None:
    bench = simulated()
    message = "The provided instanceId 11 is not an active Virtual Machine Scale Set VM instanceId."
    body = {"error": {"code": "InvalidParameter", "message": message, "target": "instanceIds"}}
    bench.fault(f"{ON_SET}restart$", {"status": 400, "body": body}, method="POST")
    undertaking = carried_out(bench, OperationKind.RESTART, SOME)
    assert undertaking.plan.instance_ids == ("3", "42")
    assert bench.effects("restart") == ["3", "42"]
    answers = [each.answer for each in recorded(bench) if each.answer]
    assert answers == ["refused", "accepted", "settled"]


def test_what_is_protected_from_set_actions_is_left_out_until_it_is_unprotected(
    simulated: Simulated,
) -> None:
    bench = simulated()
    carried_out(bench, OperationKind.PROTECT, Selection(instance_ids=("11",)), Guard.SET_ACTIONS)
    plan = planned(bench, OperationKind.REIMAGE, SOME)
    assert [(e.instance_id, e.why) for e in plan.omitted] == [("11", WhyNot.PROTECTED)]
    carried_out(bench, OperationKind.UNPROTECT, Selection(instance_ids=("11",)))
    assert not planned(bench, OperationKind.REIMAGE, SOME).omitted


# The record


def test_what_is_asked_is_in_the_record_before_its_answer_and_its_end(
    simulated: Simulated,
) -> None:
    bench = simulated()
    carried_out(bench, OperationKind.RESTART, SOME)
    asked, answered, settled = recorded(bench)
    assert (asked.verb, asked.instance_ids) == ("restart", SOME.instance_ids)
    assert asked.az == ("az vmss restart -g web-rg -n web-vmss --instance-ids 3 11 42",)
    assert asked.by
    assert answered.answer == "accepted"
    assert answered.operation.startswith(bench.simulator.endpoint)
    assert (settled.answer, settled.words) == ("settled", "3 of 3 restarted")
    assert len({each.request_id for each in (asked, answered, settled)}) == 1
    assert bench.requests("POST")[0]["client_request_id"] == asked.request_id


def test_without_a_record_nothing_is_sent(simulated: Simulated) -> None:
    bench = simulated()
    (bench.cockpit.store.state / "operations.jsonl").mkdir()
    for verb in (OperationKind.RESTART, OperationKind.PROTECT):
        with pytest.raises(JournalFailed):
            bench.cockpit.operating.begin(planned(bench, verb, SOME))
    assert written(bench) == []


@pytest.mark.parametrize("verb", [OperationKind.RESTART, OperationKind.PROTECT])
def test_an_answer_that_cannot_be_recorded_is_no_sign_that_nothing_was_sent(
    simulated: Simulated, monkeypatch: pytest.MonkeyPatch, verb: OperationKind
) -> None:
    bench = simulated()
    no_room_for_answers(monkeypatch)
    assert carried_out(bench, verb, SOME).progress.went_well
    assert sorted(bench.effects(EFFECTS[verb])) == ["11", "3", "42"]


def test_each_protection_is_recorded_with_what_puts_it_back(simulated: Simulated) -> None:
    bench = simulated()
    carried_out(bench, OperationKind.PROTECT, SOME, Guard.SET_ACTIONS)
    asked = [each for each in recorded(bench) if each.verb and not each.answer]
    assert sorted(each.instance_ids for each in asked) == [("11",), ("3",), ("42",)]
    for each in asked:
        assert each.body == Protection(True, True).body
        assert each.undo == Protection(False, False).body
    assert len([each for each in recorded(bench) if each.answer == "accepted"]) == 3


# Answers that go wrong


@pytest.mark.parametrize(
    "action",
    [
        {"drop_after": True},
        {"status": 500, "done": True},
        {"status": 503, "done": True, "headers": {"Retry-After": "1"}},
        {"html": True, "done": True},
    ],
)
@pytest.mark.parametrize(
    "verb", [OperationKind.RESTART, OperationKind.DEALLOCATE, OperationKind.DELETE]
)
def test_a_lost_answer_is_looked_for_and_never_sent_again(
    simulated: Simulated, verb: OperationKind, action: dict[str, Any]
) -> None:
    bench = simulated()
    bench.fault(f"{ON_SET}{EFFECTS[verb]}$", action, method="POST", times=None)
    begun = bench.cockpit.operating.begin(planned(bench, verb, SOME))
    assert not begun.progress.answered
    undertaking = done(bench, begun)
    assert undertaking.progress.went_well
    assert not undertaking.progress.unknown
    assert len(bench.requests("POST", f"/{EFFECTS[verb]}")) == 1
    assert [e.answer for e in recorded(bench) if e.answer] == ["unknown", "settled"]


@pytest.mark.parametrize("verb", LISTED)
def test_a_lost_request_is_not_sent_again_and_ends_as_unknown(
    simulated: Simulated, verb: OperationKind
) -> None:
    bench = simulated()
    prepared(bench, verb, SOME)
    already = len(bench.effects(EFFECTS[verb]))
    bench.fault(f"{ON_SET}{EFFECTS[verb]}$", {"drop_before": True}, method="POST", times=None)
    undertaking = carried_out(bench, verb, SOME)
    assert undertaking.progress.unknown
    assert undertaking.progress.ids(Outcome.UNSETTLED) == SOME.instance_ids
    assert len(bench.requests("POST", f"/{EFFECTS[verb]}")) == 1
    assert len(bench.effects(EFFECTS[verb])) == already
    ((words, _ids),) = failures(undertaking.progress)
    assert "not sent again" in words


@pytest.mark.parametrize(
    ("action", "raised", "words"),
    [
        (
            {"status": 409, "body": {"error": {"code": "Conflict", "message": "In conflict."}}},
            Busy,
            "In conflict",
        ),
        (
            {"status": 404, "body": {"error": {"code": "ResourceNotFound", "message": "None."}}},
            Missing,
            "None",
        ),
        (
            {"status": 429, "headers": {"Retry-After": "17"}, "body": {}},
            Throttled,
            "Throttled by Azure for 17 s",
        ),
        (
            {"status": 403, "body": {"error": {"code": "AuthorizationFailed", "message": "No."}}},
            NotAllowed,
            "No",
        ),
        (
            {"status": 400, "body": {"error": {"code": "OperationNotAllowed", "message": "Not."}}},
            Refused,
            "Not",
        ),
    ],
)
@pytest.mark.parametrize(
    "verb", [OperationKind.RESTART, OperationKind.DELETE, OperationKind.PROTECT]
)
def test_azures_refusal_is_handed_on_in_its_words_and_nothing_happened(
    simulated: Simulated,
    verb: OperationKind,
    action: dict[str, Any],
    raised: type[Exception],
    words: str,
) -> None:
    bench = simulated()
    one = Selection(instance_ids=("7",))
    bench.fault("(restart|delete|/7)$", action, method="PUT" if verb.guards else "POST", times=None)
    plan = planned(bench, verb, one)
    if verb.guards and raised in (Busy, Missing, Refused):
        member = done(bench, bench.cockpit.operating.begin(plan)).progress.members["7"]
        assert member.outcome is (Outcome.GONE if raised is Missing else Outcome.FAILED)
    else:
        with pytest.raises(raised, match=words):
            bench.cockpit.operating.begin(plan)
    assert bench.effects(EFFECTS[verb]) == []
    assert [each.answer for each in recorded(bench) if each.answer] == ["refused"]


def test_what_all_would_be_told_stops_the_rest(simulated: Simulated) -> None:
    bench = simulated()
    body = {"error": {"code": "AuthorizationFailed", "message": "No right to write."}}
    bench.fault("/virtualMachines/", {"status": 403, "body": body}, method="PUT", times=None)
    plan = planned(bench, OperationKind.PROTECT, Selection(everything=True))
    with pytest.raises(NotAllowed, match="No right to write"):
        bench.cockpit.operating.begin(plan)
    assert len(bench.requests("PUT")) <= 4


def test_a_protection_whose_answer_is_lost_is_read_and_not_written_again(
    simulated: Simulated,
) -> None:
    bench = simulated()
    bench.fault("/virtualMachines/11$", {"drop_after": True}, method="PUT")
    bench.fault("/virtualMachines/42$", {"drop_before": True}, method="PUT")
    progress = carried_out(bench, OperationKind.PROTECT, SOME).progress
    assert progress.ids(Outcome.DONE) == ("3", "11")
    assert progress.ids(Outcome.UNSETTLED) == ("42",)
    assert len(bench.requests("PUT")) == 3


def test_a_protection_whose_etag_moved_by_itself_is_sent_once_more(simulated: Simulated) -> None:
    bench = simulated()
    refused = {"error": {"code": "PreconditionFailed", "message": "Etag does not match."}}
    bench.fault("/virtualMachines/3$", {"status": 412, "body": refused}, method="PUT")
    assert carried_out(bench, OperationKind.PROTECT, SOME).progress.went_well
    assert len(bench.requests("PUT", "/virtualMachines/3")) == 2


def test_an_operation_whose_headers_were_stripped_is_followed_all_the_same(
    simulated: Simulated,
) -> None:
    bench = simulated()
    bench.fault(f"{ON_SET}restart$", {"strip_lro_headers": True}, method="POST")
    begun = bench.cockpit.operating.begin(planned(bench, OperationKind.RESTART, SOME))
    assert begun.operation is None
    assert done(bench, begun).progress.went_well


@pytest.mark.parametrize("action", [{"status": 404}, {"html": True}, {"status": 503}])
def test_an_operation_that_cannot_be_asked_is_judged_by_its_instances(
    simulated: Simulated, action: dict[str, Any]
) -> None:
    bench = simulated()
    bench.fault("/operations/", action, method="GET", times=None)
    assert carried_out(bench, OperationKind.DEALLOCATE, SOME).progress.went_well


def test_a_start_without_a_free_host_fails_in_azures_words(simulated: Simulated) -> None:
    bench = simulated()
    carried_out(bench, OperationKind.DEALLOCATE, SOME)
    bench.control("POST", "faults", {"instance": "allocation_failure", "instance_ids": ["11"]})
    progress = carried_out(bench, OperationKind.START, SOME).progress
    assert progress.ids(Outcome.DONE) == ("3", "42")
    ((words, ids),) = failures(progress)
    assert ids == ("11",)
    assert "sufficient capacity" in words
    assert counts(progress) == "2 of 3 started, 1 failed"


def test_an_old_failure_is_not_taken_for_a_new_one(simulated: Simulated) -> None:
    bench = simulated()
    bench.control(
        "POST",
        "faults",
        {"instance": "extension_failure", "instance_ids": ["11"], "times": 1},
    )
    first = carried_out(bench, OperationKind.REIMAGE, SOME).progress
    assert first.ids(Outcome.FAILED) == ("11",)
    before = bench.cockpit.readings.observe(bench.set_id).by_id["11"]
    assert before.provisioning is ProvisioningState.FAILED
    bench.control("POST", "faults", {"instance": "lag", "instance_ids": ["11"], "period": 20})
    assert carried_out(bench, OperationKind.REIMAGE, SOME).progress.went_well


def test_an_instance_that_leaves_meanwhile_is_gone_and_no_failure(simulated: Simulated) -> None:
    bench = simulated()
    begun = bench.cockpit.operating.begin(planned(bench, OperationKind.RESTART, SOME))
    bench.gateway.power(bench.set_id, Power.DELETE, ["42"], "somebody-else")
    progress = done(bench, begun).progress
    assert progress.ids(Outcome.GONE) == ("42",)
    assert progress.ids(Outcome.DONE) == ("3", "11")


def test_a_network_that_comes_back_is_waited_for_and_a_lost_sign_in_is_told(
    simulated: Simulated,
) -> None:
    bench = simulated()
    begun = bench.cockpit.operating.begin(planned(bench, OperationKind.RESTART, SOME))
    bench.fault("/virtualMachines$", {"status": 503}, method="GET", times=20)
    assert done(bench, begun).progress.went_well
    begun = bench.cockpit.operating.begin(planned(bench, OperationKind.RESTART, SOME))
    bench.fault("/virtualMachines$", {"status": 401, "body": {}}, method="GET", times=None)
    with pytest.raises(LostSight, match="Azure goes on with it"):
        done(bench, begun)


# Who may not


def test_read_only_refuses_every_operation_before_anything_is_sent(simulated: Simulated) -> None:
    bench = simulated(read_only=True)
    plan = planned(bench, OperationKind.RESTART, SOME)
    for verb in OperationKind:
        with pytest.raises(RunRefused, match="read-only"):
            bench.cockpit.operating.begin(structs.replace(plan, verb=verb))
    assert written(bench) == []
    assert recorded(bench) == []


def test_the_pipeline_itself_refuses_a_protection_in_read_only(simulated: Simulated) -> None:
    bench = simulated(read_only=True)
    with pytest.raises(ReadOnly):
        bench.gateway.protect(bench.set_id, "7", Protection(True), "a-request")
    assert bench.requests("PUT") == []


def test_a_live_run_is_to_be_paused_first_and_a_paused_one_stands_aside(
    simulated: Simulated,
) -> None:
    bench = simulated()
    run = bench.cockpit.planning.plan(
        bench.cockpit.readings.observe(bench.set_id), Selection(update_domains=(0,)), Policy()
    )
    name = bench.cockpit.runs.start(run)
    plan = planned(bench, OperationKind.RESTART, SOME)
    folder = bench.cockpit.store.find(name)
    assert folder.take_lock(bench.clock.wall())
    with pytest.raises(RunRefused, match=r"a run is live on .*: pause it first"):
        bench.cockpit.operating.begin(plan)
    assert written(bench) == []
    folder.lock.release()
    bench.carry_out(name, until=lambda run: run.open_batch is not None)
    bench.cockpit.runs.wish(name, IntentKind.PAUSE)
    assert folder.take_lock(bench.clock.wall())
    with pytest.raises(RunRefused, match="a run is live"):
        bench.cockpit.operating.begin(plan)
    folder.lock.release()
    held = bench.carry_out(
        name, until=lambda run: run.phase is Phase.PAUSED and run.open_batch is None
    )
    assert held.phase is Phase.PAUSED
    assert folder.take_lock(bench.clock.wall())
    assert done(bench, bench.cockpit.operating.begin(plan)).progress.went_well
    folder.lock.release()
    assert bench.effects("restart") == list(SOME.instance_ids)


# Flexible


@pytest.mark.parametrize("verb", [v for v in LISTED if v is not OperationKind.REIMAGE_ALL])
def test_a_flexible_set_is_asked_by_name_in_one_request(
    simulated: Simulated, verb: OperationKind
) -> None:
    bench = simulated("flexible")
    names = tuple(i.instance_id for i in bench.cockpit.readings.observe(bench.set_id).instances[:3])
    selection = Selection(instance_ids=names)
    prepared(bench, verb, selection)
    before = len(written(bench))
    assert carried_out(bench, verb, selection).progress.went_well
    assert written(bench)[before:] == [f"/{EFFECTS[verb]}"]
    assert sorted(bench.effects(EFFECTS[verb])) == sorted(names)


def test_a_flexible_instance_is_protected_by_its_path_in_the_set(simulated: Simulated) -> None:
    bench = simulated("flexible")
    name = bench.cockpit.readings.observe(bench.set_id).instances[0].instance_id
    selection = Selection(instance_ids=(name,))
    assert carried_out(bench, OperationKind.PROTECT, selection).progress.went_well
    assert bench.gateway.read_protection(bench.set_id, name) == Protection(True, False)
    assert bench.effects("instance") == [name]


def test_a_stopped_instance_is_started_and_a_deallocated_one_too(simulated: Simulated) -> None:
    bench = simulated()
    carried_out(bench, OperationKind.POWER_OFF, Selection(instance_ids=("3",)))
    carried_out(bench, OperationKind.DEALLOCATE, Selection(instance_ids=("11",)))
    off = bench.cockpit.readings.observe(bench.set_id).by_id
    assert (off["3"].power, off["11"].power) == (PowerState.STOPPED, PowerState.DEALLOCATED)
    plan = planned(bench, OperationKind.START, SOME)
    assert plan.instance_ids == ("3", "11")
    assert done(bench, bench.cockpit.operating.begin(plan)).progress.went_well

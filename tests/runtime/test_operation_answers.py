"""Operations whose answer is lost, refused, late or contradicted by the instances."""

from typing import Any

import pytest

from tests.support.bench import BenchFactory
from tests.support.operation_runs import (
    EFFECTS,
    LISTED,
    ON_SET,
    SOME,
    follow,
    plan_request,
    prepare,
    records,
    run_operation,
)
from vmss_tui.fleet.instance_operation import OperationKind
from vmss_tui.fleet.scale_set import ProvisioningState
from vmss_tui.gateway import Busy, NotAllowed, NotFound, PowerAction, Refused, Throttled
from vmss_tui.operations.progress import Outcome, failures_by_message, outcome_counts_text
from vmss_tui.runtime.errors import ObservationLost
from vmss_tui.upgrade.plan.selection import Selection

pytestmark = pytest.mark.usefixtures("rare_readings")


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
    make_bench: BenchFactory, verb: OperationKind, action: dict[str, Any]
) -> None:
    bench = make_bench()
    bench.fault(f"{ON_SET}{EFFECTS[verb]}$", action, method="POST", times=None)
    started = bench.services.instance_operations.begin(plan_request(bench, verb, SOME))
    assert not started.progress.answered
    operation = follow(bench, started)
    assert operation.progress.succeeded
    assert not operation.progress.is_unknown
    assert len(bench.requests("POST", f"/{EFFECTS[verb]}")) == 1
    assert [e.answer for e in records(bench) if e.answer] == ["unknown", "settled"]


@pytest.mark.parametrize("verb", LISTED)
def test_a_lost_request_is_not_sent_again_and_ends_as_unknown(
    make_bench: BenchFactory, verb: OperationKind
) -> None:
    bench = make_bench()
    prepare(bench, verb, SOME)
    already = len(bench.effects(EFFECTS[verb]))
    bench.fault(f"{ON_SET}{EFFECTS[verb]}$", {"drop_before": True}, method="POST", times=None)
    operation = run_operation(bench, verb, SOME)
    assert operation.progress.is_unknown
    assert operation.progress.ids(Outcome.UNSETTLED) == SOME.instance_ids
    assert len(bench.requests("POST", f"/{EFFECTS[verb]}")) == 1
    assert len(bench.effects(EFFECTS[verb])) == already
    ((message, _ids),) = failures_by_message(operation.progress)
    assert "not sent again" in message


@pytest.mark.parametrize(
    ("action", "raised", "message"),
    [
        (
            {"status": 409, "body": {"error": {"code": "Conflict", "message": "In conflict."}}},
            Busy,
            "In conflict",
        ),
        (
            {"status": 404, "body": {"error": {"code": "ResourceNotFound", "message": "None."}}},
            NotFound,
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
    make_bench: BenchFactory,
    verb: OperationKind,
    action: dict[str, Any],
    raised: type[Exception],
    message: str,
) -> None:
    bench = make_bench()
    one = Selection(instance_ids=("7",))
    bench.fault(
        "(restart|delete|/7)$",
        action,
        method="PUT" if verb.changes_protection else "POST",
        times=None,
    )
    plan = plan_request(bench, verb, one)
    if verb.changes_protection and raised in (Busy, NotFound, Refused):
        member = follow(bench, bench.services.instance_operations.begin(plan)).progress.members["7"]
        assert member.outcome is (Outcome.GONE if raised is NotFound else Outcome.FAILED)
    else:
        with pytest.raises(raised, match=message):
            bench.services.instance_operations.begin(plan)
    assert bench.effects(EFFECTS[verb]) == []
    assert [record.answer for record in records(bench) if record.answer] == ["refused"]


def test_what_all_would_be_told_stops_the_rest(make_bench: BenchFactory) -> None:
    bench = make_bench()
    body = {"error": {"code": "AuthorizationFailed", "message": "No right to write."}}
    bench.fault("/virtualMachines/", {"status": 403, "body": body}, method="PUT", times=None)
    plan = plan_request(bench, OperationKind.PROTECT, Selection(everything=True))
    with pytest.raises(NotAllowed, match="No right to write"):
        bench.services.instance_operations.begin(plan)
    assert len(bench.requests("PUT")) <= 4


def test_a_protection_whose_answer_is_lost_is_read_and_not_written_again(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    bench.fault("/virtualMachines/11$", {"drop_after": True}, method="PUT")
    bench.fault("/virtualMachines/42$", {"drop_before": True}, method="PUT")
    progress = run_operation(bench, OperationKind.PROTECT, SOME).progress
    assert progress.ids(Outcome.DONE) == ("3", "11")
    assert progress.ids(Outcome.UNSETTLED) == ("42",)
    assert len(bench.requests("PUT")) == 3


def test_a_protection_whose_etag_moved_by_itself_is_sent_once_more(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    refused = {"error": {"code": "PreconditionFailed", "message": "Etag does not match."}}
    bench.fault("/virtualMachines/3$", {"status": 412, "body": refused}, method="PUT")
    assert run_operation(bench, OperationKind.PROTECT, SOME).progress.succeeded
    assert len(bench.requests("PUT", "/virtualMachines/3")) == 2


def test_an_operation_whose_headers_were_stripped_is_followed_all_the_same(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    bench.fault(f"{ON_SET}restart$", {"strip_lro_headers": True}, method="POST")
    started = bench.services.instance_operations.begin(
        plan_request(bench, OperationKind.RESTART, SOME)
    )
    assert started.operation_url is None
    assert follow(bench, started).progress.succeeded


@pytest.mark.parametrize("action", [{"status": 404}, {"html": True}, {"status": 503}])
def test_an_operation_that_cannot_be_asked_is_judged_by_its_instances(
    make_bench: BenchFactory, action: dict[str, Any]
) -> None:
    bench = make_bench()
    bench.fault("/operations/", action, method="GET", times=None)
    assert run_operation(bench, OperationKind.DEALLOCATE, SOME).progress.succeeded


def test_a_start_without_a_free_host_fails_in_azures_words(make_bench: BenchFactory) -> None:
    bench = make_bench()
    run_operation(bench, OperationKind.DEALLOCATE, SOME)
    bench.control("POST", "faults", {"instance": "allocation_failure", "instance_ids": ["11"]})
    progress = run_operation(bench, OperationKind.START, SOME).progress
    assert progress.ids(Outcome.DONE) == ("3", "42")
    ((message, ids),) = failures_by_message(progress)
    assert ids == ("11",)
    assert "sufficient capacity" in message
    assert outcome_counts_text(progress) == "2 of 3 started, 1 failed"


def test_an_old_failure_is_not_taken_for_a_new_one(make_bench: BenchFactory) -> None:
    bench = make_bench()
    bench.control(
        "POST",
        "faults",
        {"instance": "extension_failure", "instance_ids": ["11"], "times": 1},
    )
    first = run_operation(bench, OperationKind.REIMAGE, SOME).progress
    assert first.ids(Outcome.FAILED) == ("11",)
    before = bench.services.queries.observe(bench.set_id).by_id["11"]
    assert before.provisioning is ProvisioningState.FAILED
    bench.control("POST", "faults", {"instance": "lag", "instance_ids": ["11"], "period": 20})
    assert run_operation(bench, OperationKind.REIMAGE, SOME).progress.succeeded


def test_an_instance_that_leaves_meanwhile_is_gone_and_no_failure(make_bench: BenchFactory) -> None:
    bench = make_bench()
    started = bench.services.instance_operations.begin(
        plan_request(bench, OperationKind.RESTART, SOME)
    )
    bench.gateway.prepare_write()
    bench.gateway.power(bench.set_id, PowerAction.DELETE, ["42"], "somebody-else")
    progress = follow(bench, started).progress
    assert progress.ids(Outcome.GONE) == ("42",)
    assert progress.ids(Outcome.DONE) == ("3", "11")


def test_a_network_that_comes_back_is_waited_for_and_a_lost_sign_in_is_told(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    started = bench.services.instance_operations.begin(
        plan_request(bench, OperationKind.RESTART, SOME)
    )
    bench.fault("/virtualMachines$", {"status": 503}, method="GET", times=20)
    assert follow(bench, started).progress.succeeded
    started = bench.services.instance_operations.begin(
        plan_request(bench, OperationKind.RESTART, SOME)
    )
    bench.fault("/virtualMachines$", {"status": 401, "body": {}}, method="GET", times=None)
    with pytest.raises(ObservationLost, match="Azure continues"):
        follow(bench, started)

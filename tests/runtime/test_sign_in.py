"""The sign-in comes before the reading that a write is decided on, and is the one on the wire."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.bench import NEWEST, Bench, BenchFactory
from tests.support.domain_run import plan_domain
from tests.support.fake_az import FakeAz
from tests.support.measurement import report_seconds
from tests.support.operation_runs import SOME, plan_request
from vmss_tui.fleet.instance_operation import OperationKind
from vmss_tui.fleet.model_edit.change import change_from_edit
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.gateway import Refused
from vmss_tui.gateway.failures import NOT_SENT
from vmss_tui.operations.maintenance import MaintenanceAction
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.storage.operations_log import OperationsLog
from vmss_tui.upgrade.plan.policy import Amount
from vmss_tui.upgrade.run.run import Phase, Run

ADA, BOB = "ada@contoso.example", "bob@contoso.example"
SLOW = 2.0
AT_ONCE = 1.0
"""Real seconds in which a write follows the reading that it was decided on."""


@pytest.fixture
def az(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeAz:
    """The `az` that every gateway of a test signs in with."""
    return FakeAz(tmp_path / "az", monkeypatch)


def after_each_reading(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]
) -> None:
    """Calls `act` after the last request of each reading that a batch is decided on."""
    read = bench.gateway.read_rolling_upgrade

    def read_and_act(*arguments: object) -> object:
        status = read(*arguments)  # type: ignore[arg-type]  # passed on as they are
        act()
        return status

    monkeypatch.setattr(bench.gateway, "read_rolling_upgrade", read_and_act)


def start_run(bench: Bench) -> str:
    """A run of two batches."""
    bench.scale_in(20)
    plan = plan_domain(bench, max_batch_instance_percent=Amount(count=2))
    assert len(plan.batches) == 2
    return bench.services.run_control.start(plan)


def batch_is_answered(run: Run) -> bool:
    return run.open_batch is not None and run.open_batch.answered


def test_a_batch_leaves_at_once_after_its_reading_however_slow_az_is(
    make_bench: BenchFactory, az: FakeAz, monkeypatch: pytest.MonkeyPatch
) -> None:
    az.sign_in(ADA, valid_for=700)
    bench = make_bench(relayed=True)
    name = start_run(bench)
    az.sign_in(ADA, takes=SLOW)
    after_each_reading(bench, monkeypatch, lambda: az.advance(500))
    bench.run_worker(name, until=batch_is_answered)
    ((reading, post),) = bench.relayed_writes
    assert post.path.partition("?")[0].endswith("/manualupgrade")
    assert report_seconds("from the last reading to the POST", post.at - reading.at) < AT_ONCE
    assert post.token == reading.token


@pytest.mark.parametrize("seconds", [500, 650])
def test_no_batch_is_sent_as_another_person_than_the_one_who_confirmed(
    make_bench: BenchFactory, az: FakeAz, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    adas_token = az.sign_in(ADA, valid_for=700)
    bench = make_bench(relayed=True)
    name = start_run(bench)
    az.sign_in(BOB)
    after_each_reading(bench, monkeypatch, lambda: az.advance(seconds))
    run = bench.run_worker(name)
    tokens = {post.token for _, post in bench.relayed_writes}
    assert tokens <= {adas_token}
    assert (run.phase, run.reason) == (Phase.FAULTED, "not signed in")
    assert BOB in run.message


def test_tokens_that_expire_during_a_run_are_renewed_before_its_readings(
    make_bench: BenchFactory, az: FakeAz, monkeypatch: pytest.MonkeyPatch
) -> None:
    az.sign_in(ADA, valid_for=700)
    bench = make_bench(relayed=True)
    name = start_run(bench)

    def expire() -> None:
        az.advance(500)
        az.sign_in(ADA, valid_for=700)

    after_each_reading(bench, monkeypatch, expire)
    assert bench.run_worker(name).phase is Phase.COMPLETED
    planned = bench.services.store.find(name).manifest.plan.instance_ids
    assert sorted(bench.effects()) == sorted(planned)
    assert len({post.token for _, post in bench.relayed_writes}) == 2
    assert all(post.token == reading.token for reading, post in bench.relayed_writes)


def restart(bench: Bench) -> Callable[[], object]:
    plan = plan_request(bench, OperationKind.RESTART, SOME)
    return lambda: bench.services.instance_operations.begin(plan)


def protect(bench: Bench) -> Callable[[], object]:
    plan = plan_request(bench, OperationKind.PROTECT, SOME)
    return lambda: bench.services.instance_operations.begin(plan)


def edit_model(bench: Bench) -> Callable[[], object]:
    model = bench.services.queries.read_model(bench.set_id)
    change = change_from_edit(model, Edit(image_version=NEWEST))
    return lambda: bench.services.model_writer.save(model, change)


def start_rolling_upgrade(bench: Bench) -> Callable[[], object]:
    maintenance = bench.services.maintenance
    preview = maintenance.preview(bench.set_id, MaintenanceAction.START_EXTENSIONS)
    return lambda: maintenance.begin(preview)


WRITES = [restart, protect, edit_model, start_rolling_upgrade]


@pytest.mark.parametrize("plan_write", WRITES)
def test_a_write_outside_a_run_goes_as_the_person_it_was_confirmed_by_or_not_at_all(
    make_bench: BenchFactory, az: FakeAz, plan_write: Callable[[Bench], Callable[[], object]]
) -> None:
    az.sign_in(ADA, valid_for=700)
    bench = make_bench(relayed=True)
    write = plan_write(bench)
    assert bench.services.permission.refusal_reason(bench.set_id) is None
    bobs_token = az.sign_in(BOB)
    az.advance(650)
    with pytest.raises(RunRefused, match=f"confirmed as {ADA}.*{BOB}"):
        write()
    assert bench.relayed_writes == []
    write()  # confirmed again, with Bob's name in the confirmation
    assert {request.token for _, request in bench.relayed_writes} == {bobs_token}


@pytest.mark.parametrize("plan_write", WRITES)
def test_a_write_outside_a_run_leaves_with_the_token_of_its_preparation(
    make_bench: BenchFactory,
    az: FakeAz,
    monkeypatch: pytest.MonkeyPatch,
    plan_write: Callable[[Bench], Callable[[], object]],
) -> None:
    token = az.sign_in(ADA, valid_for=1400)
    bench = make_bench(relayed=True)
    write = plan_write(bench)
    az.sign_in(ADA, takes=SLOW)
    record = OperationsLog.write
    recorded_at: list[float] = []

    def record_and_expire(*arguments: object) -> None:
        record(*arguments)  # type: ignore[arg-type]  # passed on as they are
        az.advance(max(0, 1200 - 1200 * len(recorded_at)))
        recorded_at.append(time.monotonic())

    monkeypatch.setattr(OperationsLog, "write", record_and_expire)
    write()
    (_, first), *_ = bench.relayed_writes
    assert first.token == token
    assert report_seconds("from the record to the request", first.at - recorded_at[0]) < AT_ONCE


def test_a_write_that_was_not_prepared_is_refused_and_signs_nobody_in(
    make_bench: BenchFactory, az: FakeAz
) -> None:
    az.sign_in(ADA)
    bench = make_bench(relayed=True)
    with pytest.raises(Refused) as refused:
        bench.gateway.upgrade(bench.set_id, ["5"], "a-request")
    assert refused.value.code == NOT_SENT
    assert az.calls == 0
    assert bench.relayed_writes == []

"""Every fault of the fault table, injected into a run of two batches: one fault, one test."""

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from typing import cast

import pytest

from tests.fault_table import arm, clocks, data, health, membership, network, operators, rolling
from tests.fault_table.coverage import COVERAGE
from tests.fault_table.fault import (
    COMPLETED,
    COMPLETED_WITH_FAILURES,
    WAITS,
    Fault,
    FaultMoment,
)
from tests.fault_table.inputs import REFUSALS
from tests.support.bench import NEWEST, Bench, poll_less_often
from tests.support.paths import TESTS
from tests.support.processes import wait_until
from tests.support.relay import Relay
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.simulator.scenarios import catalog
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run.run import Phase, Run, Stage

FAULTS = (
    *network.FAULTS,
    *arm.FAULTS,
    *health.FAULTS,
    *membership.FAULTS,
    *data.FAULTS,
    *operators.FAULTS,
    *rolling.FAULTS,
    *clocks.FAULTS,
)
POLICY = Policy(
    max_batch_instance_percent=Amount(count=5), healthy_deadline=120.0, batch_deadline=300.0
)
TWO_DOMAINS = Selection(update_domains=(0, 1))
LEAST_FAULTS = 60
RARE = 6
"""Pages of a scale set that is read as seldom as here, where a fault does not need more."""


@pytest.fixture
def faulty_bench(
    make_bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Fault], Bench]]:
    """Makes the bench of a fault: its scale set; for one of the network behind a relay."""
    relays: list[Relay] = []

    def through(endpoint: str) -> str:
        relays.append(Relay(endpoint))
        return relays[-1].endpoint

    def make(fault: Fault) -> Bench:
        known = cast(dict[str, object], catalog.SCENARIOS)
        monkeypatch.setitem(known, "faults", fault.scenario())
        if not fault.reads_often:
            poll_less_often(monkeypatch, RARE)
        if fault not in network.FAULTS:
            return make_bench("faults", read_timeout=0.4, page_size=fault.pages)
        bench = make_bench("faults", through=through, read_timeout=0.4, page_size=fault.pages)
        bench.relay = relays[-1]
        return bench

    yield make
    for relay in relays:
        relay.close()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "-"))
def test_a_fault_ends_a_run_as_the_table_says_and_upgrades_nothing_twice(
    fault: Fault, faulty_bench: Callable[[Fault], Bench]
) -> None:
    bench = faulty_bench(fault)
    plan = bench.services.planner.plan(
        bench.services.queries.observe(bench.set_id),
        TWO_DOMAINS,
        POLICY,
        Edit(image_version=NEWEST) if fault.patches else None,
    )
    name = bench.services.run_control.start(plan)
    arrange_fault(fault, bench)
    run = bench.run_worker(name)
    records = [record.body for record in bench.services.run_control.follow(name).read_new()]
    reported = run.message or " ".join(str(body) for body in records)

    assert end_of(run) == fault.ends, f"{run.message} ({run.t:.0f} s)"
    assert re.search(fault.message, reported, re.IGNORECASE), reported
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202e]", run.message)
    assert Counter(own_effects(bench, records)) == Counter(
        fault.upgraded.of(plan) - {*fault.without}
    )
    wait_until(lambda: len(own_requests(bench)) >= fault.posts, "the last request")
    assert len(own_requests(bench)) == fault.posts
    assert len(bench.requests("PATCH")) == fault.patches
    check_counts(run, plan, fault)
    if fault.seconds_between_posts is not None:
        post_times = [
            r.t for r in bench.services.run_control.follow(name).read_new() if _is_intent(r.body)
        ]
        assert (
            fault.seconds_between_posts[0]
            <= post_times[1] - post_times[0]
            <= fault.seconds_between_posts[1]
        )


def test_the_table_has_as_many_faults_as_were_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = [fault.name for fault in FAULTS] + [row.name for row in REFUSALS]
    assert len(set(names)) == len(names)
    assert len(FAULTS) >= LEAST_FAULTS
    with capsys.disabled():
        sys.stderr.write(f"\n{len(names)} faults covered\n")


@pytest.mark.parametrize("entry", COVERAGE)
def test_every_entry_of_the_list_of_faults_has_its_rows_or_tests(entry: str) -> None:
    names = [fault.name for fault in FAULTS] + [row.name for row in REFUSALS]
    for reference in COVERAGE[entry]:
        file, is_test, test = reference.partition("::")
        if is_test:
            assert f"def {test}" in (TESTS / f"{file}.py").read_text("utf-8"), reference
        else:
            assert any(name.startswith(reference) for name in names), reference


def arrange_fault(fault: Fault, bench: Bench) -> None:
    """Injects the fault at its moment, and stops the worker at the fault's time limit."""
    injected = False

    def before_wait() -> None:
        nonlocal injected
        worker = bench.runners[-1]
        if not injected and fault.moment.is_now(worker.run):
            injected = True
            fault.inject(bench)
        if bench.clock.run() > fault.limit:
            worker.stop()

    bench.clock.before_wait = before_wait
    if fault.moment is FaultMoment.AT_ONCE:
        fault.inject(bench)
    elif fault.moment is FaultMoment.AT_POST:
        upgrade = bench.gateway.upgrade

        def upgrade_after_fault(*arguments: object) -> object:
            bench.gateway.upgrade = upgrade  # type: ignore[method-assign]
            fault.inject(bench)
            return upgrade(*arguments)  # type: ignore[arg-type]

        bench.gateway.upgrade = upgrade_after_fault  # type: ignore[method-assign,assignment]


def end_of(run: Run) -> str:
    if run.phase is Phase.ROLLING_FORWARD:
        return WAITS
    if run.phase is Phase.COMPLETED_WITH_FAILURES:
        return COMPLETED_WITH_FAILURES
    return COMPLETED if run.phase is Phase.COMPLETED else run.reason


def own_effects(bench: Bench, records: list[ev.AnyEvent]) -> list[str]:
    """Ids that requests of this run had an effect on, once for each effect."""
    request_ids = {body.client_request_id for body in records if isinstance(body, ev.BatchIntent)}
    effects = bench.control("GET", "ledger")["effects"]
    return [
        effect["instance_id"]
        for effect in effects
        if effect["kind"] == "upgrade" and effect["client_request_id"] in request_ids
    ]


def own_requests(bench: Bench) -> list[str]:
    """The run's requests for an upgrade; those of other operators have no client request id."""
    requests = bench.requests("POST", "manualupgrade")
    return [request["client_request_id"] for request in requests if request["client_request_id"]]


def _is_intent(body: ev.AnyEvent) -> bool:
    return isinstance(body, ev.BatchIntent)


def check_counts(run: Run, plan: Plan, fault: Fault) -> None:
    """Every planned instance is accounted for, and nothing else is."""
    assert set(run.members) == set(plan.instance_ids)
    stages = Counter(member.stage for member in run.members.values())
    for stage in (Stage.FAILED, Stage.GONE, Stage.SKIPPED):
        assert stages[stage] == fault.stages.get(stage, 0), stages
    if run.phase is Phase.COMPLETED:
        assert stages[Stage.UPGRADED] == run.total - sum(fault.stages.values()), stages

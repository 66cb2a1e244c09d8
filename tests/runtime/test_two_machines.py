"""Two operators with a state folder each, and one scale set over real HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.bench import Bench, BenchFactory, SimulatorClock
from tests.support.domain_run import plan_domain
from tests.support.view_lag import EVERYWHERE, instances_down, let_views_lag
from vmss_tui.arm.connect import connect
from vmss_tui.arm.transport.pipeline import RetryPolicy
from vmss_tui.fleet.azure_maintenance import RollingUpgrade
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.runtime.session import Services
from vmss_tui.runtime.storage.port import StoredRun
from vmss_tui.runtime.storage.run_store import FolderStore
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.plan.policy import Amount
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run.run import Phase, Run


@contextmanager
def another_machine(bench: Bench, state: Path) -> Iterator[Bench]:
    """The same set, seen from a machine that shares nothing with the first."""
    clock, started = SimulatorClock(bench.simulator), list[StoredRun]()
    gateway = connect(
        endpoint=bench.simulator.endpoint,
        subscription_id=bench.simulator.subscription_id,
        monotonic=clock.real,
        now=clock.wall,
        retry_policy=RetryPolicy(wait=bench.simulator.clock.advance),
    )
    try:
        services = Services(gateway, FolderStore(state), clock, launch=started.append)
        yield Bench(bench.simulator, gateway, clock, services, started_runs=started)
    finally:
        gateway.close()


def plan_in_fours(bench: Bench, domain: int) -> Plan:
    return plan_domain(
        bench,
        Selection(update_domains=(domain,)),
        max_batch_instance_percent=Amount(count=4),
        max_unhealthy_instance_percent=Amount(count=4),
    )


def asked(run: Run) -> bool:
    return bool(run.open_batch and run.open_batch.answered)


def stopped(run: Run) -> bool:
    return run.phase is not Phase.ROLLING_FORWARD


def test_a_run_waits_until_the_views_show_what_another_machine_has_asked(
    make_bench: BenchFactory, tmp_path: Path
) -> None:
    ana = make_bench()
    ana.scale_in(20)
    let_views_lag(ana, 8, *EVERYWHERE)
    with another_machine(ana, tmp_path / "ben") as ben:
        first, second = plan_in_fours(ana, 1), plan_in_fours(ben, 2)
        ana.run_worker(ana.services.run_control.start(first), until=asked)
        run = ben.run_worker(ben.services.run_control.start(second), until=stopped)
        assert (run.phase, run.reason) == (Phase.PAUSED, "foreign")
        assert run.batches_sent == 0
        assert len(ana.requests("POST", "manualupgrade")) == 1
        assert len(instances_down(ana)) <= 4


def test_a_batch_of_another_machine_between_reading_and_request_is_noticed(
    make_bench: BenchFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = make_bench()
    ana.scale_in(20)
    let_views_lag(ana, 8, *EVERYWHERE)
    with another_machine(ana, tmp_path / "ben") as ben:
        first, second = plan_in_fours(ana, 1), plan_in_fours(ben, 2)
        read_rolling = ben.gateway.read_rolling_upgrade
        names: list[str] = []

        def read_late(scale_set: ScaleSetId) -> RollingUpgrade | None:
            if not names:
                names.append(ana.services.run_control.start(first))
                ana.run_worker(names[0], until=asked)
            return read_rolling(scale_set)

        monkeypatch.setattr(ben.gateway, "read_rolling_upgrade", read_late)
        name = ben.services.run_control.start(second)
        run = ben.run_worker(name, until=stopped)
        assert (run.phase, run.reason) == (Phase.PAUSED, "foreign")
        assert len(ana.requests("POST", "manualupgrade")) == 1
        records = ben.services.run_control.follow(name).read_new()
        refused = [r.body for r in records if isinstance(r.body, ev.BatchRefused)]
        assert [event.code for event in refused] == ["TooLate"]


def test_two_that_have_asked_at_once_both_pause_with_their_batches_open(
    make_bench: BenchFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = make_bench()
    ana.scale_in(20)
    let_views_lag(ana, 8, *EVERYWHERE)
    with another_machine(ana, tmp_path / "ben") as ben:
        first, second = plan_in_fours(ana, 1), plan_in_fours(ben, 2)
        name = ana.services.run_control.start(first)
        send = ben.gateway.upgrade

        def send_late(*args: object) -> object:
            if ana.services.store.find(name).read_run()[0].open_batch is None:
                ana.run_worker(name, until=asked)
            return send(*args)  # type: ignore[arg-type]  # as it came

        monkeypatch.setattr(ben.gateway, "upgrade", send_late)
        run = ben.run_worker(ben.services.run_control.start(second), until=stopped)
        assert (run.phase, run.reason) == (Phase.PAUSED, "foreign")
        assert run.open_batch is not None
        assert run.resume_wait > 0
        other = ana.run_worker(name, until=stopped)
        assert (other.phase, other.reason) == (Phase.PAUSED, "foreign")
        assert len(ana.requests("POST", "manualupgrade")) == 2

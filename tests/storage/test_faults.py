"""Faults of the storage during a run, a row each: what the worker does, and the ledger afterwards.

Whatever happens, a worker that cannot write its journal sends nothing; once the fault is over, the
run is resumed where needed, and every instance is upgraded exactly once.
"""

import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from tests.support.bench import NEWEST, Bench
from tests.support.team_hosts import Team
from vmss_tui.errors import VmssError
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.runtime.storage.blob import upload
from vmss_tui.runtime.storage.blob.lease import RENEWAL_INTERVAL
from vmss_tui.simulator.storage.account import Reply, refusal_reply
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run.run import Phase, Run

COMPLETED, STOPPED = "completed", "stopped, then resumed"
ALWAYS = 10_000


@dataclass
class Fault:
    """A fault on some requests of one operation."""

    operation: str
    kind: str
    """A status such as `500`, `closed` or `slow`, and whether the request was carried out `before`
    (it was not) or `after` (it was)."""
    first: int = 2
    """The first request of the operation that has it, from 1."""
    times: int = 1
    seen: int = field(default=0, init=False)
    is_over: bool = field(default=False, init=False)

    def __call__(
        self, _method: str, operation: str, carry_out: Callable[[], Reply]
    ) -> Reply | None:
        """Answers in place of the storage where the fault applies."""
        if operation != self.operation or self.is_over:
            return carry_out()
        self.seen += 1
        if not self.first <= self.seen < self.first + self.times:
            return carry_out()
        name, _, moment = self.kind.partition(" ")
        if moment == "after":
            carry_out()
        if name == "slow":
            threading.Event().wait(0.4)
            return carry_out()
        return None if name == "closed" else refusal_reply(int(name), f"Fault{name}")


ROWS = [
    (Fault("append", "500 before"), COMPLETED),
    (Fault("append", "500 after"), COMPLETED),
    (Fault("append", "503 before", times=3), COMPLETED),
    (Fault("append", "closed before"), COMPLETED),
    (Fault("append", "closed after"), COMPLETED),
    (Fault("append", "closed after", first=1), COMPLETED),
    (Fault("append", "closed after", first=5, times=2), COMPLETED),
    (Fault("append", "slow"), COMPLETED),
    (Fault("append", "403 before"), STOPPED),
    (Fault("append", "403 after", first=4), STOPPED),
    (Fault("append", "412 before", first=3), STOPPED),
    (Fault("append", "404 before", first=3), STOPPED),
    (Fault("append", "409 before", first=6), STOPPED),
    (Fault("list", "500 before", first=3, times=2), COMPLETED),
    (Fault("list", "closed before", first=3, times=2), COMPLETED),
    (Fault("list", "403 before", first=4, times=ALWAYS), STOPPED),
    (Fault("list", "slow", first=4), COMPLETED),
    (Fault("get", "500 before", first=2), COMPLETED),
    (Fault("get", "closed before", first=2, times=2), COMPLETED),
    (Fault("get", "403 before", first=3), STOPPED),
    (Fault("put", "500 before", first=3), COMPLETED),
    (Fault("put", "500 after", first=3), COMPLETED),
    (Fault("put", "closed after", first=4), COMPLETED),
    (Fault("put", "503 before", first=7, times=ALWAYS), COMPLETED),
    (Fault("lease:acquire", "500 after", first=1), COMPLETED),
    (Fault("lease:acquire", "closed after", first=2), COMPLETED),
    (Fault("lease:renew", "500 before", first=1, times=2), COMPLETED),
    (Fault("lease:renew", "closed after", first=1, times=2), COMPLETED),
    (Fault("lease:renew", "409 before", first=2, times=ALWAYS), STOPPED),
    (Fault("lease:release", "500 before", first=1, times=ALWAYS), COMPLETED),
]


def start(machine: Bench) -> str:
    policy = Policy(max_batch_instance_percent=Amount(count=1))
    domain = Selection(update_domains=(1,))
    return machine.services.run_control.start(
        machine.plan_run(domain, policy, Edit(image_version=NEWEST))
    )


def run_to_end(team: Team, machine: Bench, name: str, fault: Fault) -> tuple[Run, str]:
    """Runs the worker, which renews its lease in simulated time; where it stops, the fault ends
    and another machine resumes the run after the lease."""
    renewed_at = team.now

    def renew(_run: Run) -> bool:
        nonlocal renewed_at
        team.now += machine.clock.waits[-1] if machine.clock.waits else 0.0
        if team.now - renewed_at >= RENEWAL_INTERVAL and team.leases[-1].renew():
            renewed_at = team.now
        return False

    try:
        return machine.run_worker(name, until=renew), COMPLETED
    except VmssError:
        fault.is_over = True
        team.now += 61.0
        return team.machine("another").run_worker(name), STOPPED


@pytest.mark.parametrize(("fault", "outcome"), ROWS, ids=lambda row: _row_id(row))
def test_a_fault_of_the_storage_upgrades_nothing_twice(
    team: Team,
    fault: Fault,
    outcome: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(upload, "INTENT_INTERVAL", 0.1)  # the run takes a second
    monkeypatch.setattr(upload, "UPLOAD_INTERVAL", 0.1)
    machine = team.machine("first")
    team.server.interference = fault
    name = start(machine)
    run, what_happened = run_to_end(team, machine, name, fault)
    effects = Counter(team.world.effects())
    with capsys.disabled():
        sys.stderr.write(f"\n{_row_id(fault)}: {what_happened}, ledger {sum(effects.values())}\n")
    assert fault.seen >= fault.first, "the fault has not occurred"
    assert what_happened == outcome
    assert run.phase is Phase.COMPLETED, run.message
    assert set(effects.values()) == {1}
    assert len(effects) == len(run.targets) == 2
    assert len(team.world.effects("model")) == 1


def test_a_machine_whose_clock_is_five_minutes_off_carries_a_run_out(team: Team) -> None:
    machine = team.machine("first")
    machine.clock.skew = timedelta(minutes=5)
    run = machine.run_worker(start(machine))
    assert run.phase is Phase.COMPLETED
    assert Counter(team.world.effects()) == Counter(run.plan.instance_ids if run.plan else ())


def _row_id(row: object) -> str:
    if isinstance(row, Fault):
        return f"{row.operation} {row.kind} {row.first}+{row.times}"
    return str(row)

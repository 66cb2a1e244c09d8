"""What explains a halt: gathered beside the run, kept for the owner, and never waited for."""

import json
import stat
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.support.bench import NEWEST, Bench, BenchFactory
from tests.support.processes import wait_until
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.gateway import NotAllowed, PowerAction
from vmss_tui.gateway.diagnostics import BootLog, BootLogState
from vmss_tui.runtime.runs.halted_worker import ask_after_halt
from vmss_tui.runtime.runs.runner import Runner
from vmss_tui.runtime.runs.worker import first_events
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.events import IntentKind
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.report.evidence_text import evidence_text
from vmss_tui.upgrade.run.run import Phase, Run

EVERYTHING = Selection(everything=True)
SHORT: dict[str, Any] = {"healthy_deadline": 30.0}
USER_NAME = "properties.virtualMachineProfile.osProfile.adminUsername"


def small(make_bench: BenchFactory, scenario: str = "web-100", capacity: int = 5) -> Bench:
    bench = make_bench(scenario)
    bench.scale_in(capacity)
    return bench


def start(bench: Bench, edit: Edit | None = None, **policy: Any) -> str:
    limits = Policy(max_batch_instance_percent=Amount(count=2), **policy)
    return bench.services.run_control.start(bench.plan_run(EVERYTHING, limits, edit))


def events_of(bench: Bench, name: str) -> list[ev.Record]:
    return list(bench.services.store.find(name).read_journal().records)


def run_halting(bench: Bench, name: str, prepare: Callable[[Run], bool]) -> Runner:
    """Runs the worker; `prepare` is called at each wait. The run must halt."""
    bench.run_worker(name, until=lambda run: prepare(run) and False)
    runner = bench.runners[-1]
    assert runner.run.phase is Phase.FAULTED
    return runner


def edit_once(bench: Bench) -> Callable[[Run], bool]:
    """A colleague's edit of the model while the first batch is open."""
    edited: list[bool] = []

    def edit(run: Run) -> bool:
        if run.open_batch is not None and not edited:
            edited.append(True)
            bench.edit(**{USER_NAME: "contoso"})
        return False

    return edit


def posts(bench: Bench) -> set[str]:
    """The last part of the path of each write and POST."""
    records = bench.control("GET", "ledger")["requests"]
    return {
        f"{r['method']} {r['path'].rpartition('/')[2]}"
        for r in records
        if r["method"] != "GET" and "/_simulator/" not in r["path"]
    }


def test_a_failure_keeps_what_the_machines_said_and_quotes_the_decisive_line(
    make_bench: BenchFactory,
) -> None:
    bench = small(make_bench, "bad-image")
    name = start(bench, Edit(image_version=NEWEST), **SHORT)
    run = run_halting(bench, name, lambda _run: False).run
    (evidence,) = run.evidence
    halt = next(r for r in events_of(bench, name) if isinstance(r.body, ev.Halted))
    assert isinstance(halt.body, ev.Halted)
    assert (evidence.about, evidence.reason, evidence.pending) == (halt.seq, "failure", False)
    assert {i.instance_id for i in evidence.instances} == set(halt.body.instance_ids)
    for instance in evidence.instances:
        assert instance.causes[0] == "kernel-panic"
        assert "Kernel panic - not syncing" in instance.quotes[0]
        path = bench.run_folder(name).path / instance.file
        assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)) == (
            0o600,
            0o700,
        )
        kept = json.loads(path.read_bytes())
        assert any(
            instance.quotes[0] in " ".join(line.split()) for line in kept["boot_log"]["lines"]
        )
        assert kept["instance"]["properties"]["instanceView"]["statuses"]
    assert "instance" in evidence_text(evidence)
    assert "Kernel panic" in evidence_text(evidence)
    writes = {"PATCH web-vmss", "POST manualupgrade"}
    assert posts(bench) == writes | {"POST retrieveBootDiagnosticsData"}
    for path in bench.services.store.state_folder.rglob("*"):
        assert not path.is_file() or b"sig=" not in path.read_bytes()


def test_a_drift_is_explained_once_the_activity_log_shows_it_and_the_lock_is_free_meanwhile(
    make_bench: BenchFactory,
) -> None:
    bench = small(make_bench)
    name = start(bench)
    folder = bench.run_folder(name)
    runner = run_halting(bench, name, edit_once(bench))
    (pending,) = runner.run.evidence
    assert (pending.pending, pending.authors, "lags" in pending.message) == (True, (), True)
    assert folder.take_lock(bench.clock.wall())
    live: list[bool] = []
    bench.clock.before_wait = lambda: live.append(folder.is_live) or settle(runner)  # type: ignore[func-returns-value]
    ask_after_halt(folder, runner, bench.clock)
    bench.clock.before_wait = lambda: None
    assert live
    assert not any(live)
    (evidence,) = folder.read_run()[0].evidence
    assert (evidence.about, evidence.reason, evidence.pending) == (pending.about, "drift", False)
    (author,) = evidence.authors
    assert (author.caller, author.client) == ("dana@contoso.example", "Azure Portal")
    assert author.operation.lower() == "microsoft.compute/virtualmachinescalesets/write"
    assert author.correlation_id
    assert author.properties == ((USER_NAME, "azureuser", "contoso"),)
    sentence = evidence_text(evidence)
    assert sentence.startswith("dana@contoso.example with Azure Portal at ")
    assert f"{USER_NAME}: azureuser → contoso" in sentence
    assert posts(bench) == {"POST manualupgrade", "POST resources"}


def settle(runner: Runner) -> None:
    """Waits for the present look, so that simulated time cannot overtake it."""
    wait_until(lambda: not runner.evidence.is_busy, "the end of the look")


def test_without_the_rights_it_is_said_which_is_missing(make_bench: BenchFactory) -> None:
    bench = small(make_bench, "two-operators")
    refused = [
        "Microsoft.Insights/eventtypes/values/read",
        "Microsoft.ResourceGraph/resources/read",
    ]
    bench.control("POST", "rights", {"refuse": [*refused, "Microsoft.ResourceGraph/*"]})
    (evidence,) = run_halting(bench, start(bench), edit_once(bench)).run.evidence
    assert "Microsoft.Insights/eventtypes/values/read" in evidence.message
    assert (evidence.pending, evidence.authors) == (False, ())


def test_another_worker_ends_the_questions_of_the_halted_one(make_bench: BenchFactory) -> None:
    bench = small(make_bench)
    name = start(bench)
    folder = bench.run_folder(name)
    runner = run_halting(bench, name, edit_once(bench))
    assert folder.take_lock(bench.clock.wall())

    def begin_another() -> None:
        if folder.take_lock(bench.clock.wall()):
            journal = folder.open_journal()
            started = ev.WorkerStarted(pid=1, host="other", resumed=True)
            journal.append(started, bench.clock.wall(), runner.run.t)
            journal.close()

    bench.clock.before_wait = begin_another
    ask_after_halt(folder, runner, bench.clock)
    bench.clock.before_wait = lambda: None
    assert isinstance(events_of(bench, name)[-1].body, ev.WorkerStarted)
    folder.lock.release()


def test_the_next_worker_asks_again_who_did_it_and_the_run_goes_on(
    make_bench: BenchFactory,
) -> None:
    bench = small(make_bench)
    name = start(bench)
    (pending,) = run_halting(bench, name, edit_once(bench)).run.evidence
    assert pending.pending
    bench.control("POST", "clock", {"advance": 600.0})
    bench.services.run_control.resume(name)
    bench.clock.before_wait = lambda: settle(bench.runners[-1])
    bench.run_worker(name)
    run, _ = bench.services.store.find(name).read_run()
    evidence = [e for e in run.evidence if e.about == pending.about]
    assert [author.caller for author in evidence[-1].authors] == ["dana@contoso.example"]
    assert not evidence[-1].pending


class SlowDiagnostics:
    """Answers nothing before the end of the test, or refuses everything."""

    def __init__(self, *, refuses: bool) -> None:
        self.refuses = refuses
        self.called, self.released = threading.Event(), threading.Event()

    def _answer(self, *_: Any, **__: Any) -> Any:
        self.called.set()
        if self.refuses:
            raise NotAllowed("no right", code="AuthorizationFailed", status=403)
        self.released.wait(60.0)
        return ()

    read_activity = read_changes = read_instance_view = _answer

    def read_boot_log(self, *_: Any, **__: Any) -> BootLog:
        """The same, as a log."""
        self._answer()
        return BootLog(BootLogState.EMPTY)

    def close(self) -> None:
        """Ends what waits."""
        self.released.set()


def timings(bench: Bench, diagnostics: SlowDiagnostics) -> Sequence[tuple[str, float]]:
    """Kind and run time of every event of a run that a colleague's restart pauses, and that is then
    resumed and completed."""
    bench.gateway.diagnostics = diagnostics  # type: ignore[assignment]
    name = start(bench)
    folder = bench.services.store.find(name)
    seen, run_at_resume = list[str](), [0.0]

    def disturb(run: Run) -> bool:
        if run.open_batch is not None and "restart" not in seen:
            seen.append("restart")
            waiting = run.plan.instance_ids[-1] if run.plan else ""
            bench.gateway.power(bench.set_id, PowerAction.RESTART, [waiting], "colleague")
        if run.phase is Phase.PAUSED and bench.clock.run() > run_at_resume[0] + 60.0:
            run_at_resume[0] = bench.clock.run()
            seen.append(run.reason)
            bench.services.run_control.send_intent(name, IntentKind.RESUME)
        return False

    begun = time.monotonic()
    run = bench.run_worker(name, until=disturb)
    assert time.monotonic() - begun < 30.0
    assert run.phase is Phase.COMPLETED
    assert {*seen} == {"restart", "foreign"}
    assert diagnostics.called.is_set()
    diagnostics.close()
    records = folder.read_journal().records
    return [
        (type(record.body).__name__, round(record.t, 2))
        for record in records
        if not isinstance(record.body, ev.EvidenceRecorded)
    ]


def test_batches_and_intents_come_at_the_same_time_with_a_slow_or_a_refused_diagnosis(
    make_bench: BenchFactory,
) -> None:
    slow = timings(small(make_bench, capacity=3), SlowDiagnostics(refuses=False))
    assert timings(small(make_bench, capacity=3), SlowDiagnostics(refuses=True)) == slow


def test_an_abort_is_handled_while_the_first_look_at_a_halt_takes(make_bench: BenchFactory) -> None:
    bench = small(make_bench, "bad-image")
    diagnostics = SlowDiagnostics(refuses=False)
    bench.gateway.diagnostics = diagnostics  # type: ignore[assignment]
    name = start(bench, Edit(image_version=NEWEST), **SHORT)
    folder = bench.services.store.find(name)
    assert folder.take_lock(bench.clock.wall())
    runner = Runner(folder, folder.open_journal(), bench.gateway, bench.clock, bench.services.store)
    runner.record(first_events(folder, runner))
    loop = threading.Thread(target=runner.loop)
    loop.start()
    assert diagnostics.called.wait(20.0)
    begun = time.monotonic()
    bench.services.run_control.send_intent(name, IntentKind.ABORT)
    loop.join(10.0)
    assert not loop.is_alive()
    assert time.monotonic() - begun < 5.0
    assert runner.run.phase is Phase.CANCELLED
    assert not runner.run.evidence
    diagnostics.close()
    folder.lock.release()


@pytest.mark.parametrize("reason", ["not signed in", "gate", "refused"])
def test_other_halts_ask_nothing(make_bench: BenchFactory, reason: str) -> None:
    bench = small(make_bench)
    name = start(bench)
    folder = bench.services.store.find(name)
    journal = folder.open_journal()
    runner = Runner(folder, journal, bench.gateway, bench.clock, bench.services.store)
    runner.record([*first_events(folder, runner), ev.Halted(reason=reason, message="x")])
    assert not runner.evidence.is_pending
    journal.close()

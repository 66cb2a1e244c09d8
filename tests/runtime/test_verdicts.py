"""Samples of a verdict: commands, HTTP addresses, metrics, and the run that they are taken for."""

import threading
from collections.abc import Sequence

import pytest

from tests.support.bench import BenchFactory
from tests.support.gate_commands import events_of, python_command
from tests.support.processes import wait_until
from tests.support.scripted_server import Answer, ReceivedRequest, ScriptedServer
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.runtime.clock import BootClock
from vmss_tui.runtime.verdicts import run_samples
from vmss_tui.runtime.verdicts.command_output import sample_of_command
from vmss_tui.runtime.verdicts.command_probe import CommandProbe
from vmss_tui.runtime.verdicts.http_probe import HttpProbe
from vmss_tui.runtime.verdicts.run_samples import make_probe
from vmss_tui.runtime.verdicts.sampler import GRACE, Sampler
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.plan.verdict import (
    OnFailure,
    Sample,
    SampleResult,
    Verdict,
    parse_verdict,
)
from vmss_tui.upgrade.run.run import Phase

SUCCESS, FAILURE, UNCLEAR = SampleResult
NO_STOP = threading.Event()


def test_a_command_says_by_its_exit_code_and_may_print_words_and_numbers() -> None:
    document = '{"message": "slow\\u001b[31m", "numbers": {"p99": 1.5, "no": true, "x": "y"}}'
    for code, output, result, message, numbers in (
        (0, "", SUCCESS, "", {}),
        (1, "first\nlast line\n", FAILURE, "last line", {}),
        (2, f"noise\n{document}\n", UNCLEAR, "slow␛[31m", {"p99": 1.5}),
        (1, '{\n "message": 5, "numbers": []\n}', FAILURE, "", {}),
        (0, "{broken", SUCCESS, "{broken", {}),
        (3, "oh", UNCLEAR, "exit code 3: oh", {}),
        (None, "", UNCLEAR, "it did not exit within 5 s", {}),
    ):
        late = "it did not exit within 5 s" * (code is None)
        sample = sample_of_command(code, output, 1.5, late)
        assert sample == Sample(result=result, message=message, numbers=numbers, seconds=1.5)
    assert len(sample_of_command(1, "x" * 9000).message) <= 300


def test_a_command_is_run_like_a_gate_and_killed_when_it_is_interrupted() -> None:
    program = "import json, sys; d = json.load(sys.stdin); print(d['run']); sys.exit(1)"
    probe = CommandProbe(Verdict(command=python_command(program), timeout=20.0))
    sample = probe.take(b'{"run": "r1"}', NO_STOP)
    assert (sample.result, sample.message) == (FAILURE, "r1")
    stop = threading.Event()
    stop.set()
    sleeping = CommandProbe(Verdict(command=python_command("import signal; signal.pause()")))
    assert sleeping.take(b"", stop).message == "interrupted"
    absent = CommandProbe(Verdict(command=("/nowhere/probe",)))
    assert absent.take(b"", NO_STOP).result is UNCLEAR


def test_an_address_is_judged_by_its_status_and_followed_on_its_own_origin_only() -> None:
    def answer(request: ReceivedRequest) -> Answer:
        places = {"/moved": "/ok", "/away": "https://elsewhere.example/x?sig=1", "/loop": "/loop"}
        if request.path in places:
            return 302, {"Location": places[request.path]}, b""
        return 200 if request.path == "/ok" else 503, {}, b"body"

    with ScriptedServer(answer) as server:
        samples = {
            path: HttpProbe(Verdict(url=server.endpoint + path)).take(b"", NO_STOP)
            for path in ("/ok", "/down", "/moved", "/away", "/loop")
        }
        asked = [request.path for request in server.requests]
    assert {path: s.result for path, s in samples.items()} == {
        "/ok": SUCCESS, "/down": FAILURE, "/moved": SUCCESS, "/away": UNCLEAR, "/loop": UNCLEAR,
    }  # fmt: skip
    assert samples["/down"].message == "HTTP 503"
    assert samples["/away"].message == (
        "HTTP 302 to https://elsewhere.example/x, which is not followed"
    )
    assert asked.count("/loop") == 4
    closed = HttpProbe(Verdict(url=server.endpoint)).take(b"", NO_STOP)
    assert (closed.result, closed.message) == (FAILURE, "the connection was refused or broken")
    unknown = HttpProbe(Verdict(url="https://no.such.host.invalid/")).take(b"", NO_STOP)
    assert unknown.result is UNCLEAR


def test_a_metric_is_read_and_compared_with_its_limit(make_bench: BenchFactory) -> None:
    bench = make_bench()
    name = bench.simulator.scale_sets[0]

    def sample(text: str) -> Sample:
        verdict = parse_verdict(text)
        probe = make_probe(verdict, bench.gateway.diagnostics, bench.set_id)
        return probe.take(b"", NO_STOP)

    assert sample("metric:Percentage CPU < 80").result is SUCCESS
    bench.control("POST", "metrics", {"scale_set": name, "name": "Percentage CPU", "value": 92})
    high = sample("metric:average of Percentage CPU < 80 over 10m")
    assert (high.result, high.numbers) == (FAILURE, {"Percentage CPU": 92.0})
    assert high.message.startswith("Percentage CPU is 92 (limit < 80, ")
    bench.control("POST", "metrics", {"scale_set": name, "name": "Percentage CPU", "value": None})
    none = sample("metric:Percentage CPU < 80")
    assert (none.result, none.message) == (UNCLEAR, "Percentage CPU: no data in the last 300 s")
    unknown = sample("metric:Luck > 1")
    assert unknown.result is UNCLEAR
    assert "Valid metrics" in unknown.message
    cautions = bench.plan_run(Selection(update_domains=(0,)), LIMITS).cautions
    assert cautions[0].startswith("A failed verdict halts the run: it does not edit the model")


class HungProbe:
    """Never answers, and does not hear that it is interrupted."""

    timeout = 30.0
    late_result = FAILURE

    def __init__(self) -> None:
        self.release = threading.Event()

    def take(self, document: bytes, stop: threading.Event) -> Sample:
        self.release.wait()
        return Sample(result=SUCCESS)


class StepClock(BootClock):
    """Real time moves only when a test says so."""

    now = 0.0

    def real(self) -> float:
        return self.now


def test_a_sample_without_an_answer_ends_at_its_deadline_and_a_few_may_remain() -> None:
    clock, probe = StepClock(), HungProbe()
    sampler = Sampler(probe, clock)
    results = []
    for _ in range(4):
        sampler.start(b"")
        sampler.start(b"")  # one at a time
        clock.now += probe.timeout + GRACE + 1
        results.append(wait_until(sampler.take, "a sample"))
    assert [(r.result, r.message) for r in results if r] == [
        *[(FAILURE, "no answer within 30 s")] * 3,
        (UNCLEAR, "earlier samples have not ended yet"),
    ]
    probe.release.set()
    sampler.start(b"")
    sampler.cancel()
    assert sampler.take() is None


class ListProbe:
    """Answers at once, in order; the last result for ever."""

    timeout = 30.0
    late_result = UNCLEAR

    def __init__(self, results: Sequence[SampleResult]) -> None:
        self.results = list(results)
        self.documents: list[bytes] = []

    def take(self, document: bytes, stop: threading.Event) -> Sample:
        self.documents.append(document)
        result = self.results.pop(0) if len(self.results) > 1 else self.results[0]
        return Sample(result=result, message=f"probe: {result}")


LIMITS = Policy(
    max_batch_instance_percent=Amount(count=2),
    bake=60.0,
    verdict=Verdict(command=python_command(""), every=10.0, on_failure=OnFailure.REVERT),
)


@pytest.mark.parametrize(
    ("results", "phase"),
    [((SUCCESS,), Phase.COMPLETED), ((SUCCESS, FAILURE), Phase.ROLLED_BACK)],
    ids=("passes", "fails"),
)
def test_a_run_bakes_under_its_verdict_and_rolls_back_at_once_where_it_fails(
    make_bench: BenchFactory,
    monkeypatch: pytest.MonkeyPatch,
    results: Sequence[SampleResult],
    phase: Phase,
) -> None:
    probe = ListProbe(results)
    monkeypatch.setattr(run_samples, "make_probe", lambda *_: probe)
    bench = make_bench()
    bench.scale_in(4)
    ids = [i.instance_id for i in bench.services.queries.observe(bench.set_id).instances][:2]
    plan = bench.plan_run(
        Selection(instance_ids=tuple(ids)), LIMITS, Edit(image_version="22.04.202601010")
    )
    name = bench.services.run_control.start(plan)
    run = bench.run_worker(name)
    assert run.phase is phase, run.message
    samples = events_of(bench, name, ev.VerdictSampled)
    assert {s.result for s in samples} == set(results)
    reverts = events_of(bench, name, ev.RevertRequested)
    assert [r.by for r in reverts] == ["the verdict"] * (phase is Phase.ROLLED_BACK)
    assert b'"upgraded":' in probe.documents[-1]
    if phase is Phase.COMPLETED:
        (bake,) = events_of(bench, name, ev.BakeStarted)
        assert bake.seconds == 60.0
        assert len(samples) > 3


def test_a_failed_instance_is_protected_and_the_run_goes_on(make_bench: BenchFactory) -> None:
    bench = make_bench()
    bench.scale_in(4)
    snapshot = bench.services.queries.observe(bench.set_id)
    first, second = [i.instance_id for i in snapshot.instances][:2]
    fault = {"instance": "boot_failure", "instance_ids": [first]}
    bench.control("POST", "faults", fault)
    limits = Policy(
        max_batch_instance_percent=Amount(count=1),
        max_unhealthy_instance_percent=Amount(count=2),
        quarantine=True,
        max_new_failures=2,
    )
    edit = Edit(image_version="22.04.202601010")
    name = bench.services.run_control.start(
        bench.plan_run(Selection(instance_ids=(first, second)), limits, edit)
    )
    run = bench.run_worker(name)
    assert run.phase is Phase.COMPLETED_WITH_FAILURES, run.message
    answered, shown = events_of(bench, name, ev.QuarantineEnded)
    assert (answered.instance_id, answered.outcome) == (first, ev.QuarantineOutcome.ACCEPTED)
    assert (shown.instance_id, shown.outcome) == (first, ev.QuarantineOutcome.PROTECTED)
    after = bench.services.queries.observe(bench.set_id).by_id
    assert [after[i].protected_from_actions for i in (first, second)] == [True, False]
    puts = [r["path"] for r in bench.requests("PUT")]
    assert [path.rpartition("/")[2] for path in puts] == [first]
    assert len(bench.requests("POST", "manualupgrade")) == 2

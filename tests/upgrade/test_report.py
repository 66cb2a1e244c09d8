"""A run told afterwards: from its journal alone, complete, and safe to paste anywhere."""

import json

import msgspec
import pytest

from tests.support.bench import NEWEST, BenchFactory
from tests.support.engine_harness import EngineHarness
from tests.support.engine_world import SET, small_set
from tests.support.fake_runs import FakeFollower
from vmss_tui.cli.commands.attach import watch_run
from vmss_tui.cli.json_output.runs import report_json
from vmss_tui.errors import ExitCode
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.runtime.storage import journal
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.report.az_commands import command_for_event
from vmss_tui.upgrade.report.build import build_report
from vmss_tui.upgrade.report.markdown import render_markdown
from vmss_tui.upgrade.report.report import Report, ReportContext
from vmss_tui.upgrade.report.sentences import describe_member, describe_straggler
from vmss_tui.upgrade.run.progress import (
    estimate_remaining,
    instances_in_progress,
    upgrade_durations,
)
from vmss_tui.upgrade.run.run import Phase, Run, Stage

PAIRS = Policy(
    max_batch_instance_percent=Amount(count=2),
    max_unhealthy_instance_percent=Amount(percent=100),
    healthy_deadline=100.0,
    batch_deadline=400.0,
)


def report_of(harness: EngineHarness) -> Report:
    report = build_report("web-1234", harness.journal, ReportContext(principal="ana@contoso.com"))
    assert report is not None
    return report


def finished_report(**outcomes: str) -> Report:
    world = small_set(4, domains=2)
    for instance_id, outcome in outcomes.items():
        world.outcome[instance_id.removeprefix("_")] = outcome
    harness = EngineHarness(world, PAIRS, edit_to="1.0.9")
    harness.finish()
    return report_of(harness)


def test_a_report_has_every_planned_instance_with_its_outcome_and_duration() -> None:
    report = finished_report()
    assert report.phase is Phase.COMPLETED
    assert [result.instance_id for result in report.instances] == ["0", "2", "1", "3"]
    assert {result.outcome for result in report.instances} == {Stage.UPGRADED}
    assert all(result.seconds and result.seconds >= 40 for result in report.instances)
    assert [result.batches for result in report.instances] == [(1,), (1,), (2,), (2,)]
    assert (report.planned, report.upgraded, report.waiting) == (4, 4, 0)


def test_a_report_has_every_act_with_its_answer_and_the_same_in_az() -> None:
    report = finished_report()
    assert [(request.kind, request.answer) for request in report.requests] == [
        ("model", "accepted"),
        ("batch", "accepted"),
        ("batch", "accepted"),
    ]
    model, first, second = report.requests
    assert model.az == (
        "az vmss update -g web-rg -n web --set "
        "virtualMachineProfile.storageProfile.imageReference.version=1.0.9"
    )
    assert first.az == "az vmss update-instances -g web-rg -n web --instance-ids 0 2"
    assert (first.upgraded, second.upgraded) == (2, 2)
    assert first.operation == "operation-0"


def test_a_halted_run_tells_the_failure_in_its_words_and_what_came_of_the_others() -> None:
    report = finished_report(_2="fails")
    assert (report.phase, report.reason) == (Phase.FAULTED, "failure")
    (failure,) = report.failures
    assert failure.instance_ids == ("2",)
    by_id = {result.instance_id: result.outcome for result in report.instances}
    assert by_id == {
        "0": Stage.UPGRADED,
        "2": Stage.FAILED,
        "1": Stage.WAITING,
        "3": Stage.WAITING,
    }
    assert "halted" in {entry.kind for entry in report.timeline}


def test_a_run_at_work_has_a_report_too() -> None:
    harness = EngineHarness(small_set(4, domains=2), PAIRS)
    while not harness.requested:
        harness.cycle()
    report = report_of(harness)
    assert (report.open, report.waiting) == (2, 2)
    assert report.requests[-1].settled_at == ""
    assert "2 upgrading" in render_markdown(report)


def test_nothing_in_a_journal_is_no_report() -> None:
    assert build_report("web-1234", []) is None


def test_every_prefix_of_a_journal_has_a_report_that_adds_up() -> None:
    harness = EngineHarness(small_set(4, domains=2), PAIRS, edit_to="1.0.9")
    harness.next_reply = "lost"
    harness.finish()
    for length in range(1, len(harness.journal) + 1):
        report = build_report("web-1234", harness.journal[:length])
        assert report is not None
        ended = report.upgraded + report.failed + report.gone + report.skipped
        assert ended + report.open + report.waiting == report.planned == 4
        assert render_markdown(report)


def test_words_of_a_guest_cannot_become_markup() -> None:
    harness = EngineHarness(small_set(1), PAIRS)
    hostile = "a | b ` <script> [x](http://x)\n# no heading\x1b[31m ```"
    harness.append(ev.InstancesFailed(instance_ids=("0",), message=hostile))
    text = render_markdown(report_of(harness))
    assert "\x1b" not in text
    assert "\n# no heading" not in text.split("## Failures")[0]
    table = text.split("## Instances")[1].split("## Failures")[0]
    (row,) = [line for line in table.splitlines() if line.startswith("| `0`")]
    assert row.count("|") == 8
    fence = text.split("## Failures")[1].split("## Timeline")[0]
    assert [line for line in fence.splitlines() if line.startswith("```")] == ["````", "````"]


def test_the_json_of_a_report_can_be_read_by_anybody() -> None:
    report = json.loads(msgspec.json.encode(report_json(finished_report())))
    assert report["policy"]["max_batch_instance_percent"] == "2"
    assert report["where"]["principal"] == "ana@contoso.com"
    assert report["acts"][1]["instance_ids"] == ["0", "2"]


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            ev.BatchIntent(number=1, row="", instance_ids=("3", "web_a b"), client_request_id=""),
            "az vmss update-instances -g web-rg -n web --instance-ids 3 'web_a b'",
        ),
        (
            ev.ModelIntent(
                body={"sku": {"name": "Standard_D4s_v5"}, "properties": {"overprovision": True}},
                if_match="",
                client_request_id="",
                attempt=1,
            ),
            "az vmss update -g web-rg -n web --set sku.name=Standard_D4s_v5 overprovision=true",
        ),
        (ev.Resumed(by="ana"), ""),
    ],
)
def test_the_az_line_of_an_event_is_what_somebody_would_have_typed(
    event: ev.AnyEvent, line: str
) -> None:
    assert command_for_event(SET, event) == line


def test_a_run_against_azure_is_told_with_its_operations_and_correlation_ids(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    snapshot = bench.services.queries.observe(bench.set_id)
    plan = bench.services.planner.plan(
        snapshot, Selection(update_domains=(1,)), Policy(), Edit(image_version=NEWEST)
    )
    name = bench.services.run_control.start(plan)
    bench.run_worker(name)
    folder = bench.run_folder(name)
    report = build_report(name, journal.read_journal(folder.journal_path).records)
    assert report is not None
    assert report.upgraded == 20
    assert report.image.endswith(NEWEST)
    assert any(NEWEST in line for line in report.edit)
    batch = report.requests[-1]
    assert batch.operation.startswith("http")
    assert batch.correlation_id
    posted = bench.requests("POST", "manualupgrade")[-1]
    assert batch.client_request_id == posted["client_request_id"]
    text = render_markdown(report)
    assert batch.az in text
    assert batch.correlation_id in text


# Progress


def batches_in(batches: int) -> EngineHarness:
    """A run of four batches of two, so many of them settled and the next one open."""
    harness = EngineHarness(small_set(8, domains=4), PAIRS)
    while len(harness.run.batch_durations) < batches or harness.run.open_batch is None:
        harness.cycle()
    return harness


def stragglers(run: Run, t: float) -> set[str]:
    return {
        instance.instance_id for instance in instances_in_progress(run, t) if instance.is_straggler
    }


def test_nothing_is_estimated_before_a_batch_has_settled() -> None:
    harness = batches_in(0)
    assert estimate_remaining(harness.run, harness.world.t) is None


def test_a_small_canary_does_not_make_the_estimate_longer() -> None:
    policy = msgspec.structs.replace(PAIRS, canary=1)
    harness = EngineHarness(small_set(8, domains=4), policy)
    while len(harness.run.batch_durations) < 2 or harness.run.open_batch is None:
        harness.cycle()
    assert [size for size, _ in harness.run.batch_durations] == [1, 1]
    typical = sum(seconds for _, seconds in harness.run.batch_durations) / 2
    requested_at = harness.run.open_batch.requested_at
    assert estimate_remaining(harness.run, requested_at) == pytest.approx(3 * typical)


def test_the_estimate_stands_on_the_batches_seen_and_the_pauses_to_come() -> None:
    harness = batches_in(2)
    (_, first), (_, second) = harness.run.batch_durations
    typical = (first + second) / 2
    requested_at = harness.run.open_batch.requested_at if harness.run.open_batch else 0.0
    assert estimate_remaining(harness.run, requested_at) == pytest.approx(2 * typical)
    assert estimate_remaining(harness.run, requested_at + 1000.0) == pytest.approx(typical)
    slow = msgspec.structs.replace(PAIRS, pause_time_between_batches=100.0)
    assert harness.run.plan is not None
    plan = msgspec.structs.replace(harness.run.plan, policy=slow)
    assert estimate_remaining(
        msgspec.structs.replace(harness.run, plan=plan), requested_at
    ) == pytest.approx(2 * typical + 100)


def test_an_instance_over_three_times_the_median_is_a_straggler() -> None:
    harness = batches_in(2)
    typical = sorted(upgrade_durations(harness.run).values())[1]
    requested_at = harness.run.open_batch.requested_at if harness.run.open_batch else 0.0
    assert stragglers(harness.run, requested_at + 2.9 * typical) == set()
    assert stragglers(harness.run, requested_at + 3.2 * typical) == {"2", "6"}
    watches = {
        i: seconds for i, seconds, _ in instances_in_progress(harness.run, requested_at + 7.0)
    }
    assert watches == {"2": 7.0, "6": 7.0}
    early = batches_in(1).run
    assert stragglers(early, requested_at + 9999.0) == set(), "two say nothing yet"
    slow = instances_in_progress(harness.run, requested_at + 300.0)[0]
    usual = f"{int(typical) // 60}:{int(typical) % 60:02}"
    text = describe_straggler(harness.run, slow)
    assert text == f"instance 2 is slow: requested 5:00 ago, the median of this run is {usual}"


def test_how_far_the_run_is_with_an_instance_is_told_in_words() -> None:
    harness = batches_in(2)
    requested_at = harness.run.open_batch.requested_at if harness.run.open_batch else 0.0
    assert describe_member(harness.run, "2", requested_at + 7.0) == "requested 0:07 ago"
    assert describe_member(harness.run, "2", requested_at + 4000.0) == "requested 1:06:40 ago, slow"
    assert describe_member(harness.run, "0", requested_at) == "upgraded in 1:11"
    assert describe_member(harness.run, "3", requested_at) == "waiting"
    assert describe_member(harness.run, "no such", requested_at) == ""


class Ageing(FakeFollower):
    """A run whose last batch takes ever longer, until it is over after all."""

    @property
    def is_live(self) -> bool:
        return True

    def read_new(self) -> tuple[ev.Record, ...]:
        self.seconds_since_record[0] += 100.0
        if self.seconds_since_record[0] == 600.0:
            self.seconds_since_record[0] = 0.0
            self.add(ev.Completed(upgraded=8, failed=0, gone=0, skipped=0))
        return super().read_new()


def test_a_watcher_is_told_of_each_straggler_once(capsys: pytest.CaptureFixture[str]) -> None:
    harness = batches_in(2)
    assert harness.run.plan is not None
    followed = Ageing("web-1", harness.run.plan)
    followed.records.extend(harness.journal)
    assert watch_run(followed, as_json=False) is ExitCode.DONE
    messages = [line for line in capsys.readouterr().err.splitlines() if "is slow" in line]
    assert [line.split(":")[0] for line in messages] == ["instance 2 is slow", "instance 6 is slow"]


def test_a_run_that_is_over_takes_no_more_time() -> None:
    harness = batches_in(1)
    harness.finish()
    assert estimate_remaining(harness.run, harness.world.t) is None

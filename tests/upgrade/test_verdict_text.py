"""The verdict and the bake time as texts: plan, events, progress, and without their secrets."""

from datetime import UTC, datetime

from msgspec.structs import replace

from tests.support.engine_harness import EngineHarness
from tests.support.engine_runs import PAIRS
from tests.support.engine_world import small_set
from vmss_tui.cli.json_output.runs import policy_json, run_checks_json
from vmss_tui.cli.progress_line import progress_line
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.overview.overview import overview
from vmss_tui.upgrade.plan.policy import without_secrets
from vmss_tui.upgrade.plan.verdict import OnFailure, SampleResult, Verdict
from vmss_tui.upgrade.report.build import build_report
from vmss_tui.upgrade.report.markdown import render_markdown
from vmss_tui.upgrade.report.plan_presentation import present_plan
from vmss_tui.upgrade.report.sentences import describe_event
from vmss_tui.upgrade.run.run import Stage

CHECK = Verdict(
    command=("/bin/probe", "--token", "s3cret"),
    every=20.0,
    failures=2,
    samples=3,
    on_failure=OnFailure.REVERT,
)
LIMITS = replace(PAIRS, bake=600.0, verdict=CHECK, quarantine=True, max_new_failures=4)


def baking_run() -> EngineHarness:
    harness = EngineHarness(small_set(2, domains=1), LIMITS)
    harness.verdict.next_results = [*[SampleResult.SUCCESS] * 2, SampleResult.FAILURE]
    while harness.run.bake_at is None or len(harness.run.samples) < 3:
        harness.cycle()
    return harness


def test_the_plan_names_its_checks_and_no_secret() -> None:
    presented = present_plan(EngineHarness(small_set(2), LIMITS).plan)
    rows = {row.label: row for row in presented.limit_lines}
    assert rows["verdict"].text == (
        " sampled every 20s; 2 failures of the last 3 samples roll back at once; "
        "an inconclusive sample pauses it"
    )
    assert "s3cret" not in str(presented.limit_lines)
    assert rows["bake time"].text == "10m of observation after the last batch"
    assert rows["quarantine"].text.endswith("the run halts at 4 failures")
    assert "10 min" in presented.duration
    assert "s3cret" not in str(policy_json(LIMITS))
    address = replace(LIMITS, verdict=Verdict(url="https://h.example/?code=s3cret"))
    assert "s3cret" not in str(without_secrets(address))


def test_a_run_in_its_bake_time_shows_what_is_left_and_the_newest_sample() -> None:
    harness = baking_run()
    run, t = harness.run, harness.world.t
    shown = overview(run, t)
    assert (shown.state, run.status_label) == ("Bake time", "Bake time")
    assert shown.bake is not None
    assert 500.0 < shown.bake <= 600.0
    assert shown.remaining == shown.bake
    assert shown.verdict == "1 of 3 failed, newest failure: probe says failure"
    line = progress_line(run, t, datetime(2026, 1, 1, tzinfo=UTC), None)
    assert "bake time: 10 min left" in line
    assert "verdict: 1 of 3 failed" in line
    checks = run_checks_json(run, t)
    assert (checks["failures"], checks["samples"], checks["verdict_failed"]) == (1, 3, False)
    assert checks["newest_sample"]["result"] == "failure"


def test_events_and_reports_say_what_the_checks_did() -> None:
    harness = baking_run()
    sentences = [describe_event(record, harness.run) for record in harness.journal]
    assert "bake time started: 10m" in sentences
    assert "verdict sample: failure: probe says failure" in sentences
    numbers = ev.VerdictSampled(
        result=SampleResult.SUCCESS, message="rate", numbers={"errors": 0.5, "rate": 1.0}
    )
    record = ev.Record(seq=1, at="", t=0.0, body=numbers)
    assert describe_event(record) == "verdict sample: success: rate (errors 0.5)"
    for event, sentence in (
        (
            ev.QuarantineEnded(instance_id="3", outcome=ev.QuarantineOutcome.PROTECTED),
            "3 quarantined: protected from scale-set actions",
        ),
        (
            ev.QuarantineEnded(
                instance_id="3", outcome=ev.QuarantineOutcome.REFUSED, message="no right"
            ),
            "quarantine of 3 refused: no right",
        ),
        (
            ev.QuarantineEnded(instance_id="3", outcome=ev.QuarantineOutcome.ACCEPTED),
            "quarantine of 3 accepted, no reading shows it yet",
        ),
        (
            ev.RevertRequested(by="the verdict", message="verdict failed: x"),
            "rollback requested by the verdict (verdict failed: x): upgrades in flight are "
            "completed first",
        ),
    ):
        assert describe_event(replace(record, body=event)) == sentence
    report = build_report("r", harness.journal)
    assert report is not None
    text = render_markdown(report)
    assert "bake time 600 s" in text
    assert "Verdict: `/bin/probe --token" in text
    assert "Quarantine: failed instances are protected from scale-set actions" in text
    assert "s3cret" not in text
    assert harness.run.count(Stage.UPGRADED) == 2

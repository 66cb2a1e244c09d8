"""The report of a run as one HTML file: complete, harmless, and asking for nothing."""

import json
import re
from pathlib import Path

import msgspec
import pytest
from msgspec import structs

from tests.support.engine_harness import EngineHarness
from tests.support.engine_world import small_set
from tests.support.html_page import HOSTILE, Page, check_harmless
from tests.upgrade.test_timeline import PAIRS
from vmss_tui.cli.json_output.runs import report_json
from vmss_tui.fleet.scale_set import PowerState
from vmss_tui.fleet.state_groups import StateGroup
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.overview.segments import batch_segments
from vmss_tui.upgrade.plan.plan import LeftOutInstance, LeftOutReason, Plan
from vmss_tui.upgrade.plan.policy import Amount
from vmss_tui.upgrade.report.build import build_report
from vmss_tui.upgrade.report.html.heat_maps import RunGroup, heat_map_after, heat_map_before
from vmss_tui.upgrade.report.html.page import render_html
from vmss_tui.upgrade.report.markdown import render_markdown
from vmss_tui.upgrade.report.report import Report, ReportContext
from vmss_tui.upgrade.report.sentences import describe_member, progress_text
from vmss_tui.upgrade.report.timeline.timeline_builder import build_timeline
from vmss_tui.upgrade.run.fold import fold
from vmss_tui.upgrade.run.progress import instances_in_progress


def harness_after(**outcomes: str) -> EngineHarness:
    world = small_set(6, domains=3)
    for instance_id, outcome in outcomes.items():
        world.outcome[instance_id.removeprefix("_")] = outcome
    harness = EngineHarness(world, PAIRS, edit_to="1.0.9")
    harness.finish()
    return harness


def page_of(records: list[ev.Record], plan: Plan, run: str = "web-7f3a") -> tuple[str, Report]:
    report = build_report(run, records, ReportContext(principal="ana@contoso.com"))
    assert report is not None
    return render_html(report, plan, build_timeline(records)), report


def test_the_page_has_every_part_and_the_counts_of_the_json_report() -> None:
    harness = harness_after(_1="fails")
    html, report = page_of(harness.journal, harness.plan)
    page, fields = Page(html), report_json(report)
    assert page.open == []
    for part in ("Before and after", "Timeline", "Batches", "Failures", "Commands", "1.0.9"):
        assert part in page.text
    for name in ("planned", "upgraded", "failed"):
        assert re.search(rf"<b[^>]*>{fields[name]}</b><span>{name}</span>", html)
    after = heat_map_after(harness.plan, report).counts
    assert after[StateGroup.LATEST_MODEL] == fields["upgraded"] == 3
    assert after[StateGroup.FAILED] == fields["failed"] == 1
    assert after[StateGroup.OUTDATED] == fields["waiting"] == 2
    assert heat_map_before(harness.plan).counts == {StateGroup.OUTDATED: 6}
    assert all(request["az"] in page.text for request in fields["acts"])


def test_the_ids_of_large_requests_are_listed_in_the_plan_and_in_the_commands_alone() -> None:
    policy = structs.replace(PAIRS, max_batch_instance_percent=Amount(percent=50))
    harness = EngineHarness(small_set(60, domains=1), policy, edit_to="1.0.9")
    harness.finish()
    page = Page(page_of(harness.journal, harness.plan)[0])
    first = harness.plan.batches[0].instance_ids
    assert len(first) > 24
    assert (
        f"{' '.join(first[:12])} … {first[-1]} ({len(first)} instances, see Commands)" in page.text
    )
    assert page.text.count(" ".join(first)) == 2
    assert f"--instance-ids {' '.join(first)}" in page.text


@pytest.mark.parametrize("length", [1, 6, 9, 12, 15])
def test_a_run_at_any_moment_has_a_page_that_asks_for_nothing(length: int) -> None:
    harness = harness_after(_1="fails")
    page = Page(page_of(harness.journal[:length], harness.plan)[0])
    check_harmless(page)


def test_hostile_texts_of_azure_and_hostile_names_are_shown_as_text() -> None:
    harness = harness_after(_1="fails")
    encoded = msgspec.json.encode(harness.journal).decode()
    hostile = json.dumps(HOSTILE)[1:-1]
    encoded = encoded.replace("provisioning failed", hostile).replace("UD 1", hostile)
    encoded = encoded.replace('"by":"ana/run"', f'"by":"{hostile}"')
    records = msgspec.json.decode(encoded, type=list[ev.Record])
    body = records[0].body
    assert isinstance(body, ev.PlanConfirmed)
    plan = structs.replace(body.plan, name=HOSTILE)
    html, _ = page_of(records, plan, HOSTILE)
    page = Page(html)
    assert page.open == []
    assert set(page.elements).isdisjoint({"script", "img"})
    assert not any(name in ("src", "href", "onerror") for name, _ in page.attributes)
    assert page.text.count("<script>alert(1)</script>") >= 5
    assert "\x1b" not in html


def test_what_was_in_flight_at_an_abort_is_not_observed_and_the_counts_add_up() -> None:
    harness = harness_after()
    end = next(n for n, r in enumerate(harness.journal) if isinstance(r.body, ev.BatchAccepted))
    records = harness.journal[: end + 1]
    at = "2026-11-28T14:02:57.000+00:00"
    later = structs.replace(records[-1], seq=end + 2, at=at, body=ev.Aborted(by="ana"))
    handled = structs.replace(
        later, seq=end + 3, at="2026-11-28T14:09:00+00:00",
        body=ev.IntentHandled(number=1, kind=ev.IntentKind.ABORT, by="ana"),
    )  # fmt: skip
    page, report = page_of([*records, later, handled], harness.plan)
    note = "not observed after the abort at 14:02:57 UTC"
    sent, left = report.open, report.planned - report.open
    assert min(sent, left) > 0
    assert f"Aborted: 0 upgraded, {sent} {note}, {left} not upgraded of {report.planned}" in page
    markdown = render_markdown(report)
    assert f"{report.planned} planned: {sent} {note}, {left} not upgraded" in markdown
    assert markdown.count(note) == 1 + sent
    assert "upgrading" not in markdown
    assert "| tenant |" not in markdown
    assert report_json(report)["open_note"] == note
    run = fold([*records, later, handled])
    assert progress_text(run) == f"0 upgraded, {sent} {note}, {left} not upgraded"
    assert describe_member(run, harness.plan.batches[0].instance_ids[0], 900.0) == note
    assert instances_in_progress(run, 900.0) == ()
    segments = batch_segments(run, 900.0)
    assert (segments[0].unobserved, segments[0].is_complete) == (sent, False)
    assert not any(segment.in_progress for segment in segments)
    counts = heat_map_after(harness.plan, report).counts
    assert counts == {StateGroup.UNKNOWN: sent, StateGroup.OUTDATED: left}


def test_what_the_plan_did_not_record_is_unknown_and_what_it_did_not_touch_is_not_counted() -> None:
    harness = harness_after()
    plan = structs.replace(
        harness.plan,
        present_at_start=(*harness.plan.instance_ids, "20", "21", "22", "23"),
        current_at_start=("23",),
        left_out=(
            LeftOutInstance("20", LeftOutReason.CURRENT),
            LeftOutInstance("21", LeftOutReason.NOT_RUNNING),
        ),
        unhealthy_at_start=("0",),
        powers={"1": PowerState.DEALLOCATED},
        undetermined=("2",),
    )
    before = heat_map_before(plan)
    assert before.counts == {
        StateGroup.LATEST_MODEL: 2,
        StateGroup.UNHEALTHY: 1,
        StateGroup.OUTDATED: 3,
        StateGroup.STOPPED: 1,
        StateGroup.DEALLOCATED: 1,
        StateGroup.UNKNOWN: 2,
    }
    assert before.rows[-1][0] == "Others"
    report = page_of(harness.journal, harness.plan)[1]
    assert heat_map_after(plan, report).counts == {
        StateGroup.LATEST_MODEL: 6,
        RunGroup.UNTOUCHED: 4,
    }


def test_old_journals_with_every_field_and_with_the_required_ones_have_a_page() -> None:
    path = Path(__file__).parents[1] / "data" / "journal" / "events.jsonl"
    bodies = [
        msgspec.json.decode(line, type=ev.AnyEvent) for line in path.read_bytes().splitlines()
    ]
    plans = [body.plan for body in bodies if isinstance(body, ev.PlanConfirmed)]
    for plan in plans:
        confirmed = ev.PlanConfirmed(plan=plan, by="ana")
        records = [
            ev.Record(seq=seq, at="2026-11-28T02:00:00Z", t=float(seq), body=body)
            for seq, body in enumerate([confirmed, *bodies], 1)
        ]
        assert Page(page_of(records, plan)[0]).open == []

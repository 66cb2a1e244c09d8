"""The timeline of a run: what happened to each instance and batch, and when."""

from itertools import pairwise

import pytest
from msgspec import structs

from tests.support.engine_harness import EngineHarness
from tests.support.engine_world import small_set
from tests.support.fake_runs import FakeFollower
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.report.build import build_report
from vmss_tui.upgrade.report.timeline.batch_spans import common_spans
from vmss_tui.upgrade.report.timeline.forecast import expected_batches, expected_end, rates
from vmss_tui.upgrade.report.timeline.timeline import InstanceTrack, Span, SpanKind, Timeline
from vmss_tui.upgrade.report.timeline.timeline_builder import build_timeline
from vmss_tui.upgrade.run.run import Phase, Stage

PAIRS = Policy(
    max_batch_instance_percent=Amount(count=2),
    max_unhealthy_instance_percent=Amount(percent=100),
    healthy_deadline=100.0,
    batch_deadline=400.0,
)


def harness_after(
    replies: tuple[str, ...] = (), policy: Policy = PAIRS, **outcomes: str
) -> EngineHarness:
    world = small_set(6, domains=3)
    for instance_id, outcome in outcomes.items():
        world.outcome[instance_id.removeprefix("_")] = outcome
    harness = EngineHarness(world, policy, edit_to="1.0.9")
    for reply in replies:
        harness.next_reply = reply
    harness.finish()
    return harness


def kinds_of(timeline: Timeline, instance_id: str) -> list[SpanKind]:
    track = next(t for t in timeline.tracks if t.instance_id == instance_id)
    return [span.kind for span in track.spans]


def test_an_upgraded_instance_is_upgrading_then_provisioned_then_complete() -> None:
    timeline = build_timeline(harness_after().journal)
    assert timeline.phase is Phase.COMPLETED
    assert kinds_of(timeline, "0") == [
        SpanKind.UPGRADING, SpanKind.PROVISIONED, SpanKind.COMPLETE,
    ]  # fmt: skip
    assert [(b.number, b.complete, b.failed, b.median) for b in timeline.batches] == [
        (1, 2, 0, 82.0), (2, 2, 0, 82.0), (3, 2, 0, 82.0),
    ]  # fmt: skip
    assert timeline.planned == ()


def test_a_halted_run_shows_the_failure_its_reason_and_the_batches_that_remain() -> None:
    timeline = build_timeline(harness_after(_1="fails").journal)
    assert kinds_of(timeline, "1")[-1] is SpanKind.FAILED
    assert next(t.message for t in timeline.tracks if t.instance_id == "1")
    assert [stop.kind for stop in timeline.stops] == ["halted"]
    assert [(b.number, b.failed) for b in timeline.batches] == [(1, 0), (2, 1)]
    assert [(b.number, b.row) for b in timeline.planned] == [(3, "UD 2")]
    assert timeline.is_over


@pytest.mark.parametrize("reply", ["yes", "lost", "refused"])
@pytest.mark.parametrize("outcome", ["well", "fails", "sick"])
def test_every_prefix_of_a_journal_has_a_timeline_that_agrees_with_its_report(
    reply: str, outcome: str
) -> None:
    journal = harness_after((reply,), _1=outcome).journal
    for length in range(1, len(journal) + 1):
        records = journal[:length]
        timeline, report = build_timeline(records), build_report("web-1", records)
        assert report is not None
        assert len(timeline.tracks) == timeline.total == report.planned
        ends = [track.spans[-1].kind for track in timeline.tracks if track.spans]
        assert ends.count(SpanKind.COMPLETE) == report.upgraded
        assert ends.count(SpanKind.FAILED) == report.failed
        assert sum(len(b.instance_ids) for b in timeline.planned) in (0, report.waiting)
        for track in timeline.tracks:
            check_spans(track, timeline)
        expected_batches(timeline, timeline.end)


def check_spans(track: InstanceTrack, timeline: Timeline) -> None:
    for span, following in pairwise(track.spans):
        assert span.end is not None
        assert span.start <= span.end <= following.start
    for span in track.spans:
        assert 0 <= span.start <= (timeline.end if span.end is None else span.end) <= timeline.end
    is_open = bool(track.spans) and track.spans[-1].end is None
    if track.stage in (Stage.REQUESTED, Stage.PROVISIONED, Stage.READY):
        assert is_open


def test_an_instance_that_relapses_is_unhealthy_until_it_is_ready_again() -> None:
    plan = harness_after().plan
    follower = FakeFollower("web-1", plan)
    ids = plan.batches[0].instance_ids
    follower.add(
        ev.PlanConfirmed(plan=plan, by="ana"),
        ev.BatchIntent(number=1, row="UD 0", instance_ids=ids, client_request_id="r"),
        ev.BatchAccepted(number=1),
        ev.InstancesReady(instance_ids=ids),
        ev.InstancesRelapsed(instance_ids=ids[:1]),
        ev.InstancesProvisioned(instance_ids=ids[:1]),
        ev.InstancesReady(instance_ids=ids[:1]),
        ev.InstancesUpgraded(instance_ids=("no such instance", *ids)),
        ev.BatchSettled(number=1, upgraded=2, failed=0, gone=0),
    )
    timeline = build_timeline(follower.records)
    spans = next(t.spans for t in timeline.tracks if t.instance_id == ids[0])
    assert spans == (
        Span(SpanKind.REQUESTED, 20.0, 40.0),
        Span(SpanKind.UPGRADING, 40.0, 60.0),
        Span(SpanKind.PROVISIONED, 60.0, 80.0),
        Span(SpanKind.UNHEALTHY, 80.0, 120.0),
        Span(SpanKind.PROVISIONED, 120.0, 140.0),
        Span(SpanKind.COMPLETE, 140.0, 160.0),
    )
    at = timeline.clock_at(50.0)
    assert at is not None
    assert at.strftime("%H:%M:%S") == "11:56:21", "interpolated between two events"


def test_planned_batches_follow_one_another_as_long_as_the_typical_one() -> None:
    journal = harness_after().journal
    settled = next(n for n, r in enumerate(journal) if isinstance(r.body, ev.BatchSettled))
    timeline = build_timeline(journal[: settled + 1])
    first, second = expected_batches(timeline, timeline.end)
    assert (first.batch.number, second.batch.number) == (2, 3)
    assert first.start == timeline.end
    assert (first.end, second.end) == (timeline.end + 82, timeline.end + 164)
    assert expected_end(timeline, timeline.end) == second.end
    before = build_timeline(journal[:settled])
    assert all(batch.start is None for batch in expected_batches(before, before.end))


def test_an_approval_falls_after_the_batch_that_reaches_its_share() -> None:
    harness = harness_after(policy=structs.replace(PAIRS, checkpoints=(50,)))
    timeline = build_timeline(harness.journal)
    (approval,) = timeline.approvals
    assert (approval.percent, approval.after_batch, approval.real_percent) == (50, 2, 67)
    settled = next(b.end for b in timeline.batches if b.number == 2)
    assert settled is not None
    assert approval.reached_at is not None
    assert settled <= approval.reached_at
    assert approval.approved_at == approval.reached_at, "the harness approves at once"
    (early,) = build_timeline(harness.journal[:8]).approvals
    assert (early.after_batch, early.real_percent, early.reached_at) == (2, 67, None)


def test_the_rate_counts_each_completion_once() -> None:
    timeline = build_timeline(harness_after().journal)
    values = rates(timeline, 0.0, timeline.end, 12)
    minutes = timeline.end / 12 / 60
    assert sum(value * minutes for value in values) == pytest.approx(6)
    assert rates(timeline, 0.0, 0.0, 3) == (0.0, 0.0, 0.0)


def test_a_batch_as_one_bar_is_what_most_of_its_instances_are_in() -> None:
    def track(name: str, complete_at: float) -> InstanceTrack:
        spans = (
            Span(SpanKind.UPGRADING, 0.0, complete_at),
            Span(SpanKind.COMPLETE, complete_at, 30.0),
        )
        return InstanceTrack(name, "UD 0", 1, Stage.UPGRADED, spans)

    tracks = [track("0", 10.0), track("1", 20.0), track("2", 25.0)]
    assert common_spans(tracks, 1, 30.0) == (
        Span(SpanKind.UPGRADING, 0.0, 20.0),
        Span(SpanKind.COMPLETE, 20.0, 30.0),
    )

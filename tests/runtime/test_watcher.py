"""The set watched: how often Azure is asked, what is told of it, and what is told when it fails.

Through the real gateway against the simulator, whose ledger has every request.
"""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from tests.benchmarks import listing
from tests.support.bench import Bench, BenchFactory
from tests.support.watcher_harness import LIST, WatcherFactory, WatcherHarness, list_requests
from vmss_tui.fleet.scale_set import ProvisioningState
from vmss_tui.gateway import PowerAction
from vmss_tui.gateway.failures import Condition

SET = "virtualMachineScaleSets/[^/]+$"
REFUSED: dict[Condition, dict[str, Any]] = {
    Condition.THROTTLED: {"status": 429, "headers": {"Retry-After": "17"}, "body": {}},
    Condition.SIGNED_OUT: {"status": 401, "body": {"error": {"code": "ExpiredToken"}}},
    Condition.NOT_ALLOWED: {"status": 403, "body": {"error": {"code": "Forbidden"}}},
    Condition.GONE: {"status": 404, "body": {"error": {"code": "ResourceNotFound"}}},
    Condition.DAMAGED: {"html": True},
}


def pauses(seen: WatcherHarness, times: int) -> list[float]:
    """Simulated seconds of the next waits."""
    at = [seen.paused_at]
    at += [seen.end_pause() for _ in range(times)]
    return [round(later - earlier, 1) for earlier, later in pairwise(at)]


def members(bench: Bench) -> int:
    """How many instances were read by themselves."""
    return len([r for r in bench.requests("GET") if "/virtualMachines/" in r["path"]])


def test_each_reading_is_told_with_its_budget_and_interval(
    make_bench: BenchFactory, make_watcher: WatcherFactory
) -> None:
    bench = make_bench()
    seen = make_watcher(bench)
    first = seen.view
    assert first.snapshot is not None
    assert (first.condition, len(first.snapshot.instances)) == (Condition.FRESH, 100)
    assert (first.interval, first.budget and first.budget.remaining) == (6.0, 29)
    assert pauses(seen, 3) == [6.0, 6.0, 6.0]
    assert seen.view.snapshot is not None
    assert seen.view.snapshot.taken_at > first.snapshot.taken_at


def test_settings_may_ask_for_less(make_bench: BenchFactory, make_watcher: WatcherFactory) -> None:
    seen = make_watcher(make_bench(), at_least=20.0)
    assert seen.view.interval == 20.0
    assert pauses(seen, 2) == [20.0, 20.0]


def test_a_demo_whose_time_runs_faster_is_read_as_often_in_its_own_time(
    make_bench: BenchFactory, make_watcher: WatcherFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = make_bench()
    monkeypatch.setattr(bench.clock, "rate", lambda: 60.0)
    seen = make_watcher(bench)
    assert seen.view.interval == pytest.approx(0.1), "in seconds of the wall"
    assert pauses(seen, 2) == [6.0, 6.0]
    bench.fault(LIST, REFUSED[Condition.NOT_ALLOWED], method="GET")
    seen.end_pause()
    assert seen.view.retry_at == bench.clock.wall() + timedelta(seconds=1)


def test_a_quiet_set_is_read_less_often_until_something_moves_or_somebody_asks(
    make_bench: BenchFactory, make_watcher: WatcherFactory
) -> None:
    bench = make_bench()
    seen = make_watcher(bench)
    assert pauses(seen, 13) == [6.0] * 10 + [12.0] * 3
    bench.gateway.prepare_write()
    bench.gateway.power(bench.set_id, PowerAction.RESTART, ["5"], "a-request")
    assert pauses(seen, 2) == [12.0, 6.0]
    bench.simulator.clock.advance(600)
    pauses(seen, 12)
    assert pauses(seen, 1) == [12.0]
    seen.watcher.refresh()
    assert pauses(seen, 2) == [0.0, 6.0]
    pauses(seen, 12)
    assert pauses(seen, 1) == [12.0]
    seen.watcher.follow_instances(["5"])
    assert pauses(seen, 2) == [12.0, 6.0]


def test_who_asks_for_a_reading_gets_one_and_no_more(
    make_bench: BenchFactory, make_watcher: WatcherFactory
) -> None:
    bench = make_bench()
    seen = make_watcher(bench)
    before = len(list_requests(bench))
    seen.watcher.refresh()
    assert pauses(seen, 3) == [0.0, 6.0, 6.0]
    assert len(list_requests(bench)) == before + 3


def test_a_dashboard_left_open_keeps_within_the_list_budget() -> None:
    missed = [row.as_line(60) for row in listing.rows() if not row.reached]
    assert missed == []


def test_what_others_spend_is_not_spent_again(
    make_bench: BenchFactory, make_watcher: WatcherFactory
) -> None:
    bench = make_bench()
    seen = make_watcher(bench)
    for _ in range(26):
        bench.gateway.observe(bench.set_id)
    for _ in range(12):
        seen.watcher.refresh()
        seen.end_pause()
    assert {status for _, status in list_requests(bench)} == {200}, "Azure never had to refuse"
    assert seen.view.condition is Condition.THROTTLED
    assert "API call limit of the scale set is reached" in seen.view.message


def test_who_leaves_while_the_budget_is_spent_asks_nothing_more(
    make_bench: BenchFactory, make_watcher: WatcherFactory
) -> None:
    bench = make_bench(page_size=10)
    seen = make_watcher(bench)
    while seen.view.condition is Condition.FRESH:
        seen.watcher.refresh()
        seen.end_pause()
    before, latest = len(list_requests(bench)), len(seen.views)
    seen.end()
    seen.thread.join(20)
    assert not seen.thread.is_alive()
    assert (len(list_requests(bench)), len(seen.views)) == (before, latest)


def test_nobody_waits_for_a_watcher_at_the_end(
    make_bench: BenchFactory, make_watcher: WatcherFactory
) -> None:
    assert make_watcher(make_bench()).thread.daemon


@pytest.mark.parametrize("condition", REFUSED)
def test_a_reading_that_fails_says_why_keeps_the_old_one_and_recovers(
    make_bench: BenchFactory, make_watcher: WatcherFactory, condition: Condition
) -> None:
    bench = make_bench()
    seen = make_watcher(bench)
    first = seen.view
    bench.fault(f"({LIST})|({SET})", REFUSED[condition], method="GET", times=50)
    seen.end_pause()
    failed = seen.view
    assert failed.condition is condition
    assert failed.snapshot is first.snapshot
    assert failed.message
    bench.control("DELETE", "faults")
    seen.end_pause()
    assert seen.view.condition is Condition.FRESH
    assert seen.view.retry_at is None


@pytest.mark.parametrize(
    ("condition", "waits"),
    [
        (Condition.THROTTLED, [17.0, 17.0, 17.0]),
        (Condition.SIGNED_OUT, [15.0, 15.0, 15.0]),
        (Condition.NOT_ALLOWED, [60.0, 60.0, 60.0]),
        (Condition.GONE, [60.0, 60.0, 60.0]),
        (Condition.DAMAGED, [2.0, 4.0, 8.0, 16.0, 30.0, 30.0]),
    ],
)
def test_the_next_try_comes_when_it_was_said(
    make_bench: BenchFactory, make_watcher: WatcherFactory, condition: Condition, waits: list[float]
) -> None:
    bench = make_bench()
    seen = make_watcher(bench)
    bench.fault(f"({LIST})|({SET})", REFUSED[condition], method="GET", times=None)
    seen.end_pause()
    for wait in waits:
        assert seen.view.retry_at == bench.clock.wall() + timedelta(seconds=wait)
        assert pauses(seen, 1) == [wait]
    bench.control("DELETE", "faults")
    seen.end_pause()
    assert pauses(seen, 1) == [6.0]
    bench.fault(f"({LIST})|({SET})", REFUSED[condition], method="GET", times=2)
    seen.end_pause()
    assert pauses(seen, 1) == [waits[0]], "what was long ago does not count"


def test_who_asks_does_not_wait_for_the_next_try(
    make_bench: BenchFactory, make_watcher: WatcherFactory
) -> None:
    bench = make_bench()
    seen = make_watcher(bench)
    bench.fault(LIST, REFUSED[Condition.NOT_ALLOWED], method="GET", times=1)
    seen.end_pause()
    seen.watcher.refresh()
    assert pauses(seen, 2) == [0.0, 6.0]
    assert seen.view.condition is Condition.FRESH


def test_half_a_reading_never_takes_the_place_of_a_whole_one(
    make_bench: BenchFactory, make_watcher: WatcherFactory
) -> None:
    bench = make_bench(page_size=50)
    seen = make_watcher(bench)
    whole = seen.view.snapshot
    assert whole is not None
    bench.fault("skiptoken", {"html": True}, method="GET", times=1)
    seen.end_pause()
    half = seen.view
    assert half.condition is Condition.DAMAGED
    assert half.snapshot is whole
    assert "page" in half.message.lower()
    seen.end_pause()
    again = seen.view
    assert again.condition is Condition.FRESH
    assert again.snapshot is not whole


def test_half_a_reading_is_better_than_none(
    make_bench: BenchFactory, make_watcher: WatcherFactory
) -> None:
    bench = make_bench(page_size=50)
    bench.fault("skiptoken", {"html": True}, method="GET", times=1)
    latest = make_watcher(bench).view
    assert latest.condition is Condition.DAMAGED
    assert latest.snapshot is not None
    assert len(latest.snapshot.instances) == 50
    assert not latest.snapshot.complete


def test_who_is_waited_for_is_read_between_two_readings_of_a_large_set(
    make_bench: BenchFactory, make_watcher: WatcherFactory
) -> None:
    bench = make_bench("thousand", page_size=100)
    seen = make_watcher(bench)
    assert pauses(seen, 1) == [60.0]
    seen.watcher.follow_instances(["5", "6"])
    assert pauses(seen, 1) == [60.0], "the wait that was under way"
    before = len(list_requests(bench))
    bench.gateway.prepare_write()
    bench.gateway.power(bench.set_id, PowerAction.RESTART, ["5", "6"], "a-request")
    assert pauses(seen, 1) == [6.0]
    assert len(list_requests(bench)) == before
    latest = seen.view.snapshot
    assert latest is not None
    assert {latest.by_id[i].provisioning for i in "56"} == {ProvisioningState.UPDATING}
    assert len(latest.instances) == 1000
    assert members(bench) == 2
    assert pauses(seen, 9) == [6.0] * 9
    assert members(bench) == 2 * 9, "the tenth look is a whole reading"
    assert len(list_requests(bench)) == before + 10


def test_a_member_that_cannot_be_read_ends_nothing(
    make_bench: BenchFactory, make_watcher: WatcherFactory
) -> None:
    bench = make_bench("thousand", page_size=100)
    seen = make_watcher(bench)
    seen.watcher.follow_instances(["5"])
    seen.end_pause()
    bench.fault("/virtualMachines/5$", REFUSED[Condition.NOT_ALLOWED], method="GET", times=1)
    latest = len(seen.views)
    assert pauses(seen, 1) == [6.0]
    assert len(seen.views) == latest
    assert pauses(seen, 1) == [6.0]
    assert len(seen.views) == latest + 1
    assert seen.view.condition is Condition.FRESH


@pytest.mark.parametrize(("size", "count"), [(100, 101), (1000, 2), (100, 0)])
def test_too_many_or_those_of_one_page_are_read_with_all_others(
    make_bench: BenchFactory, make_watcher: WatcherFactory, size: int, count: int
) -> None:
    bench = make_bench("thousand", page_size=size)
    seen = make_watcher(bench)
    seen.watcher.follow_instances([str(number) for number in range(count)])
    assert pauses(seen, 2) == [6000.0 / size] * 2
    assert members(bench) == 0

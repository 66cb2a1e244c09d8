"""Throttling and outages while a scale set is on screen: which requests are sent, and when.

Requests and their times are read from the ledger of the simulator.
"""

from itertools import pairwise

import pytest

from tests.support.bench import BenchFactory
from tests.support.relay import Relay
from tests.support.watcher_harness import LIST, WatcherFactory, list_requests
from vmss_tui.arm.transport.connection_errors import simplify_connection_error
from vmss_tui.gateway.failures import Condition
from vmss_tui.runtime.observe.rate_budget import BURST, REFILL_PER_SECOND


def test_who_mashes_refresh_while_throttled_asks_nothing_until_azure_allows_it(
    make_bench: BenchFactory, make_watcher: WatcherFactory
) -> None:
    bench = make_bench()
    harness = make_watcher(bench)
    throttled = {"status": 429, "headers": {"Retry-After": "60"}, "body": {}}
    bench.fault(LIST, throttled, method="GET", times=1)
    paused_at = harness.end_pause()
    view = harness.view
    assert view.condition is Condition.THROTTLED
    assert view.retry_at is not None
    assert "60 s" in view.message
    before = len(list_requests(bench))
    for _ in range(10):
        harness.watcher.refresh()
        assert harness.end_pause() == paused_at, "no wait was cut short"
    assert len(list_requests(bench)) == before
    assert harness.end_pause() >= paused_at + 60
    assert harness.view.condition is Condition.FRESH


def test_who_mashes_refresh_spends_the_budget_and_never_more(
    make_bench: BenchFactory, make_watcher: WatcherFactory
) -> None:
    bench = make_bench(page_size=10)  # ten pages, as a set of a thousand has
    harness = make_watcher(bench)
    for step in range(60):
        if step % 3:  # else the time passes
            harness.watcher.refresh()
        harness.end_pause()
    requests = list_requests(bench)
    assert len(requests) > BURST
    assert {status for _, status in requests} == {200}, "Azure never had to refuse"
    for at, _ in requests:
        within = sum(at - 60 < other <= at for other, _ in requests)
        assert within <= BURST + 60 * REFILL_PER_SECOND
    view = harness.view
    assert view.budget is not None
    assert view.budget.remaining >= 0


def test_an_outage_of_ten_minutes_ends_in_one_refresh_and_no_burst(
    make_bench: BenchFactory, make_watcher: WatcherFactory
) -> None:
    relays: list[Relay] = []

    def through(endpoint: str) -> str:
        relays.append(Relay(endpoint))
        return relays[-1].endpoint

    bench = make_bench(through=through, read_timeout=2.0)
    try:
        harness = make_watcher(bench)
        relays[0].close()
        gone = bench.clock.run()
        while bench.clock.run() < gone + 600:
            harness.end_pause()
            view = harness.view
            assert view.condition is Condition.OFFLINE
            assert view.retry_at is not None
            assert view.snapshot is not None, "the old reading stays, and says when it was taken"
        before = len(list_requests(bench))
        relays[0].open()
        back = bench.clock.run()
        while harness.view.condition is not Condition.FRESH:
            harness.end_pause()
        assert len(list_requests(bench)) == before + 1
        assert bench.clock.run() <= back + 31, "it notices within half a minute"
        for _ in range(5):
            harness.end_pause()
        after = [at for at, _ in list_requests(bench)[before:]]
        assert min(later - earlier for earlier, later in pairwise(after)) >= 5.9
    finally:
        relays[0].close()


def test_a_reading_that_fails_counts_against_the_budget_too(
    make_bench: BenchFactory, make_watcher: WatcherFactory
) -> None:
    bench = make_bench()
    harness = make_watcher(bench)
    bench.fault(LIST, {"html": True}, method="GET", times=None)
    for step in range(80):
        if step % 3:
            harness.watcher.refresh()
        harness.end_pause()
    times = [at for at, _ in list_requests(bench)]
    for at in times:
        assert sum(at - 60 < other <= at for other in times) <= BURST + 60 * REFILL_PER_SECOND


_REFUSED = "Failed to establish a new connection: [Errno 111] Connection refused"
_DNS = "Failed to resolve 'arm' ([Errno -2] Name or service not known)"
_TLS = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (x)"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (f"HTTPConnection(host='127.0.0.1', port=81): {_REFUSED}",
         "connection refused (127.0.0.1:81)"),
        (f"HTTPSConnection(host='arm', port=443): {_DNS}", "its name cannot be resolved "
        "(DNS) (arm)"),
        ("HTTPSConnectionPool(host='arm', port=443): Read timed out. (read timeout=30)",
         "no response in time (arm)"),
        (f"HTTPSConnectionPool(host='arm', port=443): (Caused by SSLError(1, '{_TLS}'))",
         "its certificate is not trusted (self-signed certificate) (arm)"),
        ("('Connection aborted.', ConnectionResetError(104, 'Connection reset by peer'))",
         "connection reset by peer"),
        ("('Connection aborted.', RemoteDisconnected('Remote end closed it'))",
         "it closed the connection without a response"),
        ("no route", "no route"),
        ("[SSL] wrong", "TLS handshake failed"),
        ("HTTPConnection, a page says", "HTTPConnection, a page says"),
    ],
)  # fmt: skip
def test_what_a_library_says_of_a_lost_connection_is_told_in_words(
    error: str, message: str
) -> None:
    assert simplify_connection_error(error) == message

"""Peers that answer too slowly or without an end: every request ends in time, also a cancelled one.

`RELEASE` ends what a peer holds back, so that a program without deadlines fails and does not hang.
"""

import socket
import threading
from collections.abc import Iterator
from typing import Any, cast

import pytest
from azure.core.credentials import AccessTokenInfo
from azure.core.rest import HttpRequest, HttpResponse

from tests.support.bench import Bench, BenchFactory
from tests.support.canned_gateway import CannedClient, CannedResponse, canned_gateway, json_reply
from tests.support.gateway_harness import REQUEST_ID, GatewayFactory
from tests.support.measurement import Stopwatch, at_most, report, report_seconds
from tests.support.processes import wait_until
from tests.support.relay import Relay
from vmss_tui.arm.transport import paging
from vmss_tui.arm.transport.credentials import CachedCredential
from vmss_tui.arm.transport.exchange import DeadlinePassed, run_exchange, tracked_session
from vmss_tui.arm.transport.pipeline import RetryPolicy
from vmss_tui.fleet.scale_set_id import scale_set_id
from vmss_tui.gateway import (
    GatewayError,
    InvalidResponse,
    ReadCancelled,
    Refused,
    Unknown,
    Unreachable,
)
from vmss_tui.gateway.background_call import IDLE_NAME
from vmss_tui.gateway.cancellation import Cancellation
from vmss_tui.gateway.failures import NOT_SENT

RELEASE = 6.0
HEADERS_DRIP, BODY_DRIPS = 0.05, 0.001
"""Seconds for each byte: with the second one the headers arrive well before a deadline."""


@pytest.fixture
def timers() -> Iterator[list[threading.Timer]]:
    """Timers that are cancelled with the test."""
    started: list[threading.Timer] = []
    yield started
    for timer in started:
        timer.cancel()


def start_dripping(bench: Bench, interval: float, timers: list[threading.Timer]) -> Relay:
    """The bench's relay, which drips from now on."""
    assert bench.relay is not None
    bench.relay.drip(interval)
    timers.append(threading.Timer(RELEASE, bench.relay.drip, (0.0,)))
    timers[-1].start()
    return bench.relay


@pytest.mark.parametrize("interval", [HEADERS_DRIP, BODY_DRIPS])
def test_a_read_that_drips_ends_at_its_deadline_in_one_sentence(
    make_bench: BenchFactory, timers: list[threading.Timer], interval: float
) -> None:
    bench = make_bench(relayed=True, read_deadline=0.6)
    start_dripping(bench, interval, timers)
    with (
        at_most(1.6, "a read with a deadline of 0.6 s"),
        pytest.raises(Unreachable, match=r"^Azure's answer did not finish within 1 s\.$"),
    ):
        bench.gateway.read_model(bench.set_id)


def test_a_write_that_drips_may_have_happened_and_is_sent_once(
    make_bench: BenchFactory, timers: list[threading.Timer]
) -> None:
    bench = make_bench(relayed=True, write_deadline=0.6)
    bench.gateway.prepare_write()
    start_dripping(bench, HEADERS_DRIP, timers)
    with (
        at_most(1.6, "a write with a deadline of 0.6 s"),
        pytest.raises(Unknown, match="did not finish within"),
    ):
        bench.gateway.upgrade(bench.set_id, ["5"], REQUEST_ID)
    assert len(bench.requests("POST", "manualupgrade")) == 1


def test_a_write_that_finds_no_host_in_time_is_not_sent_then_and_not_later(
    make_bench: BenchFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = make_bench(write_deadline=0.4)
    bench.gateway.prepare_write()
    resolve, may_resolve = socket.getaddrinfo, threading.Event()

    def resolve_late(*arguments: Any, **more: Any) -> Any:
        if threading.current_thread().name == "exchange":
            may_resolve.wait(RELEASE)
        return resolve(*arguments, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve_late)
    with at_most(1.4, "a write without a host"), pytest.raises(Refused) as refused:
        bench.gateway.upgrade(bench.set_id, ["5"], REQUEST_ID)
    assert refused.value.code == NOT_SENT
    (exchange,) = [thread for thread in threading.enumerate() if thread.name == "exchange"]
    may_resolve.set()
    wait_until(lambda: exchange.name == IDLE_NAME, "the end of the call that was left")
    assert bench.requests("POST", "manualupgrade") == []


def test_a_request_through_a_proxy_ends_at_its_deadline(make_bench: BenchFactory) -> None:
    bench = make_bench(relayed=True)
    assert bench.relay is not None
    bench.relay.drip(HEADERS_DRIP)
    session = tracked_session(use_env_settings=False)
    proxies = {"http": bench.relay.endpoint}
    with at_most(1.3, "a request through a proxy"), pytest.raises(DeadlinePassed) as passed:
        run_exchange(lambda: session.get("http://arm.example/", proxies=proxies), 0.3)
    assert passed.value.is_sent


def test_a_tls_handshake_that_never_ends_is_a_request_that_was_not_sent() -> None:
    session = tracked_session(use_env_settings=False)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/"
        with at_most(1.3, "a handshake"), pytest.raises(DeadlinePassed) as passed:
            run_exchange(lambda: session.get(url, timeout=RELEASE), 0.3)
    assert not passed.value.is_sent


def test_a_cancelled_read_ends_within_a_second_and_so_does_the_next(
    make_bench: BenchFactory, timers: list[threading.Timer]
) -> None:
    bench = make_bench(relayed=True)
    relay = start_dripping(bench, HEADERS_DRIP, timers)
    cancelled_at: list[Stopwatch] = []

    def cancel() -> None:
        relay.dripped.wait(RELEASE)
        cancelled_at.append(Stopwatch())
        bench.gateway.cancellation.cancel()

    threading.Thread(target=cancel).start()
    with pytest.raises(ReadCancelled):
        bench.gateway.observe(bench.set_id)
    assert report_seconds("a cancelled read", cancelled_at[0].seconds) < 1.0
    with pytest.raises(ReadCancelled):
        bench.gateway.read_model(bench.set_id)


def test_a_closed_gateway_ends_the_readings_of_its_threads(
    make_bench: BenchFactory, timers: list[threading.Timer]
) -> None:
    bench = make_bench(relayed=True)
    latest = bench.gateway.observe(bench.set_id)
    relay = start_dripping(bench, HEADERS_DRIP, timers)
    relay.dripped.clear()
    failures: list[GatewayError] = []

    def read() -> None:
        try:
            bench.gateway.observe_instances(bench.set_id, ["3", "5", "7"], latest)
        except GatewayError as error:
            failures.append(error)

    reading = threading.Thread(target=read)
    reading.start()
    assert relay.dripped.wait(RELEASE)
    with at_most(1.0, "from the close of the gateway to the end of a reading"):
        bench.gateway.close()
        reading.join()
    assert [type(failure) for failure in failures] == [ReadCancelled]


def test_a_wait_for_another_attempt_hears_a_cancellation(wire: GatewayFactory) -> None:
    cancellation = Cancellation()
    policy = RetryPolicy(
        wait=cancellation.wait,
        on_wait=lambda _seconds, _why: threading.Timer(0.1, cancellation.cancel).start(),
    )
    wired = wire(retry_policy=policy, cancellation=cancellation)
    wired.fault("Scale", {"status": 503, "headers": {"Retry-After": "30"}}, times=None)
    with at_most(1.1, "a cancelled wait of 30 s"), pytest.raises(ReadCancelled):
        wired.gateway.read_model(wired.set_id)


def test_a_sign_in_that_hangs_ends_in_time_and_hears_a_cancellation() -> None:
    released = threading.Event()

    class Hanging:
        def get_token_info(self, *_scopes: str, options: object = None) -> AccessTokenInfo:
            released.wait(RELEASE)
            return AccessTokenInfo("token", 10_000)

    credential = CachedCredential(Hanging(), now=lambda: 0.0, fetch_timeout=0.3)
    with at_most(1.3, "a sign-in of 0.3 s"), pytest.raises(Unreachable, match="did not finish"):
        credential.token("scope", 30.0)
    cancellation = Cancellation()
    cancellation.cancel()
    with at_most(1.0, "a cancelled sign-in"), pytest.raises(ReadCancelled):
        credential.token("scope", 30.0, is_cancelled=lambda: cancellation.is_requested)
    released.set()
    assert credential.token("scope", 30.0).token == "token"


class EndlessClient(CannedClient):
    """Answers with a page of `count` instances that names a next page, again and again."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.pages = self.size = 0

    def send_request(
        self, request: HttpRequest, *, stream: bool = False, **_how: Any
    ) -> HttpResponse:
        """The model, or the next page."""
        path = request.url.partition("?")[0]
        if not path.endswith(("virtualMachines", "subscriptions")):
            profile: dict[str, Any] = {"virtualMachineProfile": {"storageProfile": {}}}
            tree: dict[str, Any] = {"id": SET.resource_id, "properties": profile}
        else:
            self.pages += 1
            tree = {
                "value": [
                    {"id": f"{path}/{self.pages}-{n}", "instanceId": f"{self.pages}{n:05}"}
                    for n in range(self.count)
                ],
                "nextLink": f"{path}?$skiptoken={self.pages}",
            }
        status, headers, body = json_reply(tree)
        self.size += len(body)
        return cast(HttpResponse, CannedResponse(status, headers, body))


SET = scale_set_id("00000000-0000-0000-0000-000000000001", "web-rg", "web-vmss")


@pytest.mark.parametrize(
    ("count", "problem"), [(0, "does not end: more than 200 pages"), (300, "more than 2000")]
)
def test_a_list_of_instances_that_never_ends_is_cut_by_what_a_scale_set_can_have(
    count: int, problem: str
) -> None:
    client = EndlessClient(count)
    gateway = canned_gateway(client=client)
    snapshot = gateway.observe(SET)
    report(f"pages of {count}: {client.pages} pages, {client.size >> 10} KiB")
    assert not snapshot.complete
    assert problem in snapshot.damage[-1]
    assert len(snapshot.instances) <= 2000
    assert client.pages <= 200


def test_a_list_of_subscriptions_that_never_ends_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = EndlessClient(1000)
    monkeypatch.setattr(paging, "LIST_BOUNDS", paging.ListBounds(size=1 << 20))
    with pytest.raises(InvalidResponse, match="does not end: more than 1 MiB"):
        canned_gateway(client=client).list_subscriptions()
    assert client.pages < 20

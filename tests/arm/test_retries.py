"""When a read is sent again, and which failures are reported at once."""

import pytest

from tests.support.gateway_harness import REQUEST_ID, GatewayFactory
from vmss_tui.arm.transport.pipeline import RetryPolicy
from vmss_tui.fleet.scale_set_id import scale_set_id
from vmss_tui.gateway import (
    InvalidResponse,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Refused,
    Throttled,
    Unreachable,
)


def test_a_read_is_retried_and_each_wait_is_reported(wire: GatewayFactory) -> None:
    waits: list[tuple[float, str]] = []
    retry_policy = RetryPolicy(
        wait=lambda _seconds: None,
        on_wait=lambda seconds, why: waits.append((seconds, why)),
        jitter=lambda most: most,
    )
    wired = wire(retry_policy=retry_policy)
    wired.fault("Scale", {"status": 503})
    wired.fault("Scale", {"status": 503, "headers": {"Retry-After": "17"}}, nth=2)
    assert wired.gateway.read_model(wired.set_id).capacity == 100
    assert [seconds for seconds, _ in waits] == [1.0, 17.0]
    assert "503" in waits[0][1]


def test_a_long_retry_after_is_raised_and_not_waited_for(wire: GatewayFactory) -> None:
    wired = wire()
    wired.fault("Scale", {"status": 503, "headers": {"Retry-After": "36000"}}, times=None)
    with pytest.raises(Throttled) as caught:
        wired.gateway.read_model(wired.set_id)
    assert caught.value.retry_after == 300
    assert wired.waits == []


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [("17", 17), ("0", 1), ("36000", 300), (None, 10), ("inf", 10), ("-5", 10), ("soon", 10)],
)
def test_a_throttled_read_says_how_long_and_does_not_sleep(
    wire: GatewayFactory, retry_after: str | None, seconds: float
) -> None:
    wired = wire()
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    wired.fault("Scale", {"status": 429, "headers": headers}, times=None)
    with pytest.raises(Throttled) as caught:
        wired.gateway.observe(wired.set_id)
    assert caught.value.retry_after == seconds
    assert (wired.waits, len(wired.requested_paths("GET"))) == ([], 1)


def test_the_simulators_own_throttle_is_understood(wire: GatewayFactory) -> None:
    wired = wire(page_size=10, throttling=True)
    for _ in range(3):
        wired.gateway.observe(wired.set_id)
    with pytest.raises(Throttled) as caught:
        wired.gateway.observe(wired.set_id)
    assert 1 <= caught.value.retry_after <= 300


def test_a_rejected_sign_in_is_tried_once_more_and_then_raised(wire: GatewayFactory) -> None:
    wired = wire()
    wired.fault("Scale", {"status": 401}, times=1)
    assert wired.gateway.read_model(wired.set_id).capacity == 100
    wired.fault("Scale", {"status": 401}, times=None)
    with pytest.raises(NotSignedIn):
        wired.gateway.read_model(wired.set_id)
    assert len(wired.requested_paths("GET")) == 4


def test_a_redirected_read_is_not_followed(wire: GatewayFactory) -> None:
    wired = wire()
    wired.fault("Scale", {"redirect": "https://evil.example/"})
    with pytest.raises(InvalidResponse):
        wired.gateway.read_model(wired.set_id)


def test_refusals_keep_azures_words(wire: GatewayFactory) -> None:
    wired = wire()
    missing = scale_set_id(wired.set_id.subscription_id, wired.set_id.resource_group, "nobody")
    with pytest.raises(NotFound, match="was not found") as gone:
        wired.gateway.read_model(missing)
    assert gone.value.code == "ResourceNotFound"
    denied = {"error": {"code": "AuthorizationFailed", "message": "no right\x1b[2J to act"}}
    wired.fault("Scale", {"status": 403, "body": denied})
    with pytest.raises(NotAllowed) as refused:
        wired.gateway.read_model(wired.set_id)
    assert "\x1b" not in refused.value.message


def test_a_closed_port_is_unreachable_for_reads_and_not_sent_for_writes(
    wire: GatewayFactory,
) -> None:
    wired = wire()
    set_id = wired.set_id
    wired.simulator.stop()
    with pytest.raises(Unreachable):
        wired.gateway.read_model(set_id)
    assert wired.waits == [1.0, 2.0]
    with pytest.raises(Refused) as refused:
        wired.gateway.upgrade(set_id, ["0"], REQUEST_ID)
    assert refused.value.code == "NotSent"

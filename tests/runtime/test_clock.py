"""The demo's clock: slow answers, and no proxy."""

from collections.abc import Iterator

import pytest

from tests.support.measurement import at_most
from tests.support.recording_proxy import RecordingProxy
from tests.support.relay import Relay
from vmss_tui.demo import is_reachable
from vmss_tui.runtime.clock import DemoClock
from vmss_tui.simulator.server import Simulator


@pytest.fixture
def relay() -> Iterator[Relay]:
    """A connection to a simulator whose time stands still."""
    with Simulator("web-100", speed=0.0) as simulator:
        result = Relay(simulator.endpoint)
        yield result
        result.close()


def test_a_clock_whose_answers_drip_is_not_waited_for_again_and_again(relay: Relay) -> None:
    clock = DemoClock(relay.endpoint)
    assert clock.rate() == 0.0
    relay.drip(0.05)
    clock.POLL_INTERVAL = 0.0
    with at_most(1.0, "ten looks at a clock that drips"):
        readings = {(clock.run(), clock.rate()) for _ in range(5)}
    assert {rate for _, rate in readings} == {0.0}


def test_a_clock_that_comes_back_is_read_again(relay: Relay) -> None:
    clock = DemoClock(relay.endpoint)
    clock.POLL_INTERVAL = 0.0
    assert clock.rate() == 0.0
    relay.close()
    assert clock.rate() == 0.0
    relay.open()
    assert clock.rate() == 0.0
    assert clock.run() == clock.run()


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordingProxy]:
    """A proxy that the environment names for every host."""
    recording = RecordingProxy()
    for name, value in recording.environment.items():
        monkeypatch.setenv(name, value)
    yield recording
    recording.close()


def test_the_clock_of_a_demo_is_read_without_the_proxy_of_the_environment(
    proxy: RecordingProxy,
) -> None:
    with Simulator("empty", speed=0) as simulator:
        simulator.clock.advance(90)
        clock = DemoClock(simulator.endpoint)
        assert (clock.run(), clock.rate()) == (90, 0)
        assert is_reachable(simulator.endpoint)
    assert proxy.requests == []


def test_a_demo_that_has_ended_leaves_its_last_speed(proxy: RecordingProxy) -> None:
    with Simulator("empty", speed=0) as simulator:
        simulator.clock.advance(30)
        clock = DemoClock(simulator.endpoint)
        assert clock.run() == 30
    clock.POLL_INTERVAL = 0.0
    assert (clock.run(), clock.rate()) == (30, 0)
    assert not is_reachable(simulator.endpoint)
    assert proxy.requests == []

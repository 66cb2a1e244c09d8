"""The demo's clock: read from the simulator on this machine, and from no proxy."""

from collections.abc import Iterator

import pytest

from tests.support.recording_proxy import RecordingProxy
from vmss_tui.demo import is_reachable
from vmss_tui.runtime.clock import DemoClock
from vmss_tui.simulator.server import Simulator


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

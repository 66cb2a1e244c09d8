"""Fixtures of the ARM gateway's tests."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.support.gateway_harness import GatewayFactory, GatewayHarness
from vmss_tui.arm.connect import connect
from vmss_tui.arm.transport.pipeline import RetryPolicy
from vmss_tui.simulator.server import Simulator


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[GatewayFactory]:
    """Connects a gateway to a new simulator of a scenario, with its time stopped."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ExitStack() as stack:

        def build(
            scenario: str = "web-100", *, page_size: int = 30, throttling: bool = False, **how: Any
        ) -> GatewayHarness:
            simulator = stack.enter_context(
                Simulator(scenario, seed=1, speed=0, throttling=throttling, page_size=page_size)
            )
            waits: list[float] = []
            how.setdefault("retry_policy", RetryPolicy(wait=waits.append, jitter=lambda most: most))
            gateway = connect(
                endpoint=simulator.endpoint, subscription_id=simulator.subscription_id, **how
            )
            stack.callback(gateway.close)
            gateway.prepare_write()
            return GatewayHarness(simulator, gateway, waits)

        yield build

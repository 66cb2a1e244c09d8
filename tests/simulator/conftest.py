"""Fixtures for tests over HTTP: clients of simulators whose time only the test moves."""

from collections.abc import Iterator

import pytest

from tests.support.simulator_client import ClientFactory, SimulatorClient, client_factory


@pytest.fixture
def make_client() -> Iterator[ClientFactory]:
    """Makes clients, each with a simulator of its own."""
    with client_factory() as factory:
        yield factory


@pytest.fixture
def web(make_client: ClientFactory) -> SimulatorClient:
    """A client of the scenario web-100."""
    return make_client()

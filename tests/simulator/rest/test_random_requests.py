"""Random requests get a response in Azure's shape and never an internal error."""

import copy
import random
from typing import Any

import msgspec
import pytest

from vmss_tui.simulator.exchange import Request
from vmss_tui.simulator.rest import dispatch, routes
from vmss_tui.simulator.scenarios.catalog import SCENARIOS
from vmss_tui.simulator.scenarios.populate import populate
from vmss_tui.simulator.world.simulated_time import Clock
from vmss_tui.simulator.world.world import World

TEXTS = [
    *("properties", "sku", "capacity", "name", "version", "publisher", "offer", "id", "mode"),
    *("extensions", "instanceIds", "zones", "location", "rules", "protectionPolicy", "type"),
    *("protectFromScaleIn", "settings", "*", "0", "latest", "rolling", "PT0S"),
]
ROUTES = [
    route
    for table in routes._ROUTES.values()
    for route in table
    if route.segments[-1] not in ("ledger", "world")
]


class RequestGenerator:
    """Generates requests that are nearly valid; the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        scenario = self.random.choice(["web-100", "rolling-policy", "automatic-policy", "zonal"])
        self.clock = Clock(0)
        self.world: World = populate(
            SCENARIOS[scenario], seed, self.clock, throttling=False, page_size=10
        )
        (self.scale_set,) = self.world.scale_sets.values()

    def value(self, depth: int = 0) -> Any:
        """A random JSON value."""
        kind = self.random.randrange(6 if depth < 4 else 3)
        if kind == 0:
            return self.random.choice([None, 0, -1, 5, 1e30, True, False, 3.5])
        if kind < 3:
            return self.random.choice(TEXTS)
        if kind == 3:
            return [self.value(depth + 1) for _ in range(self.random.randrange(3))]
        names = self.random.sample(TEXTS, self.random.randrange(5))
        return {name: self.value(depth + 1) for name in names}

    def mutated_body(self) -> Any:
        """The set's own body with one value replaced."""
        body = copy.deepcopy(self.scale_set.state.body)
        node: Any = body
        while True:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            key = self.random.choice(keys)
            if node[key] and isinstance(node[key], dict | list) and self.random.random() < 0.8:
                node = node[key]
                continue
            node[key] = self.value(3)
            return body

    def next_request(self) -> Request:
        """A request to a random route."""
        route = self.random.choice(ROUTES)
        values = {
            "sub": self.scale_set.subscription,
            "rg": self.scale_set.group,
            "set": self.scale_set.name,
            "id": self.random.choice(["0", "1", "*", "999", "%"]),
            "location": "eastus",
            "operation": self.random.choice([*self.world.operations, "none"]),
        }
        path = "".join(
            f"/{values.get(part[1:-1], 'Canonical') if part.startswith('{') else part}"
            for part in route.segments
        )
        body = self.random.choice(
            [b"", self.mutated_body(), self.value(), {"instanceIds": ["0", "1"]}]
        )
        sent = body if isinstance(body, bytes) else msgspec.json.encode(body)
        query = {"api-version": "1", "$expand": self.random.choice(["instanceView", "userData"])}
        if self.random.random() < 0.2:
            query[self.random.choice(["$skiptoken", "$top", "$filter"])] = str(self.value(9))
        as_of = self.random.choice([None, None, self.clock.now() - 30])
        headers = {"authorization": "Bearer x"}
        return Request(route.method, path, "", query, headers, "http://azure", sent, as_of)


@pytest.mark.parametrize("seed", range(8))
def test_random_requests_are_answered_or_refused(seed: int) -> None:
    generator = RequestGenerator(seed)
    for _ in range(150):
        request = generator.next_request()
        generator.world.tick()
        response = dispatch.dispatch_request(generator.world, request)
        assert response.status in (200, 201, 202, 400, 404, 405, 409, 412, 429), (request, response)
        if response.status >= 400 and "eventtypes" not in request.path:  # it has no envelope
            assert set(msgspec.json.decode(response.body)) == {"error"}
        generator.clock.advance(generator.random.choice([0, 1, 20, 100]))
    generator.clock.advance(10_000)
    generator.world.tick()
    for operation in generator.world.operations.values():
        assert operation.ended is not None, operation

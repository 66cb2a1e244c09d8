"""Whatever is sent, the simulator answers in Azure's shape; it never stumbles over a request."""

import copy
import random
from typing import Any

import msgspec
import pytest

from vmss_tui.simulator.exchange import Call
from vmss_tui.simulator.rest import dispatch, routes
from vmss_tui.simulator.scenarios.catalog import SCENARIOS
from vmss_tui.simulator.scenarios.populate import populate
from vmss_tui.simulator.world.simulated_time import Clock
from vmss_tui.simulator.world.world import World

WORDS = [
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


class Monkey:
    """Makes requests that nearly make sense; the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        scenario = self.chance.choice(["web-100", "rolling-policy", "automatic-policy", "zonal"])
        self.clock = Clock(0)
        self.world: World = populate(
            SCENARIOS[scenario], seed, self.clock, throttling=False, page_size=10
        )
        (self.scale_set,) = self.world.scale_sets.values()

    def value(self, depth: int = 0) -> Any:
        """Any JSON."""
        kind = self.chance.randrange(6 if depth < 4 else 3)
        if kind == 0:
            return self.chance.choice([None, 0, -1, 5, 1e30, True, False, 3.5])
        if kind < 3:
            return self.chance.choice(WORDS)
        if kind == 3:
            return [self.value(depth + 1) for _ in range(self.chance.randrange(3))]
        names = self.chance.sample(WORDS, self.chance.randrange(5))
        return {name: self.value(depth + 1) for name in names}

    def spoiled(self) -> Any:
        """The set's own body with one thing in it replaced."""
        body = copy.deepcopy(self.scale_set.state.body)
        node: Any = body
        while True:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            key = self.chance.choice(keys)
            if node[key] and isinstance(node[key], dict | list) and self.chance.random() < 0.8:
                node = node[key]
                continue
            node[key] = self.value(3)
            return body

    def call(self) -> Call:
        """A request to any route."""
        route = self.chance.choice(ROUTES)
        known = {
            "sub": self.scale_set.subscription,
            "rg": self.scale_set.group,
            "set": self.scale_set.name,
            "id": self.chance.choice(["0", "1", "*", "999", "%"]),
            "location": "eastus",
            "operation": self.chance.choice([*self.world.operations, "none"]),
        }
        path = "".join(
            f"/{
            for part in route.segments
        )
        body = self.chance.choice([b"", self.spoiled(), self.value(), {"instanceIds": ["0", "1"]}])
        sent = body if isinstance(body, bytes) else msgspec.json.encode(body)
        query = {"api-version": "1", "$expand": self.chance.choice(["instanceView", "userData"])}
        if self.chance.random() < 0.2:
            query[self.chance.choice(["$skiptoken", "$top", "$filter"])] = str(self.value(9))
        stale = self.chance.choice([None, None, self.clock.now() - 30])
        headers = {"authorization": "Bearer x"}
        return Call(route.method, path, "", query, headers, "http://azure", sent, stale)


@pytest.mark.parametrize("seed", range(8))
def test_nearly_sensible_requests_are_answered_or_refused(seed: int) -> None:
    monkey = Monkey(seed)
    for _ in range(150):
        call = monkey.call()
        monkey.world.tick()
        reply = dispatch.dispatch_request(monkey.world, call)
        assert reply.status in (200, 201, 202, 400, 404, 405, 409, 412, 429), (call, reply)
        if reply.status >= 400:
            assert set(msgspec.json.decode(reply.body)) == {"error"}
        monkey.clock.advance(monkey.chance.choice([0, 1, 20, 100]))
    monkey.clock.advance(10_000)
    monkey.world.tick()
    for operation in monkey.world.operations.values():
        assert operation.ended is not None, operation

"""Reading 1,000 instances with their views: our gateway beside the SDK's own list and two floors.

Every client reads the same pages from the same simulator in one run, and only the client's CPU
time counts. A first reading translates every instance; a later one only those that changed.
"""

import asyncio
from collections.abc import Iterator
from typing import Any

import aiohttp
import msgspec
import requests
from azure.mgmt.compute import ComputeManagementClient
from yarl import URL

from tests.benchmarks.rows import Row, cpu
from tests.benchmarks.world import World, served
from vmss_tui.arm import translate
from vmss_tui.arm.client import ArmGateway
from vmss_tui.arm.connect import connect
from vmss_tui.arm.identity import Signer, SimulatorCredential
from vmss_tui.arm.paths import Paths
from vmss_tui.arm.wire import InstanceWire

HEADERS = {"Authorization": "Bearer simulator", "Accept": "application/json"}


class Typed(msgspec.Struct, rename="camel"):
    """A page decoded in one go, as the floor does it."""

    value: list[InstanceWire]
    next_link: str | None = None


def rows() -> Iterator[Row]:
    """All measurements of reading."""
    with served("thousand", page_size=100) as world:
        yield from _ten_pages(world)
    with served("thousand", page_size=1000) as world:
        yield from _one_page(world)


def _ten_pages(world: World) -> Iterator[Row]:
    first, later, floor = _first(world), _later(world), _aiohttp(world)
    listed = cpu(lambda: _sdk_list(world), runs=1)
    plain = cpu(lambda: _requests_json(world), runs=3)
    yield _faster("first reading, ten pages: faster than list()", listed, first)
    yield _faster("later reading, ten pages: faster than list()", listed, later)
    yield _slower("first reading, ten pages: of requests + json", first, plain, 1.0)
    yield _slower("first reading, ten pages: of aiohttp + msgspec", first, floor, 2.2)
    yield _slower("later reading, ten pages: of aiohttp + msgspec", later, floor, 2.2)


def _one_page(world: World) -> Iterator[Row]:
    first, later, floor = _first(world), _later(world), _aiohttp(world)
    yield _slower("first reading, one page: of aiohttp + msgspec", first, floor, 2.2)
    yield _slower("later reading, one page: of aiohttp + msgspec", later, floor, 1.3)


def _faster(name: str, theirs: float, ours: float) -> Row:
    return Row(name, theirs / ours, 30, at_least=True, note=_beside(ours, theirs))


def _slower(name: str, ours: float, theirs: float, most: float) -> Row:
    return Row(name, ours / theirs, most, note=_beside(ours, theirs))


def _beside(ours: float, theirs: float) -> str:
    return f"{ours * 1e3:.0f} ms of CPU beside {theirs * 1e3:.0f}"


def _gateway(world: World) -> ArmGateway:
    return connect(endpoint=world.endpoint, subscription_id=world.scale_set.subscription_id)


def _first(world: World) -> float:
    """As after a start: nothing is known of the set, nor of any status."""

    def read() -> None:
        for kept in vars(translate).values():
            if hasattr(kept, "cache_clear"):
                kept.cache_clear()
        gateway = _gateway(world)
        assert len(gateway.observe(world.scale_set).instances) == 1000
        gateway.close()

    return cpu(read)


def _later(world: World) -> float:
    """The same set again, with nothing changed."""
    gateway = _gateway(world)
    return cpu(lambda: gateway.observe(world.scale_set), runs=9)


def _sdk_list(world: World) -> None:
    client = ComputeManagementClient(
        Signer(SimulatorCredential()),
        world.scale_set.subscription_id,
        base_url=world.endpoint,
        credential_scopes=["simulator"],
    )
    pages = client.virtual_machine_scale_set_vms.list(
        world.scale_set.resource_group,
        world.scale_set.name,
        expand="instanceView",
        enforce_https=False,
    )
    assert len(list(pages)) == 1000


def _requests_json(world: World) -> None:
    found = 0
    url = Paths(world.endpoint).instances(world.scale_set)
    with requests.Session() as session:
        session.trust_env = False
        while url:
            page: Any = session.get(url, headers=HEADERS, timeout=60).json()
            found += len(page["value"])
            url = page.get("nextLink")
    assert found == 1000


def _aiohttp(world: World) -> float:
    decoder = msgspec.json.Decoder(Typed)

    async def read(session: aiohttp.ClientSession) -> None:
        found = 0
        url: str | None = Paths(world.endpoint).instances(world.scale_set)
        while url:
            async with session.get(URL(url, encoded=True)) as answer:
                page = decoder.decode(await answer.read())
            found += len(page.value)
            url = page.next_link
        assert found == 1000

    with asyncio.Runner() as runner:

        async def session() -> aiohttp.ClientSession:
            return aiohttp.ClientSession(headers=HEADERS)

        opened = runner.run(session())
        try:
            return cpu(lambda: runner.run(read(opened)), runs=9)
        finally:
            runner.run(opened.close())

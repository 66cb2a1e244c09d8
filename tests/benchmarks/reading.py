"""Reading 1,000 instances with their views: our gateway beside the SDK's own list and two floors.

Every client reads the same pages from the same simulator in one run, and only the client's CPU
time counts. A whole reading has the model too and ends in facts: a first one translates every
instance, a later one only those that changed.
"""

import asyncio
import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from typing import Any

import aiohttp
import msgspec
import requests
from azure.mgmt.compute import ComputeManagementClient
from yarl import URL

from tests.benchmarks.rows import Row, cpu
from tests.benchmarks.world import ServedWorld, serve_scenario
from vmss_tui.arm.connect import connect
from vmss_tui.arm.gateway import ArmGateway
from vmss_tui.arm.translate import instance as translate
from vmss_tui.arm.translate import network
from vmss_tui.arm.translate import statuses as parts
from vmss_tui.arm.transport.credentials import CachedCredential, SimulatorCredential
from vmss_tui.arm.transport.paging import read_pages
from vmss_tui.arm.transport.send import Response
from vmss_tui.arm.transport.urls import ArmUrls
from vmss_tui.arm.wire.compute import InstancePageWire, InstanceWire
from vmss_tui.arm.wire.decode import decode

HEADERS = {"Authorization": "Bearer simulator", "Accept": "application/json"}


class PageFloor(msgspec.Struct, rename="camel"):
    """A page decoded in one go, as the floor does it."""

    value: list[InstanceWire]
    next_link: str | None = None


def rows() -> Iterator[Row]:
    """All measurements of reading."""
    with serve_scenario("thousand", page_size=100) as world, _aiohttp(world) as floor:
        took = cpu(
            7,
            decoded=_decoded(world),
            first=lambda: _first(world),
            later=_later(world),
            floor=floor,
            plain=lambda: _requests_json(world),
            listed=lambda: _sdk_list(world),
        )
    yield faster_row("read and decoded, ten pages: faster than list()", took, "decoded", 30)
    yield faster_row("first whole reading, ten pages: faster than list()", took, "first", 30)
    yield faster_row("later whole reading, ten pages: faster than list()", took, "later", 30)
    yield slower_row("read and decoded, ten pages: of the floor", took, "decoded", 2.2)
    yield slower_row("later whole reading, ten pages: of the floor", took, "later", 2.2)
    yield slower_row(
        "first whole reading, ten pages: of requests + json", took, "first", 1.2, "plain"
    )
    with serve_scenario("thousand", page_size=1000) as world, _aiohttp(world) as floor:
        took = cpu(7, decoded=_decoded(world), later=_later(world), floor=floor)
    yield slower_row("read and decoded, one page: of the floor", took, "decoded", 1.3)
    yield slower_row("later whole reading, one page: of the floor", took, "later", 1.3)


def faster_row(name: str, took: Mapping[str, float], own: str, least: float) -> Row:
    note = comparison(took[own], took["listed"])
    return Row(name, took["listed"] / took[own], least, at_least=True, note=note)


def slower_row(
    name: str, took: Mapping[str, float], own: str, most: float, peer: str = "floor"
) -> Row:
    return Row(name, took[own] / took[peer], most, note=comparison(took[own], took[peer]))


def comparison(own: float, theirs: float) -> str:
    return f"{own * 1e3:.0f} ms of CPU beside {theirs * 1e3:.0f}"


def _gateway(world: ServedWorld) -> ArmGateway:
    return connect(endpoint=world.endpoint, subscription_id=world.scale_set.subscription_id)


def _decoded(world: ServedWorld) -> Callable[[], None]:
    """Pages through our pipeline into typed structs, as far as list() and the floor go."""
    gateway = _gateway(world)
    url = ArmUrls(world.endpoint).instances(world.scale_set)

    def read() -> None:
        found: list[InstanceWire] = []

        def take(answer: Response) -> str | None:
            page = decode(answer.body, InstancePageWire)
            found.extend(page.value)
            return page.next_link

        read_pages(gateway.sender, gateway.urls, url, take)
        assert len(found) == 1000

    return read


def _first(world: ServedWorld) -> None:
    """As after a start: nothing is known of the set, nor of any status."""
    for kept in chain.from_iterable(vars(each).values() for each in (translate, parts, network)):
        if hasattr(kept, "cache_clear"):
            kept.cache_clear()
    gateway = _gateway(world)
    assert len(gateway.observe(world.scale_set).instances) == 1000
    gateway.close()


def _later(world: ServedWorld) -> Callable[[], object]:
    """The same set again, with nothing changed."""
    gateway = _gateway(world)
    return lambda: gateway.observe(world.scale_set)


@contextmanager
def _as_it_comes() -> Iterator[None]:
    """Without what `connect` does for the collector: nobody else's program has that."""
    gc.unfreeze()
    try:
        yield
    finally:
        gc.freeze()


def _sdk_list(world: ServedWorld) -> None:
    with _as_it_comes():
        _listed(world)


def _listed(world: ServedWorld) -> None:
    client = ComputeManagementClient(
        CachedCredential(SimulatorCredential()),
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


def _requests_json(world: ServedWorld) -> None:
    with _as_it_comes():
        _plainly_read(world)


def _plainly_read(world: ServedWorld) -> None:
    found = 0
    url = ArmUrls(world.endpoint).instances(world.scale_set)
    with requests.Session() as session:
        session.trust_env = False
        while url:
            page: Any = session.get(url, headers=HEADERS, timeout=60).json()
            found += len(page["value"])
            url = page.get("nextLink")
    assert found == 1000


@contextmanager
def _aiohttp(world: ServedWorld) -> Iterator[Callable[[], None]]:
    """The floor: aiohttp and a typed decoder, and nothing between them."""
    decoder = msgspec.json.Decoder(PageFloor)

    async def read(session: aiohttp.ClientSession) -> None:
        found = 0
        url: str | None = ArmUrls(world.endpoint).instances(world.scale_set)
        while url:
            async with session.get(URL(url, encoded=True)) as answer:
                page = decoder.decode(await answer.read())
            found += len(page.value)
            url = page.next_link
        assert found == 1000

    async def session() -> aiohttp.ClientSession:
        return aiohttp.ClientSession(headers=HEADERS)

    with asyncio.Runner() as runner:
        opened = runner.run(session())
        yield lambda: runner.run(read(opened))
        runner.run(opened.close())

"""Reading 1,000 instances with their views: our gateway, the SDK's list, and two lower bounds.

Every client reads the same pages from the same simulator, and only the client's CPU time counts. A
whole reading includes the model and the translation to facts: the first one translates every
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
from vmss_tui.arm.translate import instance, network, statuses
from vmss_tui.arm.transport.credentials import CachedCredential, SimulatorCredential
from vmss_tui.arm.transport.paging import read_pages
from vmss_tui.arm.transport.send import Response
from vmss_tui.arm.transport.urls import ArmUrls
from vmss_tui.arm.wire.compute import InstancePageWire, InstanceWire
from vmss_tui.arm.wire.decode import decode

HEADERS = {"Authorization": "Bearer simulator", "Accept": "application/json"}


class PageFloor(msgspec.Struct, rename="camel"):
    """A page decoded at once, for the lower bound."""

    value: list[InstanceWire]
    next_link: str | None = None


def rows() -> Iterator[Row]:
    """All measurements of reading."""
    with serve_scenario("thousand", page_size=100) as world, aiohttp_floor(world) as floor:
        took = cpu(
            7,
            decoded=decode_pages(world),
            first=lambda: read_first(world),
            later=read_again(world),
            floor=floor,
            plain=lambda: read_with_requests_unfrozen(world),
            listed=lambda: list_with_sdk_unfrozen(world),
        )
    yield faster_row("read and decoded, ten pages: faster than list()", took, "decoded", 30)
    yield faster_row("first whole reading, ten pages: faster than list()", took, "first", 30)
    yield faster_row("later whole reading, ten pages: faster than list()", took, "later", 30)
    yield slower_row("read and decoded, ten pages: of the floor", took, "decoded", 2.2)
    yield slower_row("later whole reading, ten pages: of the floor", took, "later", 2.2)
    yield slower_row(
        "first whole reading, ten pages: of requests + json", took, "first", 1.2, "plain"
    )
    with serve_scenario("thousand", page_size=1000) as world, aiohttp_floor(world) as floor:
        took = cpu(7, decoded=decode_pages(world), later=read_again(world), floor=floor)
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


def gateway_to(world: ServedWorld) -> ArmGateway:
    return connect(endpoint=world.endpoint, subscription_id=world.scale_set.subscription_id)


def decode_pages(world: ServedWorld) -> Callable[[], None]:
    """Pages through our pipeline into typed structs, as list() and the lower bound do."""
    gateway = gateway_to(world)
    url = ArmUrls(world.endpoint).instances(world.scale_set)

    def read() -> None:
        instances: list[InstanceWire] = []

        def take(response: Response) -> str | None:
            page = decode(response.body, InstancePageWire)
            instances.extend(page.value)
            return page.next_link

        read_pages(gateway.sender, gateway.urls, url, take)
        assert len(instances) == 1000

    return read


def read_first(world: ServedWorld) -> None:
    """A first reading after a start: every cache is empty."""
    for function in chain.from_iterable(
        vars(module).values() for module in (instance, statuses, network)
    ):
        if hasattr(function, "cache_clear"):
            function.cache_clear()
    gateway = gateway_to(world)
    assert len(gateway.observe(world.scale_set).instances) == 1000
    gateway.close()


def read_again(world: ServedWorld) -> Callable[[], object]:
    """Reads the same scale set again, unchanged."""
    gateway = gateway_to(world)
    return lambda: gateway.observe(world.scale_set)


@contextmanager
def unfrozen() -> Iterator[None]:
    """Without the `gc.freeze` of `connect`, which other programs do not have."""
    gc.unfreeze()
    try:
        yield
    finally:
        gc.freeze()


def list_with_sdk_unfrozen(world: ServedWorld) -> None:
    with unfrozen():
        list_with_sdk(world)


def list_with_sdk(world: ServedWorld) -> None:
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


def read_with_requests_unfrozen(world: ServedWorld) -> None:
    with unfrozen():
        read_with_requests(world)


def read_with_requests(world: ServedWorld) -> None:
    count = 0
    url = ArmUrls(world.endpoint).instances(world.scale_set)
    with requests.Session() as session:
        session.trust_env = False
        while url:
            page: Any = session.get(url, headers=HEADERS, timeout=60).json()
            count += len(page["value"])
            url = page.get("nextLink")
    assert count == 1000


@contextmanager
def aiohttp_floor(world: ServedWorld) -> Iterator[Callable[[], None]]:
    """The lower bound: aiohttp and a typed decoder."""
    decoder = msgspec.json.Decoder(PageFloor)

    async def read(session: aiohttp.ClientSession) -> None:
        count = 0
        url: str | None = ArmUrls(world.endpoint).instances(world.scale_set)
        while url:
            async with session.get(URL(url, encoded=True)) as response:
                page = decoder.decode(await response.read())
            count += len(page.value)
            url = page.next_link
        assert count == 1000

    async def session() -> aiohttp.ClientSession:
        return aiohttp.ClientSession(headers=HEADERS)

    with asyncio.Runner() as runner:
        opened = runner.run(session())
        yield lambda: runner.run(read(opened))
        runner.run(opened.close())

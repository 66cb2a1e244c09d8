"""Many concurrent clients: no errors and no growth of memory."""

import gc
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import requests

from tests.support.simulator_client import NEWEST, ClientFactory, SimulatorClient


def send_concurrently(client: SimulatorClient, rounds: int) -> set[int]:
    """Statuses of fifty clients that read pages, views and the model, and write tags."""
    paths = ("/virtualMachines?$expand=instanceView", "", "/virtualMachines/7", "/instanceView")
    base = client.simulator.endpoint + client.set_path

    def send(number: int) -> set[int]:
        statuses = set()
        with requests.Session() as session:
            session.headers["Authorization"] = "Bearer x"
            for turn in range(rounds):
                path = paths[(number + turn) % len(paths)]
                url = f"{base}{path}{'&' if '?' in path else '?'}api-version=2026-04-01"
                statuses.add(session.get(url, timeout=60).status_code)
            tags = {"tags": {"client": str(number)}}
            url = f"{base}?api-version=2026-04-01"
            statuses.add(session.patch(url, json=tags, timeout=60).status_code)
        return statuses

    with ThreadPoolExecutor(50) as pool:
        return set().union(*pool.map(send, range(50)))


def test_fifty_concurrent_clients_of_a_thousand_instances_use_constant_memory(
    make_client: ClientFactory,
) -> None:
    client = make_client("thousand", throttling=False)
    client.patch_image_version(NEWEST)
    for first in range(0, 1000, 100):
        client.post("/manualupgrade", [str(number) for number in range(first, first + 100)])
        client.advance(100)
    assert send_concurrently(client, 4) == {200}
    tracemalloc.start()
    try:
        send_concurrently(client, 2)
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        assert send_concurrently(client, 6) == {200}
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    print(f"memory grew by {(after - before) / 1024:.0f} KiB over 350 requests")  # noqa: T201
    assert after - before < 2 << 20

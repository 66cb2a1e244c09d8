"""The journal in a container: an append, and the start of a batch, by the round trip's time.

The storage is the simulator's, which waits before each answer. A batch starts with the record of
its intent; what the program does besides is measured with no wait.
"""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from tests.benchmarks.rows import Row
from tests.support.run_folders import AZURE, NOW, PLAN
from vmss_tui.arm.blobs.container_client import connect_container
from vmss_tui.runtime.storage.blob.store import BlobStore
from vmss_tui.simulator.storage.account import Reply
from vmss_tui.simulator.storage.server import StorageServer
from vmss_tui.upgrade import events as ev

ROUND_TRIPS = (0, 30, 200)
"""Milliseconds."""
RECORDS = 20


def rows() -> Iterator[Row]:
    """All measurements of the team's store."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(StorageServer())
        container = connect_container(server.url)
        stack.callback(container.close)
        store = BlobStore(container, folder, time.monotonic)
        run = store.create_locked(PLAN, AZURE, NOW)
        assert run is not None
        stack.callback(run.lock.release)
        journal = run.open_journal()
        stack.callback(run.close)
        journal.append(ev.PlanConfirmed(plan=PLAN, by="benchmark"), NOW, 0.0)
        event = ev.WorkerStarted(pid=1, host="benchmark", resumed=False)
        for milliseconds in ROUND_TRIPS:
            server.interference = _delay(milliseconds / 1000)
            server.requests.clear()
            began = time.perf_counter()
            for _ in range(RECORDS):
                journal.append(event, NOW, 0.0)
            per_append = (time.perf_counter() - began) / RECORDS * 1e3
            appends = sum(operation == "append" for _, operation in server.requests)
            yield Row(
                f"team store: append at {milliseconds} ms a round trip",
                per_append,
                2 * milliseconds + 20,
                "ms",
                note=f"{appends / RECORDS:.1f} round trips a record",
            )


def _delay(seconds: float) -> Callable[[str, str, Callable[[], Reply]], Reply]:
    def wait_and_answer(_method: str, _operation: str, carry_out: Callable[[], Reply]) -> Reply:
        if seconds:
            threading.Event().wait(seconds)
        return carry_out()

    return wait_and_answer

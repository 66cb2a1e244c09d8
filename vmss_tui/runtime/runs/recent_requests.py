"""What this machine asked of a set shortly before a run began, and what it may still set off.

Azure takes a request and may show nothing of it for a while: what an aborted run's last batch or
an operation takes down would not be counted, and the next run would take as many again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from vmss_tui.runtime.storage.operations_log import OperationsLog
from vmss_tui.runtime.storage.run_folder import RunFolder
from vmss_tui.runtime.storage.run_store import RunStore

_FINAL_ANSWERS = frozenset({"settled", "refused"})


@dataclass(frozen=True, slots=True)
class RecentRequest:
    """A request whose effects nobody has seen to their end."""

    description: str
    at: datetime


def find_recent_request(folder: RunFolder, now: datetime, within: float) -> RecentRequest | None:
    """The last one before `folder`'s run, no older than `within` seconds; None where all is seen.

    A time that is still to come is another clock's: it counts as now.
    """
    store = RunStore(folder.state_folder)
    requests = [
        RecentRequest(request.description, min(request.at, now))
        for request in (*_batches_of_runs(store, folder), *_open_operations(store, folder))
        if now - request.at < timedelta(seconds=within)
    ]
    return max(requests, key=lambda request: request.at, default=None)


def _batches_of_runs(store: RunStore, folder: RunFolder) -> Iterator[RecentRequest]:
    for other in store.of_scale_set(folder.manifest.plan.scale_set):
        if other.name == folder.name:
            continue
        run, _ = other.read_run()
        if run.open_batch is not None and (at := _parse_time(run.changed_at)):
            yield RecentRequest(f"the last batch of {other.name}", at)


def _open_operations(store: RunStore, folder: RunFolder) -> Iterator[RecentRequest]:
    key = folder.manifest.plan.scale_set.resource_id.lower()
    records = [
        record
        for record in OperationsLog.in_state_folder(store.state_folder).read()
        if record.scale_set.lower() == key
    ]
    finished_ids = {record.request_id for record in records if record.answer in _FINAL_ANSWERS}
    for record in records:
        is_request = record.verb and record.instance_ids and not record.answer
        if is_request and record.request_id not in finished_ids and (at := _parse_time(record.at)):
            yield RecentRequest(f"the operation {record.verb}", at)


def _parse_time(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None

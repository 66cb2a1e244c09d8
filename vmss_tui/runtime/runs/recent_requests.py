"""Requests that this machine sent to a scale set shortly before a run started.

The effect of an accepted request may not show in the instance views for a while. Instances that an
aborted run's last batch or an operation takes down would not be counted as unavailable, and the
next run would take down as many again.
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
    """A request whose effects were not observed to their end."""

    description: str
    at: datetime


def find_recent_request(folder: RunFolder, now: datetime, within: float) -> RecentRequest | None:
    """The last such request before the run in `folder`, at most `within` seconds old.

    A time in the future comes from another clock, and counts as now.
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

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

_OVER = frozenset({"settled", "refused"})


@dataclass(frozen=True, slots=True)
class Earlier:
    """A request whose effects nobody has seen to their end."""

    what: str
    at: datetime


def earlier(folder: RunFolder, now: datetime, within: float) -> Earlier | None:
    """The last one before `folder`'s run, no older than `within` seconds; None where all is seen.

    A time that is still to come is another clock's: it counts as now.
    """
    store = RunStore(folder.state_folder)
    found = [
        Earlier(each.what, min(each.at, now))
        for each in (*_of_runs(store, folder), *_of_operations(store, folder))
        if now - each.at < timedelta(seconds=within)
    ]
    return max(found, key=lambda each: each.at, default=None)


def _of_runs(store: RunStore, folder: RunFolder) -> Iterator[Earlier]:
    for other in store.of_scale_set(folder.manifest.plan.scale_set):
        if other.name == folder.name:
            continue
        run, _ = other.read_run()
        if run.open_batch is not None and (at := _moment(run.changed_at)):
            yield Earlier(f"the last batch of {other.name}", at)


def _of_operations(store: RunStore, folder: RunFolder) -> Iterator[Earlier]:
    key = folder.manifest.plan.scale_set.resource_id.lower()
    told = [line for line in OperationsLog.in_state_folder(store.state).read() if line.scale_set.lower() == key]
    over = {line.request_id for line in told if line.answer in _OVER}
    for line in told:
        acts = line.verb and line.instance_ids and not line.answer
        if acts and line.request_id not in over and (at := _moment(line.at)):
            yield Earlier(f"the operation {line.verb}", at)


def _moment(stamp: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return found if found.tzinfo else None

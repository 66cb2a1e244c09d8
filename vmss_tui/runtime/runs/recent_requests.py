"""Requests that this machine sent to a scale set a moment ago.

The effect of an accepted request may not show in the instance views for a while. Instances that an
aborted run's last batch or an operation takes down would not be counted as unavailable, and a run
would take down as many again. Another operation on them would be sent on top of the first.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from vmss_tui.fleet.instance_operation import OperationKind
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import AzureContext
from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.storage.operations_log import OperationsLog
from vmss_tui.runtime.storage.port import RunStore, StoredRun

_FINAL_ANSWERS = frozenset({"settled", "refused"})
_HARMLESS_VERBS = frozenset({"", "run-command", OperationKind.PROTECT, OperationKind.UNPROTECT})
"""Verbs of writes that take no instance down: of a model edit (empty), a command, protection."""


class RecentRequest(Struct, frozen=True):
    """A request whose effects were not observed to their end."""

    description: str
    at: datetime
    instance_ids: tuple[str, ...] = ()


class RecentRequests:
    """The latest requests to one scale set, read again from disk at each call."""

    def __init__(
        self,
        store: RunStore,
        scale_set: ScaleSetId,
        clock: Clock,
        context: AzureContext,
        own_run: str = "",
    ) -> None:
        """`own_run` is the run that asks: its own batches are left out, as are those of other demo
        worlds than that of `context`."""
        self._store, self._scale_set, self._clock = store, scale_set, clock
        self._context, self._own_run = context, own_run
        self._first_seen: dict[RecentRequest, float] = {}
        self._read_runs: dict[str, tuple[object, RecentRequest | None]] = {}

    def find_latest(self, within: float) -> tuple[RecentRequest, float] | None:
        """The last request of at most `within` run seconds ago, and how many of them remain."""
        return max(self.find_all(within), key=lambda entry: entry[1], default=None)

    def find_all(self, within: float) -> list[tuple[RecentRequest, float]]:
        """Each such request with the run seconds that remain of `within`.

        The wall clock alone is not trusted: what was seen here for so long is not recent.
        """
        now, run_now, rate = self._clock.wall(), self._clock.run(), self._clock.rate()
        entries: list[tuple[RecentRequest, float]] = []
        since = now - timedelta(seconds=within / rate) if rate > 0 else None
        for request in (*self._batches_of_runs(since), *self._open_operations()):
            age = max(0.0, (now - request.at).total_seconds() * rate)
            if age < within:
                first_seen = self._first_seen.setdefault(request, run_now)
                remaining = within - max(age, run_now - first_seen)
                entries += [(request, remaining)] * (remaining > 0)
        return entries

    def _batches_of_runs(self, since: datetime | None) -> Iterator[RecentRequest]:
        for other in self._store.of_scale_set(self._scale_set):
            if other.name == self._own_run or _ended_before(other, since):
                continue
            if not other.manifest.context.shares_world(self._context):
                continue
            if request := self._open_batch(other):
                yield request

    def _open_batch(self, folder: StoredRun) -> RecentRequest | None:
        """The open batch of another run; its journal is read only where it has changed."""
        version = folder.journal_version()
        if version is None:
            return None
        known = self._read_runs.get(folder.name)
        if known is None or known[0] != version:
            run, _ = folder.read_run()
            at, request = _parse_time(run.changed_at), None
            if run.open_batch is not None and at is not None:
                ids = run.open_batch.instance_ids
                request = RecentRequest(f"the last batch of {folder.name}", at, ids)
            known = self._read_runs[folder.name] = (version, request)
        return known[1]

    def _open_operations(self) -> Iterator[RecentRequest]:
        key = self._scale_set.resource_id.lower()
        records = [
            record
            for record in OperationsLog.in_state_folder(self._store.state_folder).read()
            if record.scale_set.lower() == key
        ]
        finished_ids = {record.request_id for record in records if record.answer in _FINAL_ANSWERS}
        for record in records:
            is_request = (
                record.verb not in _HARMLESS_VERBS and record.instance_ids and not record.answer
            )
            if is_request and record.request_id not in finished_ids:
                at = _parse_time(record.at)
                if at is not None:
                    yield RecentRequest(f"the operation {record.verb}", at, record.instance_ids)


def _ended_before(folder: StoredRun, since: datetime | None) -> bool:
    """The last record is older than that. Reads the end of the journal only: a scale set may have
    hundreds of earlier runs, and a batch waits for this."""
    if since is None:
        return False
    last_record_at = _parse_time(folder.last_record_at())
    return last_record_at is not None and last_record_at < since


def _parse_time(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None

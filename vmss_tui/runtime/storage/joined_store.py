"""A team's store together with the folder of this machine: old runs beside new ones.

New runs go to the team's store; a run that was started against the folder goes on there.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import AzureContext
from vmss_tui.runtime.storage.port import RunStore, StoredRun
from vmss_tui.runtime.storage.run_records import (
    RunAmbiguous,
    RunNotFound,
    RunSummary,
    match_run_name,
)
from vmss_tui.upgrade.plan.plan import Plan


class JoinedStore:
    """Two stores as one."""

    def __init__(self, team: RunStore, local: RunStore) -> None:
        self._team, self._local = team, local

    @property
    def state_folder(self) -> Path:
        """This machine's folder."""
        return self._local.state_folder

    def create_locked(
        self,
        plan: Plan,
        context: AzureContext,
        now: datetime,
        *,
        assumed_yes: bool = False,
        name: str = "",
    ) -> StoredRun | None:
        """Creates the run in the team's store; None where a run of either is live on the set."""
        if self._local.live_run(plan.scale_set) is not None:
            return None
        return self._team.create_locked(plan, context, now, assumed_yes=assumed_yes, name=name)

    def sweep(self) -> None:
        """Removes what refused or interrupted starts have left."""
        self._team.sweep()
        self._local.sweep()

    def all(self) -> Sequence[StoredRun]:
        """All runs, newest first."""
        runs = [*self._team.all(), *self._local.all()]
        return sorted(runs, key=lambda run: run.manifest.made_at, reverse=True)

    def summaries(self) -> Sequence[RunSummary]:
        """A row for each of all runs, newest first."""
        rows = [*self._team.summaries(), *self._local.summaries()]
        return sorted(rows, key=lambda row: row.started_at, reverse=True)

    def names(self) -> Sequence[str]:
        """Names of all runs: the team's, newest first, and then this machine's."""
        return [*self._team.names(), *self._local.names()]

    def find(self, prefix: str) -> StoredRun:
        """The run with this name, or the only one of both stores whose name begins so; raises
        `RunNotFound`."""
        if prefix in self._local.names():
            return self._local.find(prefix)
        try:
            names = {name: name for name in self.names()}
            name = match_run_name(prefix, names, lambda _name: True)
        except RunAmbiguous:
            raise
        except RunNotFound as error:
            return self._find_new(prefix, error)
        return (self._local if name in self._local.names() else self._team).find(name)

    def _find_new(self, name: str, error: RunNotFound) -> StoredRun:
        """A run that has not begun, or only since the last listing; raises `error`."""
        for store in (self._team, self._local):
            with suppress(RunNotFound):
                return store.find(name)
        raise error

    def of_scale_set(self, scale_set: ScaleSetId) -> Iterator[StoredRun]:
        """Runs of one scale set, newest first."""
        runs = [*self._team.of_scale_set(scale_set), *self._local.of_scale_set(scale_set)]
        yield from sorted(runs, key=lambda run: run.manifest.made_at, reverse=True)

    def live_run(self, scale_set: ScaleSetId) -> StoredRun | None:
        """The live run of the scale set, in either store."""
        return self._team.live_run(scale_set) or self._local.live_run(scale_set)

    def live_names(self) -> frozenset[str]:
        """The names of all live runs."""
        return self._team.live_names() | self._local.live_names()

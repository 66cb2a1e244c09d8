"""The services of a session over a fixed snapshot: no threads, no disk, no Azure.

`report` plays the watcher; the journals of runs are written by the test.
"""

import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from tests.support.fake_campaigns import FakeCampaignControl
from tests.support.fake_catalogue import FakeImages
from tests.support.fake_diagnostics import FakeDiagnostics, FakeRunCommands
from tests.support.fake_operations import FakeInstanceOperations, FakeMaintenance, FakeOperationsLog
from tests.support.fake_preflight import FakePreflight
from tests.support.fake_queries import FakeQueries, FakeSubscriptionNames
from tests.support.fake_runs import FakeRunControl
from tests.support.fleets import CONTEXT, view, web
from vmss_tui.fleet.model_edit.change import Change, change_from_edit
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.runtime.observe.estate import EstateReader, EstateReading
from vmss_tui.runtime.offers import Offers
from vmss_tui.runtime.operations.model_edits import ModelEditResult, ModelUndo, ModelWriter
from vmss_tui.runtime.permission import Permission
from vmss_tui.runtime.runs.planner import Planner
from vmss_tui.runtime.session import Services
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.runtime.storage.pins import Pins
from vmss_tui.upgrade.plan.plan import ModelEdit, Plan
from vmss_tui.upgrade.plan.plan_builder import make_plan
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.report.estimate import BatchPace


class FakeModelWriter(ModelWriter):
    """Accepts every edit, or raises the error that the test has set."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.error: Exception | None = None
        self.undo: ModelUndo | None = None

    def find_undo(self, scale_set: ScaleSet) -> ModelUndo | None:
        """The undo that the test has set."""
        return self.undo

    def save(self, scale_set: ScaleSet, change: Change, undoes: str = "") -> ModelEditResult:
        """Records the change, or raises the error."""
        if self.error is not None:
            raise self.error
        self.changes.append(change)
        return ModelEditResult("the model is changed")


class FakePlanner(Planner):
    """The real planner, for scale sets of every policy mode."""

    def __init__(self) -> None:
        self.pace: BatchPace | None = None

    def plan(
        self,
        snapshot: Snapshot,
        selection: Selection,
        policy: Policy,
        edit: Edit | None = None,
        *,
        anyway: bool = False,
    ) -> Plan:
        """The plan that `make_plan` returns."""
        change = change_from_edit(snapshot.scale_set, edit) if edit else None
        model_edit = None
        if change:
            lines = tuple(f"{li.path}: {li.old} → {li.new}" for li in change.lines)
            model_edit = ModelEdit(body=dict(change.body), undo={}, if_match='"7"', lines=lines)
        return make_plan(snapshot, selection, policy, edit=model_edit, touches_model=bool(change))

    def read_pace(self, scale_set: ScaleSetId) -> BatchPace | None:
        """The pace that the test has set."""
        return self.pace


class FakeEstate(EstateReader):
    """Lists what the queries return, or returns the reading that the test has set."""

    reading: EstateReading | None = None

    def read(self) -> EstateReading:
        """The reading of the test, else a list."""
        if self.reading is not None:
            return self.reading
        listing = self._queries.list_readable()
        return EstateReading(listing.scale_sets, listing.damage)


class FakeServices(Services):
    """All services over one snapshot."""

    queries: FakeQueries
    estate: FakeEstate
    images: FakeImages
    model_writer: FakeModelWriter
    planner: FakePlanner
    preflight: FakePreflight
    run_control: FakeRunControl
    campaign_control: FakeCampaignControl
    instance_operations: FakeInstanceOperations
    maintenance: FakeMaintenance
    operations_log: FakeOperationsLog
    run_commands: FakeRunCommands

    def __init__(
        self,
        snapshot: Snapshot | None = None,
        *,
        read_only: bool = False,
        protected: bool = False,
    ) -> None:
        self.fake_diagnostics = FakeDiagnostics()
        gateway = {"context": CONTEXT, "read_only": read_only, "diagnostics": self.fake_diagnostics}
        self._gateway = cast(Any, SimpleNamespace(**gateway))
        store = cast(Any, SimpleNamespace(live_run=lambda _scale_set: None))
        self.permission = Permission(
            self._gateway, store, read_only=read_only, settings_protect=lambda _scale_set: protected
        )
        self.run_commands = FakeRunCommands(self.fake_diagnostics, self.permission)
        self.default_policy = Policy()
        self.pins = Pins(Path(tempfile.mkdtemp()) / "pins.json")
        self.snapshot = snapshot or web()
        self.first = view(self.snapshot)
        self.subscription_names = FakeSubscriptionNames()
        self.queries, self.images = FakeQueries(self), FakeImages()
        self.estate = FakeEstate(self._gateway, self.queries)
        self.offers = Offers(self.images)
        self.preflight = FakePreflight()
        self.model_writer, self.planner, self.run_control = (
            FakeModelWriter(),
            FakePlanner(),
            FakeRunControl(),
        )
        self.campaign_control = FakeCampaignControl()
        self.instance_operations, self.operations_log = (
            FakeInstanceOperations(self),
            FakeOperationsLog(),
        )
        self.maintenance = FakeMaintenance(self.permission, lambda: self.snapshot.scale_set)

    def report(self, latest: LatestView) -> None:
        """Posts a report of the watcher."""
        if latest.snapshot is not None:
            self.snapshot = latest.snapshot
        self.queries.watchers[-1].listener(latest)

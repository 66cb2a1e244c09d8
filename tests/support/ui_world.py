"""A world for the screens: fixed fleets, and a cockpit that answers at once and records wishes.

The cockpit is the real one's shape without threads, disk or Azure: `tell` plays the watcher,
`advance` the worker.
"""

import asyncio
import tempfile
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from msgspec import structs
from textual.pilot import Pilot
from textual.widget import Widget

from vmss_tui.fleet.azure_maintenance import OsUpgrade, RepairsService, RepairsState, RollingUpgrade
from vmss_tui.fleet.image import Image, ImageKind, image_from_id
from vmss_tui.fleet.image_offers import CatalogueList, ImageVersion, ImageVersions, OwnImage
from vmss_tui.fleet.model_edit.change import Change, change_from_edit
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.fleet.scale_set import (
    Health,
    Instance,
    NetworkAddress,
    PolicyMode,
    PowerState,
    ProvisioningState,
    ScaleSet,
    Status,
)
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import ListBudget, AzureContext, Refused, Unreachable
from vmss_tui.gateway.catalogue import Catalogue, ProgressCallback
from vmss_tui.gateway.failures import Condition
from vmss_tui.operations.maintenance import Act, Prospect, prospect, refusal
from vmss_tui.operations.maintenance import Standing as UpkeepStanding
from vmss_tui.operations.plan import OperationPlan
from vmss_tui.operations.progress import Progress, seen, sent
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.images import Images
from vmss_tui.runtime.observe.queries import Queries
from vmss_tui.runtime.observe.run_follower import RunFollower
from vmss_tui.runtime.observe.watcher import Watcher
from vmss_tui.runtime.operations.instances import Operating, Undertaking
from vmss_tui.runtime.operations.maintenance import Begun, Tending
from vmss_tui.runtime.operations.model_edits import ModelWriter, Saved, Undo
from vmss_tui.runtime.permission import Permission
from vmss_tui.runtime.runs.control import Steering
from vmss_tui.runtime.runs.planner import Planning
from vmss_tui.runtime.session import Services
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.runtime.storage.operations_log import OperationRecord, OperationsLog
from vmss_tui.runtime.storage.pins import Pins
from vmss_tui.runtime.storage.run_folder import LockOwner, RunSummary
from vmss_tui.runtime.subscription_names import SubscriptionNames
from vmss_tui.ui.app import VmssApp
from vmss_tui.ui.background.run_watcher import RunWatcher
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.screens.scale_set.screen import ScaleSetScreen
from vmss_tui.ui.screens.scale_set_list import ScaleSetListScreen
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.plan import ModelEdit, Plan, make_plan
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.report.estimate import Pace
from vmss_tui.upgrade.run.fold import apply
from vmss_tui.upgrade.run.run import Run

NOON = datetime(2025, 11, 14, 12, 4, 31, tzinfo=UTC)
SUBSCRIPTION = "5ca1ab1e-0000-4000-8000-00000000c0de"
OLD, NEW, NEWEST = "22.04.202510010", "22.04.202511010", "22.04.202512030"
PATIENCE = 20
"""Looks, or seconds, after which something that should happen has not."""
JAMMY = Image(ImageKind.PLATFORM, "Canonical", "0001-com-ubuntu-server-jammy", "22_04-lts-gen2")
CONTEXT = AzureContext(
    "https://management.azure.com",
    tenant_id="72f988bf-86f1-41af-91ab-2d7cd011db47",
    principal="ops@contoso.example",
)


def scale_set(name: str = "web-vmss", capacity: int = 100, **changes: Any) -> ScaleSet:
    """A Manual, Uniform set of Ubuntu VMs in eastus."""
    reference = {
        "publisher": JAMMY.publisher,
        "offer": JAMMY.offer,
        "sku": JAMMY.sku,
        "version": NEW,
    }
    found = ScaleSet(
        id=ScaleSetId(SUBSCRIPTION, f"{name.partition('-')[0]}-rg", name),
        location="eastus",
        policy_mode=PolicyMode.MANUAL,
        capacity=capacity,
        vm_size="Standard_D4s_v5",
        image=structs.replace(JAMMY, version=NEW),
        etag='"7"',
        provisioning=ProvisioningState.SUCCEEDED,
        has_health_source=True,
        model_digest="d1",
        raw={
            "sku": {"name": "Standard_D4s_v5", "tier": "Standard", "capacity": capacity},
            "properties": {
                "upgradePolicy": {"mode": "Manual"},
                "virtualMachineProfile": {"storageProfile": {"imageReference": reference}},
            },
        },
    )
    return replace(found, **changes)


def instance(number: int, *, current: bool, domain: int, fault: int, **changes: Any) -> Instance:
    """A healthy running VM."""
    found = Instance(
        instance_id=str(number),
        name=f"web-vmss_{number}",
        provisioning=ProvisioningState.SUCCEEDED,
        power=PowerState.RUNNING,
        health=Health.HEALTHY,
        latest_model_applied=current,
        update_domain=domain,
        fault_domain=fault,
        image=structs.replace(
            JAMMY, version=NEW if current else OLD, exact_version=NEW if current else OLD
        ),
        vm_size="Standard_D4s_v5",
        computer_name=f"web{number:06d}",
        os_name="ubuntu",
        os_version="22.04",
        changed_at=NOON - timedelta(hours=1 + number % 40),
    )
    return structs.replace(found, **changes)


_ODD: dict[int, dict[str, Any]] = {
    14: {"health": Health.UNHEALTHY, "health_at": NOON - timedelta(minutes=20)},
    37: {
        "provisioning": ProvisioningState.FAILED,
        "statuses": (
            Status(
                "ProvisioningState/failed/VMExtensionProvisioningError",
                "Error",
                "Provisioning failed",
                "VM has reported a failure when processing extension 'AppHealth'.",
            ),
        ),
    },
    58: {"power": PowerState.DEALLOCATED, "health": None},
    63: {"power": PowerState.STOPPED, "health": None},
    71: {"protected_from_actions": True},
}


def web(count: int = 100, *, diagonal: bool = True, odd: bool = True) -> Snapshot:
    """Five update domains, four of twenty current in each; update domain = fault domain."""
    return Snapshot(
        scale_set(capacity=count),
        tuple(
            instance(
                n,
                current=n // 5 < count // 25,
                domain=n % 5,
                fault=n % 5 if diagonal else n // 5 % 5,
                **(_ODD.get(n, {}) if odd else {}),
            )
            for n in range(count)
        ),
        taken_at=NOON,
    )


def thousand() -> Snapshot:
    """Ten placement groups of a hundred, update domains spread over fault domains."""
    made = []
    for n in range(1000):
        group, place = divmod(n, 100)
        odd = _ODD.get(n % 211, {}) if n % 3 == 0 else {}
        one = instance(
            n, current=group < 3 or (group == 3 and place % 5 == 0), domain=place % 5,
            fault=place // 5 % 5, **odd,
        )  # fmt: skip
        made.append(
            structs.replace(one, placement_group=f"{group:x}c0ffee0-0000-4000-8000-000000000000")
        )
    found = scale_set("shop-vmss", 1000)
    return Snapshot(found, tuple(made), taken_at=NOON, pages=10)


def view(snapshot: Snapshot | None, **changes: Any) -> LatestView:
    """A fresh reading, unless told otherwise."""
    return structs.replace(
        LatestView(snapshot, Condition.FRESH, budget=ListBudget(27, 30), interval=6.0), **changes
    )


class FakeWatcher(Watcher):
    """A watcher that tells what the test tells it."""

    def __init__(self, listener: Callable[[LatestView], None]) -> None:
        self.listener = listener
        self.refreshed = 0
        self.attended: tuple[str, ...] = ()

    def follow_instances(self, instance_ids: Collection[str]) -> None:
        """Keeps them."""
        self.attended = tuple(instance_ids)

    def refresh(self) -> None:
        """Counts."""
        self.refreshed += 1

    def stop(self) -> None:
        """Has no thread."""


@dataclass
class _Manifest:
    plan: Plan


@dataclass
class _Folder:
    manifest: _Manifest
    latest_path: Path = Path("no-such-folder/latest.json")


class FakeFollower(RunFollower):
    """A journal in memory."""

    def __init__(self, name: str, plan: Plan) -> None:
        self._name = name
        self.run = Run()
        self.damage = ""
        self.folder = cast(Any, _Folder(_Manifest(plan)))
        self.records: list[ev.Record] = []
        self.later = [0.0]
        """Seconds since the newest record; shared by all who follow the run."""
        self.silence: list[datetime] = []
        """Since when the worker shows no life, if it does not; shared likewise."""
        self._read = 0

    @property
    def name(self) -> str:
        """The run's name."""
        return self._name

    @property
    def at(self) -> ScaleSetId:
        """What it upgrades."""
        return self.folder.manifest.plan.scale_set

    def add(self, *bodies: ev.AnyEvent, every: float = 20.0) -> None:
        """The worker writes."""
        for body in bodies:
            at = NOON - timedelta(minutes=9) + timedelta(seconds=every * len(self.records))
            seq = len(self.records) + 1
            t = every * len(self.records)
            self.records.append(ev.Record(seq=seq, at=at.isoformat(), t=t, body=body))

    def worker(self) -> LockOwner:
        """The one whose start is journaled."""
        since = NOON.isoformat(timespec="seconds")
        return LockOwner(pid=4711, host="bastion", user="ops", run=self._name, since=since)

    def silent_since(self) -> datetime | None:
        """As set."""
        return self.silence[-1] if self.silence else None

    def run_time(self) -> float:
        """A clock that a test moves."""
        return self.run.t + self.later[0]

    def poll(self) -> tuple[ev.Record, ...]:
        """What was written since."""
        new = self.records[self._read :]
        self._read += len(new)
        for record in new:
            self.run = apply(self.run, record)
        return tuple(new)


class Shelf(Catalogue):
    """A small catalogue that answers at once, and says what it was asked."""

    def __init__(self) -> None:
        self.offered: Sequence[ImageVersion] = tuple(map(ImageVersion, (NEWEST, NEW, OLD)))
        self.raises: Exception | None = None
        self.asked: list[str] = []
        self.told = ""

    def list_versions(
        self, scale_set: ScaleSet, image: Image | None, progress: ProgressCallback, *, fresh: bool = False
    ) -> ImageVersions:
        """The same for every image."""
        self._ask("versions again" if fresh else "versions", progress)
        assert image is not None
        found = ImageVersions(image, tuple(self.offered), scale_set.location, NOON, "V2", "x64")
        self.told = found.newest
        return found

    def list_publishers(self, scale_set: ScaleSet, progress: ProgressCallback) -> CatalogueList[str]:
        """Three."""
        return self._named("publishers", progress, "Canonical", "Debian", "RedHat")

    def list_offers(self, scale_set: ScaleSet, publisher: str, progress: ProgressCallback) -> CatalogueList[str]:
        """Two of each."""
        return self._named(f"offers of {publisher}", progress, JAMMY.offer, "ubuntu-24_04-lts")

    def list_skus(
        self, scale_set: ScaleSet, publisher: str, offer: str, progress: ProgressCallback
    ) -> CatalogueList[str]:
        """Two of each."""
        return self._named(f"SKUs of {offer}", progress, "server", JAMMY.sku)

    def list_own_images(self, scale_set: ScaleSet, progress: ProgressCallback) -> CatalogueList[OwnImage]:
        """A managed image here, one elsewhere, and a gallery's."""
        self._ask("own images", progress)
        group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/img/providers/Microsoft.Compute"
        return CatalogueList(
            (
                OwnImage(image_from_id(f"{group}/images/gold"), "East US", "Linux", "V2"),
                OwnImage(image_from_id(f"{group}/images/far"), "westeurope", "Linux", "V2"),
                OwnImage(image_from_id(f"{group}/galleries/g/images/web"), "eastus", "Linux", "V2"),
            ),
            NOON,
            ("gallery secret: Azure refused: You may not.",),
        )

    def list_sizes(self, scale_set: ScaleSet, progress: ProgressCallback) -> CatalogueList[str]:
        """Three."""
        return self._named("sizes", progress, "Standard_D2s_v5", "Standard_D4s_v5", "Standard_D8s_v5")

    def _named(self, asked: str, tell: ProgressCallback, *names: str) -> CatalogueList[str]:
        self._ask(asked, tell)
        return CatalogueList(names, NOON)

    def _ask(self, what: str, tell: ProgressCallback) -> None:
        self.asked.append(what)
        tell(f"reading {what}")
        if self.raises is not None:
            raise self.raises


class FakeTending(Tending):
    """Azure's own upkeep as the test sets it; acts are recorded."""

    def __init__(self, permission: Permission, scale_set: Callable[[], ScaleSet]) -> None:
        self._permission, self._now = permission, scale_set
        self.rolling: RollingUpgrade | None = None
        self.unreadable = ""
        self.entries: Sequence[OsUpgrade] = ()
        self.service = RepairsService(state=RepairsState.RUNNING, raw_state="Running")
        self.looks = 0
        self.begun: list[Act] = []

    def latest(self, scale_set: ScaleSetId) -> RollingUpgrade | None:
        """As set."""
        self.looks += 1
        if self.unreadable:
            raise Unreachable(self.unreadable)
        return self.rolling

    def history(self, scale_set: ScaleSetId) -> Sequence[OsUpgrade]:
        """As set."""
        return self.entries

    def repairs(self, scale_set: ScaleSet) -> RepairsService:
        """As set."""
        return self.service

    def next_look(self, latest: RollingUpgrade | None, *, moving: bool) -> float:
        """Later than any test waits."""
        return 3600.0

    def prospect(self, scale_set: ScaleSetId, act: Act) -> Prospect:
        """The real words."""
        standing = UpkeepStanding(self._now(), self.rolling, self.service, NEWEST)
        if words := self._permission.refusal_reason(scale_set) or refusal(act, standing):
            raise RunRefused(words)
        return prospect(act, standing)

    def begin(self, wanted: Prospect) -> Begun:
        """Azure takes it."""
        self._permission.check(wanted.scale_set)
        self.begun.append(wanted.act)
        return Begun(wanted, f"{wanted.act} is taken")


class FakeOperating(Operating):
    """Azure takes everything at once, or says what it was told to."""

    def __init__(self, world: "FakeCockpit") -> None:
        self._world = world
        self.begun: list[OperationPlan] = []
        self.raises: Exception | None = None
        self.answered = True
        self.now = 0.0
        self.followed = threading.Event()
        self.leavings: list[str] = []

    def begin(self, plan: OperationPlan) -> Undertaking:
        """Records it."""
        if self.raises is not None:
            raise self.raises
        self.begun.append(plan)
        progress = sent(plan, self._world.snapshot, self.now, answered=self.answered)
        return Undertaking(progress, f"request-{len(self.begun)}")

    def look(self, undertaking: Undertaking, snapshot: Snapshot) -> Undertaking:
        """As the snapshot shows it."""
        return replace(undertaking, progress=seen(undertaking.progress, snapshot, self.now))

    def follow(
        self,
        undertaking: Undertaking,
        tell: Callable[[Progress], None],
        stop: threading.Event | None = None,
        look: Callable[[Undertaking, Snapshot], Undertaking] | None = None,
    ) -> Undertaking:
        """Looks once, as a thread does that nobody waits for."""
        found = (look or self.look)(undertaking, self._world.snapshot)
        self.followed.set()
        return found

    def left(self, undertaking: Undertaking, why: str) -> None:
        """Records it."""
        self.leavings.append(why)


class FakeNames(SubscriptionNames):
    """The subscription there is, and a second."""

    def __init__(self) -> None:
        super().__init__(lambda: ())

    def name_of(self, subscription_id: str) -> str:
        """Known from the beginning."""
        return "Contoso-Prod" if subscription_id == SUBSCRIPTION else "Contoso-Test"


class FakeReadings(Queries):
    """One reading, answered at once; `FakeCockpit.tell` plays the watcher."""

    def __init__(self, world: "FakeCockpit") -> None:
        self._world = world
        self.listed: Sequence[ScaleSet] = (world.snapshot.scale_set,)
        self.watchers: list[FakeWatcher] = []
        self.observed: list[str] = []
        self.reached: list[str] = []
        self.closed: set[str] = set()
        """Names of sets that may not be read."""

    def list_scale_sets(self) -> Sequence[ScaleSet]:
        """As set."""
        return self.listed

    def observe(self, scale_set: ScaleSetId) -> Snapshot:
        """The one reading there is; refused for sets that may not be read."""
        self.observed.append(scale_set.name)
        self._world.permission.record_owner(self._world.snapshot.scale_set)
        if scale_set.name in self.closed:
            raise Refused(f"{scale_set.name} may not be read")
        return self._world.snapshot

    def read_model(self, scale_set: ScaleSetId) -> ScaleSet:
        """As in the one reading there is."""
        return self._world.snapshot.scale_set

    def watch(self, scale_set: ScaleSetId, listener: Callable[[LatestView], None]) -> Watcher:
        """Tells the first view at once."""
        self._world.permission.record_owner(self._world.snapshot.scale_set)
        watcher = FakeWatcher(listener)
        self.watchers.append(watcher)
        listener(self._world.first)
        return watcher

    def instance_json(self, scale_set: ScaleSetId, instance_id: str) -> str:
        """A little of it."""
        return f'{{\n  "instanceId": "{instance_id}",\n  "note": "[/red] is not markup"\n}}'

    def addresses(self, scale_set: ScaleSetId, instance_id: str) -> Sequence[NetworkAddress]:
        """One card with a public address."""
        self.reached.append(instance_id)
        last = 4 + int(instance_id)
        return [NetworkAddress("nic0", f"10.0.0.{last}", f"20.0.0.{last}", "vnet0/web")]


class FakeImages(Images):
    """What is on the shelf, for whichever image."""

    catalogue: Shelf

    def __init__(self) -> None:
        super().__init__(Shelf())

    def newest_version(self, scale_set: ScaleSet) -> str:
        """As set, once somebody has asked."""
        return self.catalogue.told


class FakeModels(ModelWriter):
    """Takes every edit, or says what it was told to."""

    def __init__(self) -> None:
        self.saved: list[Change] = []
        self.raises: Exception | None = None
        self.way_back: Undo | None = None

    def undo(self, scale_set: ScaleSet) -> Undo | None:
        """As set."""
        return self.way_back

    def save(self, scale_set: ScaleSet, wanted: Change, undoes: str = "") -> Saved:
        """Records it, or raises what it was told to."""
        if self.raises is not None:
            raise self.raises
        self.saved.append(wanted)
        return Saved("the model is changed")


class FakePlanning(Planning):
    """The real planning, for sets of every policy mode."""

    def __init__(self) -> None:
        self.known_pace: Pace | None = None

    def plan(
        self, snapshot: Snapshot, selection: Selection, policy: Policy, edit: Edit | None = None
    ) -> Plan:
        """As `upgrade.plan` makes it."""
        wanted = change_from_edit(snapshot.scale_set, edit) if edit else None
        step = None
        if wanted:
            lines = tuple(f"{li.path}: {li.old} → {li.new}" for li in wanted.lines)
            step = ModelEdit(body=dict(wanted.body), undo={}, if_match='"7"', lines=lines)
        return make_plan(snapshot, selection, policy, edit=step, touches_model=bool(wanted))

    def pace(self, scale_set: ScaleSetId) -> Pace | None:
        """As set."""
        return self.known_pace


class FakeRuns(Steering):
    """Runs whose journals the test writes; wishes are recorded."""

    def __init__(self) -> None:
        self.listed: Sequence[RunSummary] = ()
        self.followers: dict[str, FakeFollower] = {}
        self.alive: str | None = None
        """The name of the one whose worker lives."""
        self.started: list[Plan] = []
        self.wishes: list[tuple[str, ev.IntentKind]] = []
        self.retried: tuple[str, ...] = ()
        self._looks: Counter[str] = Counter()
        self._looking = threading.Condition()

    def start(self, plan: Plan, *, assumed_yes: bool = False, take_over: str = "") -> str:
        """A worker that does nothing by itself."""
        name = f"{plan.name}-{0x7F3A + len(self.started):x}"
        self.started.append(plan)
        self.begin(name, plan)
        return name

    def begin(self, name: str, plan: Plan) -> FakeFollower:
        """A live run."""
        follower = self.followers[name] = FakeFollower(name, plan)
        follower.add(
            ev.PlanConfirmed(plan=plan, by="ops@bastion"),
            ev.WorkerStarted(pid=4711, host="bastion"),
            ev.ModelPinned(digest="d1", image=f"Canonical jammy {NEW}", exact_version=NEW),
        )
        self.alive = name
        return follower

    def resume(self, name: str, take_over: str = "") -> None:
        """Records it as a wish."""
        self.wishes.append(
            (name, ev.IntentKind.TAKE_OVER if take_over == name else ev.IntentKind.RESUME)
        )

    def wish(self, name: str, want: ev.IntentKind) -> None:
        """Records it."""
        self.wishes.append((name, want))

    def retry(self, name: str, instance_ids: Sequence[str]) -> None:
        """Records it as a wish."""
        self.wishes.append((name, ev.IntentKind.RETRY))
        self.retried = tuple(instance_ids)

    def revert(self, name: str) -> None:
        """Records it as a wish."""
        self.wishes.append((name, ev.IntentKind.REVERT))

    def live(self, scale_set: ScaleSetId) -> str | None:
        """The one that was begun; a look at a journal begins with this question."""
        with self._looking:
            self._looks[scale_set.key] += 1
            self._looking.notify_all()
        live = self.followers.get(self.alive or "")
        return live.name if live and live.at.key == scale_set.key else None

    def looked_at(self, scale_set: ScaleSetId, following: RunWatcher) -> None:
        """Waits for a whole look at the set's journal: until a second one begins."""
        key = scale_set.key
        with self._looking:
            begun = self._looks[key]
            for wanted in (begun + 1, begun + 2):
                following.poll_now()
                while self._looks[key] < wanted and not following.stopped:
                    assert self._looking.wait(PATIENCE), "nobody looks at the journal"

    def latest(self, scale_set: ScaleSetId) -> str | None:
        """The same, or the last."""
        return next(reversed(self.followers), None)

    def follow(self, name: str) -> RunFollower:
        """Its journal, read from the beginning."""
        known = self.followers[name]
        found = FakeFollower(name, known.folder.manifest.plan)
        found.records, found.later = known.records, known.later
        found.silence = known.silence
        return found

    def summaries(self) -> Sequence[RunSummary]:
        """As set."""
        return self.listed


class FakeOperations(OperationsLog):
    """Writes beside runs, as the test sets them."""

    def __init__(self) -> None:
        self.recorded: Sequence[OperationRecord] = ()

    def read(self) -> list[OperationRecord]:
        """As set."""
        return list(self.recorded)


class FakeCockpit(Services):
    """The cockpit's nouns over a fixed world."""

    queries: FakeReadings
    images: FakeImages
    model_writer: FakeModels
    planner: FakePlanning
    run_control: FakeRuns
    instance_operations: FakeOperating
    maintenance: FakeTending
    operations_log: FakeOperations

    def __init__(
        self,
        snapshot: Snapshot | None = None,
        *,
        read_only: bool = False,
        protected: bool = False,
    ) -> None:
        self._gateway = cast(Any, SimpleNamespace(context=CONTEXT, read_only=read_only))
        store = cast(Any, SimpleNamespace(live_run=lambda _scale_set: None))
        self.permission = Permission(
            self._gateway, store, read_only=read_only, protects=lambda _scale_set: protected
        )
        self.default_policy = Policy()
        self.pins = Pins(Path(tempfile.mkdtemp()) / "pins.json")
        self.snapshot = snapshot or web()
        self.first = view(self.snapshot)
        self.subscription_names = FakeNames()
        self.queries, self.images = FakeReadings(self), FakeImages()
        self.model_writer, self.planner, self.run_control = FakeModels(), FakePlanning(), FakeRuns()
        self.instance_operations, self.operations_log = FakeOperating(self), FakeOperations()
        self.maintenance = FakeTending(self.permission, lambda: self.snapshot.scale_set)

    def tell(self, told: LatestView) -> None:
        """The watcher has looked again."""
        if told.snapshot is not None:
            self.snapshot = told.snapshot
        self.queries.watchers[-1].listener(told)


def _at_work() -> list[threading.Thread]:
    """Threads that have not answered yet."""
    return [thread for thread in threading.enumerate() if thread.name == "ask"]


@dataclass
class Settled:
    """The app at rest. `press` and `tell` return when it is at rest again."""

    app: VmssApp
    cockpit: FakeCockpit
    pilot: Pilot[int]

    async def rest(self) -> None:
        """Until every thread has told what it knew, and twice the same is drawn."""
        before = ""
        for _ in range(PATIENCE):
            await asyncio.to_thread(self._heard)
            await self.pilot.pause()
            now = self._drawn()
            if now and now == before and not _at_work():
                return
            before = now
        raise AssertionError(f"the screen does not come to rest:\n{before}")

    def _heard(self) -> None:
        """Every call has been answered, and every journal on screen was looked at since."""
        for thread in _at_work():
            if thread.is_alive():  # one that is about to start is met the next time
                thread.join(PATIENCE)
        for screen in self.app.screen_stack:
            if isinstance(screen, ScaleSetScreen) and screen.following is not None:
                self.cockpit.run_control.looked_at(screen.scale_set, screen.following)
            elif isinstance(screen, ScaleSetListScreen) and hasattr(screen, "tallying"):
                assert screen.counter.idle.wait(PATIENCE), "the list is not counted"

    async def until(self, found: Callable[[], bool]) -> None:
        """At rest again and again, until time has made it so."""
        patient_until = time.monotonic() + PATIENCE
        while time.monotonic() < patient_until:
            await self.rest()
            if found():
                return
        raise AssertionError(f"it does not come about:\n{self.text}")

    async def press(self, *keys: str) -> None:
        """Keys, one after the other."""
        await self.pilot.press(*keys)
        await self.rest()

    async def write(self, text: str) -> None:
        """Types a text."""
        await self.press(*("space" if c == " " else c for c in text))

    async def palette(self) -> None:
        """The palette has found what there is."""
        await self.pilot.app.workers.wait_for_complete()
        await self.rest()

    async def tell(self, told: LatestView) -> None:
        """The watcher tells."""
        self.cockpit.tell(told)
        await self.rest()

    @property
    def screen(self) -> ScaleSetScreen:
        """The scale set screen, wherever it is in the stack."""
        return next(s for s in reversed(self.app.screen_stack) if isinstance(s, ScaleSetScreen))

    @property
    def text(self) -> str:
        """Everything on the terminal, as lines of text."""
        drawn = self._drawn()
        assert drawn, "nothing is laid out"
        return drawn

    def _drawn(self) -> str:
        """The same; empty while a screen is not laid out for the terminal's size yet."""
        width, height = self.app.size
        lines = self.app.screen._compositor.render_strips(self.app.size)
        if len(lines) != height:
            return ""
        return "\n".join(strip.text[:width].rstrip() for strip in lines)

    def line(self, words: str) -> str:
        """The first line on the terminal that has these words."""
        return next((line for line in self.text.split("\n") if words in line), "")

    def shown(self, widget: type[Widget]) -> bool:
        """Is a widget of this kind on the screen?"""
        return any(found.display for found in self.app.screen.query(widget))


@asynccontextmanager
async def settled(
    cockpit: FakeCockpit | None = None,
    size: tuple[int, int] = (120, 36),
    *,
    list_first: bool = False,
    look: Appearance | None = None,
    now: datetime | Callable[[], datetime] = NOON,
    keys: Mapping[str, str] | None = None,
    cell: str = "state",
) -> AsyncIterator[Settled]:
    """The app, connected and at rest, on its scale set (or on the list)."""
    found = cockpit or FakeCockpit()
    target = None if list_first else found.snapshot.scale_set.id
    app = VmssApp(
        lambda: found,
        target,
        appearance=look or Appearance(zone=UTC),
        keys=keys,
        cell_mode=cell,
        now=now if callable(now) else lambda: now,
    )
    async with app.run_test(size=size, notifications=True) as pilot:
        at_rest = Settled(app, found, pilot)
        await at_rest.rest()
        yield at_rest

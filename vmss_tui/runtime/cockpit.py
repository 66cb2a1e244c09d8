"""All that a screen or a command may ask for, in one place.

Methods that speak to Azure block and are called from threads. The pure ones (`change`, `plan`)
answer at once. Nothing here draws, and nothing here decides about a run.
"""

import threading
from collections.abc import Callable, Sequence

import msgspec

from vmss_tui import text
from vmss_tui.catalogue import Catalogue, Tell, quiet
from vmss_tui.fleet.change import Change, change
from vmss_tui.fleet.diff import undo_body
from vmss_tui.fleet.edit import Edit
from vmss_tui.fleet.image import Image
from vmss_tui.fleet.offered import Offered
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import Context, Gateway, Operation
from vmss_tui.runtime import lingering, operations
from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.follower import Follower
from vmss_tui.runtime.gates import resolved
from vmss_tui.runtime.model_writer import ModelWriter, Saved
from vmss_tui.runtime.naming import Names
from vmss_tui.runtime.operating import Operating
from vmss_tui.runtime.operations import OperationsLog
from vmss_tui.runtime.outcome import outcome
from vmss_tui.runtime.permission import Permission, refuse_not_manual
from vmss_tui.runtime.pins import Pins
from vmss_tui.runtime.run_folder import RunFolder, RunSummary
from vmss_tui.runtime.runs import RunStore
from vmss_tui.runtime.steering import Steering
from vmss_tui.runtime.takeover import end_holder
from vmss_tui.runtime.tending import Tending
from vmss_tui.runtime.undoing import Undo
from vmss_tui.runtime.view import View
from vmss_tui.runtime.watcher import Watcher
from vmss_tui.upgrade.events import Want
from vmss_tui.upgrade.expecting import Pace, newest, pace_of
from vmss_tui.upgrade.plan import ModelEdit, Plan, make_plan
from vmss_tui.upgrade.policy import Policy
from vmss_tui.upgrade.reverting import Again, Back
from vmss_tui.upgrade.selection import NoPlan, Selection

_RUNS_READ = 5
"""Earlier runs whose journals are read to know how long batches take."""


class Cockpit:
    """One user's seat: a gateway, a state folder, and the runs in it."""

    welcome: tuple[str, str] = ("", "")
    """In the demo: the title of its story, and what to try first."""

    def __init__(
        self,
        gateway: Gateway,
        store: RunStore,
        clock: Clock,
        *,
        read_only: bool = False,
        default_policy: Policy | None = None,
        subscriptions: Sequence[str] = (),
        launch: Callable[[RunFolder], None],
        poll_interval: float = 6.0,
        protects: Callable[[ScaleSetId], bool] = lambda _scale_set: False,
    ) -> None:
        """`launch` starts a detached worker; `subscriptions` are ids, all visible if empty."""
        self.permission = Permission(gateway, store, read_only=read_only, protects=protects)
        self.default_policy = default_policy or Policy()
        self.store = store
        self._gateway, self._clock = gateway, clock
        self._subscriptions = tuple(subscriptions)
        self.steering = Steering(self.permission, store, clock, launch)
        self._poll_interval = poll_interval
        self.names = Names(gateway.subscriptions)
        self._newest: dict[str, str] = {}
        self.pins = Pins(store.state / "pins.json")
        self._log = OperationsLog(store.state / "operations.jsonl")
        self._writer = ModelWriter(gateway, clock, self._log)
        self.operating = Operating(gateway, clock, self._log, self.permission)
        self.tending = Tending(gateway, clock, self._log, self.permission)

    @property
    def context(self) -> Context:
        """Where and as whom we speak."""
        return self._gateway.context

    @property
    def read_only(self) -> bool:
        """This session only looks."""
        return self.permission.read_only

    @read_only.setter
    def read_only(self, only: bool) -> None:
        self.permission.read_only = only
        self._gateway.read_only = only

    # Reading

    def subscription_name(self, subscription_id: str) -> str:
        """Its name where a list has told it, else its id."""
        return self.names.of(subscription_id)

    def scale_sets(self) -> Sequence[ScaleSet]:
        """All scale sets of the chosen subscriptions, by group and name."""
        visible = self.names.read()
        chosen = self._subscriptions or [s.subscription_id for s in visible]
        found = [each for sub in chosen for each in self._gateway.list_scale_sets(sub)]
        for each in found:
            self.permission.note(each)
        return sorted(found, key=lambda each: each.id.key)

    def observe(self, scale_set: ScaleSetId) -> Snapshot:
        """One reading, now."""
        found = self._gateway.observe(scale_set)
        self.permission.note(found.scale_set)
        return found

    def read_model(self, scale_set: ScaleSetId) -> ScaleSet:
        """The set without its instances."""
        found = self._gateway.read_model(scale_set)
        self.permission.note(found)
        return found

    def watch(self, scale_set: ScaleSetId, listener: Callable[[View], None]) -> Watcher:
        """Starts a thread that tells `listener` of every reading, until `stop`."""

        def told(view: View) -> None:
            if view.snapshot is not None:
                self.permission.note(view.snapshot.scale_set)
            listener(view)

        watcher = Watcher(
            self._gateway,
            self.store,
            self._clock,
            scale_set,
            told,
            at_least=self._poll_interval,
        )
        watcher.start()
        return watcher

    def instance_json(self, scale_set: ScaleSetId, instance_id: str) -> str:
        """An instance as ARM says it, without secrets, indented and cleaned for a screen."""
        raw = text.elided(self._gateway.read_instance(scale_set, instance_id))
        pretty = msgspec.json.format(msgspec.json.encode(raw), indent=2).decode()
        return text.clean(pretty)

    @property
    def catalogue(self) -> Catalogue:
        """What images and sizes there are to choose from."""
        return self._gateway.catalogue

    def offered(
        self,
        scale_set: ScaleSet,
        image: Image | None = None,
        tell: Tell = quiet,
        *,
        fresh: bool = False,
    ) -> Offered:
        """The versions of an image, newest first; of the model's own where none is given."""
        found = self.catalogue.versions(scale_set, image or scale_set.image, tell, fresh=fresh)
        if scale_set.image is not None and found.image == scale_set.image:
            self._newest[scale_set.image.title] = found.newest
        return found

    def newest(self, scale_set: ScaleSet) -> str:
        """The newest version of the model's image, where `offered` has told it; else empty."""
        return self._newest.get(scale_set.image.title, "") if scale_set.image else ""

    # The model

    def change(self, scale_set: ScaleSet, edit: Edit) -> Change:
        """Works out an edit; raises `NotPossible`."""
        return change(scale_set, edit)

    def save(self, scale_set: ScaleSet, wanted: Change, undoes: str = "") -> Saved:
        """Writes the model once, guarded by its etag; see `ModelWriter.save` for what it raises."""
        self.permission.refuse(scale_set.id)
        return self._writer.save(scale_set, wanted, undoes)

    def undo(self, scale_set: ScaleSet) -> Undo | None:
        """The way back from the newest model edit made from this machine; None without one."""
        return self._writer.undo(scale_set)

    def outcome(self, operation: str, stop: threading.Event) -> Operation:
        """How an accepted write ended; may take as long as Azure does, or until `stop` is set."""
        return outcome(self._gateway, self._clock, operation, stop)

    # Runs

    def plan(
        self, snapshot: Snapshot, selection: Selection, policy: Policy, edit: Edit | None = None
    ) -> Plan:
        """Plans a run; raises `NoPlan`, `BadPolicy`, `NotPossible` or `RunRefused`."""
        scale_set = snapshot.scale_set
        refuse_not_manual(scale_set)
        policy = msgspec.structs.replace(policy, gate=resolved(policy.gate))
        wanted = change(scale_set, edit) if edit else None
        if wanted is not None and wanted and not wanted.touches_model:
            raise NoPlan("a run may change the image or the VM size only")
        step = None
        if wanted:
            step = ModelEdit(
                body=msgspec.to_builtins(wanted.body),
                undo=undo_body(scale_set, wanted.body),
                if_match=scale_set.etag or "*",
                lines=tuple(f"{li.path}: {li.old or '–'} → {li.new or '–'}" for li in wanted.lines),
            )
        return make_plan(
            snapshot,
            selection,
            policy,
            edit=step,
            touches_model=bool(wanted),
            newest=self.newest(scale_set),
        )

    def pace(self, scale_set: ScaleSetId) -> Pace | None:
        """What batches of this set took of late, from the newest of its last runs that knows."""
        last = self.store.of(scale_set)[:_RUNS_READ]
        return newest(pace_of(folder.name, folder.read()[0]) for folder in last)

    def warning(self) -> str:
        """What a person should know before a run is started on this machine; may be empty."""
        return lingering.warning()

    def start(self, plan: Plan, *, assumed_yes: bool = False, take_over: str = "") -> str:
        """Starts a confirmed plan in a worker of its own; returns the run's name.

        `take_over` names the run that holds the set, typed by a person: its worker is ended.
        """
        whose = ""
        if take_over and (live := self.store.live(plan.scale_set)) is not None:
            self.permission.refuse(plan.scale_set, run=live.name)
            whose = end_holder(live, take_over)
        self.permission.refuse(plan.scale_set)
        folder = self.store.create(plan, self.context, self._clock.wall(), assumed_yes=assumed_yes)
        self.steering.taken_over(folder, whose)
        self.steering.launch(folder)
        return folder.name

    def resume(self, name: str, take_over: str = "") -> None:
        """Lets a paused, halted or orphaned run go on, with a new worker where it has none, or
        in place of the one that holds the set, whose run a person has typed."""
        self.steering.resume(name, take_over)

    def wish(self, name: str, want: Want) -> None:
        """Tells a live run's worker what a person wants; raises `RunRefused` where it may not."""
        self.steering.wish(name, want)

    def again(self, name: str) -> Again:
        """What a retry would do, to be agreed to; raises `RunRefused` where there is nothing."""
        return self.steering.again(name)

    def retry(self, name: str, instance_ids: Sequence[str]) -> None:
        """Asks the failed instances that `again` showed once more, and goes on."""
        self.steering.retry(name, instance_ids)

    def back(self, name: str) -> Back:
        """What a revert would do, to be agreed to; raises `RunRefused` where there is no way."""
        return self.steering.back(name)

    def revert(self, name: str) -> None:
        """Puts the run's previous model back, then upgrades what it had changed to it."""
        self.steering.revert(name)

    def live_run(self, scale_set: ScaleSetId) -> str | None:
        """The run at work on a scale set now."""
        live = self.store.live(scale_set)
        return live.name if live else None

    def latest_run(self, scale_set: ScaleSetId) -> str | None:
        """The newest run of a scale set, live or not."""
        folders = self.store.of(scale_set)
        return folders[0].name if folders else None

    def follow(self, name: str) -> Follower:
        """Reads a run's journal as it grows."""
        return Follower(self.store.find(name), self._clock)

    def operations(self) -> Sequence[operations.Operation]:
        """Every write outside runs that was recorded here, oldest first."""
        return self._log.read()

    def runs(self) -> Sequence[RunSummary]:
        """All runs, newest first."""
        return [folder.summary() for folder in self.store.all()]

    def close(self) -> None:
        """Lets the gateway's connections go."""
        self._gateway.close()

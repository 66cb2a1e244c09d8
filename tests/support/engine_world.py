"""A scale set in memory that behaves as Azure does. It imports nothing of the engine.

The world records what was sent and what happened (`sent`, `effects`), so that rules are checked
against facts and not against the state of the engine.
Time is a number of seconds that only `advance` moves.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from msgspec import structs

from tests.support.engine_machine import Machine, Operation, Sent
from tests.support.engine_views import Past, PastState, ViewHistory, image, raw_model
from vmss_tui.fleet.azure_maintenance import RollingCode, RollingUpgrade
from vmss_tui.fleet.scale_set import (
    Health,
    Instance,
    PolicyMode,
    PowerState,
    ProvisioningState,
    ScaleSet,
)
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot

SET = ScaleSetId("00000000-0000-0000-0000-000000000001", "web-rg", "web")
PARTS = ("flag", "state", "health", "image")
EPOCH = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)


@dataclass
class World:
    """The scale set. Tests change its public fields; a run sees only `snapshot`."""

    machines: dict[str, Machine]
    version: str = "1.0.1"
    has_health: bool = True
    tells_stale_health: bool = False
    """Azure may report health of instances behind the model, or only of current ones."""
    t: float = 0.0
    etag: int = 1
    policy: PolicyMode = PolicyMode.MANUAL
    upgrade_time: float = 40.0
    warm_up: float = 12.0
    outcome: dict[str, str] = field(default_factory=dict)
    """The result of the next upgrade of an instance: well, fails, sick, ignored."""
    operations: dict[str, Operation] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    effects: dict[str, int] = field(default_factory=dict)
    """Upgrades that really began, by instance."""
    edits: list[str] = field(default_factory=list)
    """Versions that edits of the run wrote into the model."""
    silent: set[str] = field(default_factory=set)
    """Instances for which Azure does not report whether they have the latest model."""
    landing: list[tuple[float, tuple[str, ...], str]] = field(default_factory=list)
    upgraded_by: dict[str, set[str]] = field(default_factory=dict)
    """Instances whose upgrades really began, by the run that requested them."""
    lags: dict[str, float] = field(default_factory=dict)
    """Seconds by which a part of the views lags, by its name in `PARTS`."""
    history: ViewHistory = field(default_factory=ViewHistory)
    exact_versions: bool = True
    """Views name the exact image version, as they do not for a managed image."""
    tells_operations: bool = False
    """The set says `Updating` while an operation is at work on an instance."""
    rolling: RollingUpgrade | None = None
    """Azure's own latest rolling upgrade; between its batches it moves no instance."""

    def advance(self, seconds: float) -> None:
        """Lets time pass: requests land, work ends, instances warm up."""
        if self.lags:
            self.history.record(self.t, self.version, self.machines)
        self.t += seconds
        due = [item for item in self.landing if item[0] <= self.t]
        self.landing = [item for item in self.landing if item[0] > self.t]
        for _, ids, actor in due:
            self._begin(ids, actor)
        for machine in list(self.machines.values()):
            if machine.until is not None and machine.until <= self.t:
                self._end(machine)

    def _begin(self, ids: Iterable[str], actor: str) -> None:
        for instance_id in ids:
            machine = self.machines.get(instance_id)
            outcome = self.outcome.pop(instance_id, "well")
            if machine is None or machine.protected or outcome == "ignored":
                continue
            self.effects[instance_id] = self.effects.get(instance_id, 0) + 1
            self.upgraded_by.setdefault(actor, set()).add(instance_id)
            machine.actor, machine.state = actor, ProvisioningState.UPDATING
            machine.until, machine.becomes = self.t + self.upgrade_time, self.version
            machine.outcome = outcome

    def _end(self, machine: Machine) -> None:
        if machine.state is ProvisioningState.DELETING:
            del self.machines[machine.instance_id]
            return
        at = machine.until or self.t
        if machine.outcome == "fails":
            machine.state = ProvisioningState.FAILED
        else:
            machine.state = ProvisioningState.SUCCEEDED
            machine.unhealthy = machine.outcome == "sick"
            machine.version = machine.becomes or machine.version
            machine.warming_until = at + self.warm_up
        machine.actor, machine.until, machine.becomes, machine.outcome = "", None, None, "well"

    def upgrade(
        self, ids: tuple[str, ...], lands_after: float | None = 0.0, actor: str = "run"
    ) -> str:
        """Accepts a request and returns its operation; with None it never arrives."""
        self.sent.append(Sent(self.t, ids, lands_after is not None))
        if lands_after is None:
            return ""
        if lands_after:
            self.landing.append((self.t + lands_after, ids, actor))
        else:
            self._begin(ids, actor)
        name = f"operation-{len(self.operations)}"
        ends = self.t + lands_after + self.upgrade_time
        failed = any(m.outcome == "fails" for i, m in self.machines.items() if i in ids)
        self.operations[name] = Operation(ids, ends, failed)
        return name

    def refuse(self, ids: tuple[str, ...]) -> None:
        """A request that was sent and refused: it has no effect."""
        self.sent.append(Sent(self.t, ids, happens=False, refused=True))

    def patch(self, version: str, if_match: str) -> bool:
        """An edit of the run; False where the etag has changed."""
        if if_match != f'"{self.etag}"':
            return False
        self.version = version
        self.etag += 1
        self.edits.append(version)
        return True

    def poll(self, name: str) -> str:
        """The status that the operation reports; empty where it cannot be read."""
        operation = self.operations.get(name)
        if operation is None:
            return ""
        if operation.reported is not None:
            return operation.reported
        if self.t < operation.ends:
            return "InProgress"
        return "Failed" if operation.failed else "Succeeded"

    def foreign_edit(self) -> None:
        """Another operator writes another image version."""
        self.version = f"2.{self.etag}.0"
        self.etag += 1

    def rolls(self, code: RollingCode) -> None:
        """Sets the status of Azure's own rolling upgrade."""
        self.rolling = RollingUpgrade(code=code, raw_code=code.value, successful=1, pending=2)

    def foreign_work(self, instance_id: str, seconds: float = 30.0, actor: str = "foreign") -> bool:
        """Another operator works on one instance without changing its model."""
        machine = self.machines.get(instance_id)
        if machine and machine.until is None and machine.state is ProvisioningState.SUCCEEDED:
            machine.actor, machine.state = actor, ProvisioningState.UPDATING
            machine.until, machine.becomes = self.t + seconds, None
            return True
        return False

    def scale_in(self, instance_id: str, seconds: float = 8.0) -> None:
        """Autoscale deletes an instance, which takes a while."""
        machine = self.machines.get(instance_id)
        if machine:
            machine.state, machine.until, machine.actor = (
                ProvisioningState.DELETING,
                self.t + seconds,
                "foreign",
            )

    def scale_out(self) -> None:
        """Autoscale adds an instance with the present model."""
        number = 1 + max((int(i) for i in self.machines), default=0) + 100
        made = Machine(str(number), (None, "pg", 0), self.version)
        made.state, made.until, made.becomes = (
            ProvisioningState.CREATING,
            self.t + 20.0,
            self.version,
        )
        self.machines[made.instance_id] = made

    def give_its_id_to_another(self, instance_id: str) -> None:
        """An instance is deleted, and a new one with the present model gets its id."""
        old = self.machines.get(instance_id)
        if old is not None:
            made = Machine(instance_id, old.row, self.version, generation=old.generation + 1)
            made.state, made.until = ProvisioningState.CREATING, self.t + 20.0
            self.machines[instance_id] = made

    def health(self, machine: Machine) -> Health | None:
        """The health that the instance reports, if any."""
        return self._health_at(Past(self.t, self.version, machine))

    def _health_at(self, past: Past) -> Health | None:
        return past.health(tells_stale=self.tells_stale_health) if self.has_health else None

    def seen(self, machine: Machine, part: str) -> Past:
        """The machine as this part of its view shows it."""
        past = self._state(part)
        return (past and past.of(machine)) or Past(self.t, self.version, machine)

    def _state(self, part: str) -> PastState | None:
        """The earlier state that a part of the views shows; None where it does not lag."""
        lag = self.lags.get(part, 0.0)
        return self.history.at(self.t - lag) if lag else None

    def serves(self, machine: Machine) -> bool:
        """Is it running, settled and not reported unhealthy?"""
        return (
            machine.power is PowerState.RUNNING
            and machine.state is ProvisioningState.SUCCEEDED
            and self.health(machine) in (None, Health.HEALTHY)
        )

    def well(self, machine: Machine, power: PowerState = PowerState.RUNNING) -> bool:
        """Has it the latest model, and is it settled, healthy and in its power state?"""
        if machine.state is not ProvisioningState.SUCCEEDED or machine.version != self.version:
            return False
        if machine.power is not PowerState.RUNNING:
            return machine.power is power
        return self.health(machine) is Health.HEALTHY if self.has_health else True

    def scale_set(self) -> ScaleSet:
        """The scale set as Azure returns it."""
        working = any(m.until is not None for m in self.machines.values())
        busy = self.tells_operations and working
        return ScaleSet(
            id=SET,
            provisioning=ProvisioningState.UPDATING if busy else ProvisioningState.SUCCEEDED,
            policy_mode=self.policy,
            capacity=len(self.machines),
            vm_size="Standard_D2s_v5",
            image=image(self.version),
            etag=f'"{self.etag}"',
            has_health_source=self.has_health,
            model_digest=f"digest-{self.version}",
            raw=raw_model(self.version, self.policy, len(self.machines)),
        )

    def snapshot(self, *, begun: float | None = None) -> Snapshot:
        """A reading of the present that took half a second; without `begun` it ends now."""
        begun = self.t - 0.5 if begun is None else begun
        return Snapshot(
            scale_set=self.scale_set(),
            instances=tuple(self._views()),
            taken_at=EPOCH + timedelta(seconds=self.t),
            begun=begun,
            ended=begun + 0.5,
        )

    def _views(self) -> Iterator[Instance]:
        states = [self._state(part) for part in PARTS]
        for machine in self.machines.values():
            present = Past(self.t, self.version, machine)
            yield self._view(machine, [(past and past.of(machine)) or present for past in states])

    def _view(self, machine: Machine, seen: list[Past]) -> Instance:
        zone, group, domain = machine.row
        flag, state, health, view = seen
        return Instance(
            instance_id=machine.instance_id,
            provisioning=state.machine.state,
            power=machine.power,
            health=self._health_at(health),
            latest_model_applied=(
                None if machine.instance_id in self.silent else flag.machine.version == flag.version
            ),
            zone=zone,
            placement_group=group,
            update_domain=domain,
            image=image(view.machine.version, exact=self.exact_versions),
            protected_from_actions=machine.protected,
            vm_id=f"{machine.instance_id}/{machine.generation}",
            created_at=EPOCH + timedelta(seconds=machine.generation),
        )


def small_set(
    size: int = 6, domains: int = 3, zones: int = 1, current: Iterable[str] = ()
) -> World:
    """A world of `size` outdated instances, spread evenly over domains and zones."""
    world = World({})
    for number in range(size):
        zone = str(number % zones + 1) if zones > 1 else None
        row = (zone, "pg", number // zones % domains)
        version = world.version if str(number) in current else "1.0.0"
        world.machines[str(number)] = Machine(str(number), row, version)
    return world


def altered(instance: Instance, **changes: object) -> Instance:
    """A copy of an instance with some fields changed."""
    return structs.replace(instance, **changes)

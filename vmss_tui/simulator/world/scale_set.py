"""A scale set: its resource, its model and its instances. Time and Azure's rules are elsewhere."""

from dataclasses import dataclass, field, replace
from typing import Any

from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.world.instance import Instance, Model
from vmss_tui.simulator.world.simulated_time import Timeline

PLACEMENT_GROUP_SIZE = 100


@dataclass(frozen=True, slots=True)
class SetState:
    """The resource at one moment. `body` holds what a caller may write, never changed in place."""

    body: Json
    model: Model
    etag: int
    provisioning: str
    settled_at: float

    @property
    def properties(self) -> Json:
        """The writable properties."""
        found: Json = self.body.get("properties", {})
        return found

    @property
    def capacity(self) -> int:
        """How many instances the set should have."""
        return int(self.body.get("sku", {}).get("capacity", 0))

    @property
    def upgrade_mode(self) -> str:
        """Manual, Automatic or Rolling."""
        return str(self.properties.get("upgradePolicy", {}).get("mode", "Manual"))

    @property
    def quoted_etag(self) -> str:
        """The etag with the quotes that belong to it."""
        return f'"{self.etag}"'


@dataclass(slots=True, eq=False)
class ScaleSet:
    """A scale set, Uniform or Flexible."""

    subscription: str
    group: str
    name: str
    location: str
    unique_id: str
    created_at: float
    states: Timeline[SetState]
    instances: dict[str, Instance] = field(default_factory=dict)
    buried: list[Instance] = field(default_factory=list)
    """Deleted instances, for stale answers."""
    next_number: int = 0
    """One more than the highest id ever used."""
    rolling: Any = None
    """The latest rolling upgrade of the service; owned by `rolling`."""
    history: list[Any] = field(default_factory=list)
    """The upgrades of the OS, newest first; owned by `rolling`."""
    watched: bool = False
    """Whether the platform looks for newer builds; owned by `automatic_os`."""
    automatic_repairs: str = "Running"
    held_by: set[str] = field(default_factory=set)
    """Operations in progress that show in its provisioning state."""

    @property
    def label(self) -> str:
        """`group/name`, as the ledger names it."""
        return f"{self.group}/{self.name}"

    @property
    def id(self) -> str:
        """The ARM id."""
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.group}/providers/"
            f"Microsoft.Compute/virtualMachineScaleSets/{self.name}"
        )

    @property
    def flexible(self) -> bool:
        """Whether its instances are virtual machines of their own; fixed for good."""
        return self.state.properties.get("orchestrationMode") == "Flexible"

    @property
    def state(self) -> SetState:
        """The resource as it is."""
        return self.states.current

    @property
    def zones(self) -> list[str]:
        """The zones it spreads over; none when regional."""
        found: list[str] = self.state.body.get("zones", [])
        return found

    def become(self, at: float, **changes: Any) -> None:
        """From `at` on the resource differs by `changes`."""
        self.states.put(at, replace(self.states.current, **changes))

    def touch(self, at: float) -> None:
        """Moves the etag, as the platform does by itself."""
        self.become(at, etag=self.state.etag + 1)

    def is_current(self, instance: Instance, moment: float | None = None) -> bool:
        """Whether an instance has the latest model (at `moment`, None: now)."""
        wanted = self.states.as_of(moment).model.serial
        return instance.states.as_of(moment).model.serial == wanted

    def find(self, instance_id: str) -> Instance | None:
        """An instance by its id; the names of Flexible machines compare without case."""
        found = self.instances.get(instance_id)
        if found is None and self.flexible:
            wanted = instance_id.lower()
            return next((e for key, e in self.instances.items() if key.lower() == wanted), None)
        return found

    def members(self, moment: float | None = None) -> list[Instance]:
        """The instances (at `moment`, None: now) in the order of their ids."""
        found = list(self.instances.values())
        if moment is not None:
            found = [each for each in found + self.buried if each.lived_at(moment)]
        return sorted(found, key=lambda instance: instance.number)

    def domain_for(self, number: int) -> tuple[str | None, int, int, int]:
        """Where a new instance goes: zone, placement group's index, update and fault domain.

        A zonal set spreads over the emptiest zone and shows one domain (maximum spreading), as
        a Flexible one does; a regional one fills groups of a hundred, five domains in each.
        """
        if self.zones:
            counts = {zone: 0 for zone in self.zones}
            for instance in self.instances.values():
                if instance.zone in counts:
                    counts[instance.zone] += 1
            zone = min(self.zones, key=lambda each: (counts[each], each))
            return zone, self.zones.index(zone), 0, 0
        if self.flexible:
            return None, 0, 0, 0
        return None, number // PLACEMENT_GROUP_SIZE, number % 5, number % 5


def disk_name(found: ScaleSet, member: Instance, disk: int) -> str:
    """The name of an instance's OS disk; each replacement gets another."""
    tail = member.vm_id.replace("-", "")
    return f"{found.name}_{member.name}_OsDisk_{disk}_{tail[disk % 16 :]}{tail[: disk % 16]}"

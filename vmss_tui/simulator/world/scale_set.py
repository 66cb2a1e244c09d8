"""A scale set: its resource, its model and its instances over time."""

from dataclasses import dataclass, field, replace
from typing import Any

from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.world.instance import Instance, Model
from vmss_tui.simulator.world.simulated_time import Timeline

PLACEMENT_GROUP_SIZE = 100


@dataclass(frozen=True, slots=True)
class ScaleSetState:
    """The resource at one time. `body` has the writable properties, never changed in place."""

    body: Json
    model: Model
    etag: int
    provisioning: str
    settled_at: float
    """When the last provisioning ended."""
    failure: tuple[str, str] | None = None
    """Code and message of a failed provisioning."""

    @property
    def properties(self) -> Json:
        """The writable properties."""
        properties: Json = self.body.get("properties", {})
        return properties

    @property
    def capacity(self) -> int:
        """The requested number of instances."""
        return int(self.body.get("sku", {}).get("capacity", 0))

    @property
    def upgrade_mode(self) -> str:
        """Manual, Automatic or Rolling."""
        return str(self.properties.get("upgradePolicy", {}).get("mode", "Manual"))

    @property
    def quoted_etag(self) -> str:
        """The etag with its quotes."""
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
    states: Timeline[ScaleSetState]
    instances: dict[str, Instance] = field(default_factory=dict)
    deleted_instances: list[Instance] = field(default_factory=list)
    """Recently deleted instances, for outdated responses."""
    placement_groups: dict[int, str] = field(default_factory=dict)
    """Index of a placement group → its id; written by `behaviour.scaling`."""
    next_instance_number: int = 0
    """One more than the highest number ever used."""
    rolling_upgrade: Any = None
    """The latest `RollingUpgrade`; written by `behaviour.rolling_upgrade`."""
    os_upgrade_history: list[Any] = field(default_factory=list)
    """The OS upgrades, newest first; written by `behaviour.rolling_upgrade`."""
    checks_os_upgrades: bool = False
    """Whether checks for newer images are scheduled; written by `automatic_os_upgrade`."""
    automatic_repairs_state: str = "Running"
    pending_operations: set[str] = field(default_factory=set)
    """Names of the operations that determine its provisioning state."""

    @property
    def label(self) -> str:
        """`group/name`, its name in the ledger and in faults."""
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
        """Whether its orchestration mode is Flexible; it never changes."""
        return self.state.properties.get("orchestrationMode") == "Flexible"

    @property
    def edge_zone(self) -> str | None:
        """The Edge Zone of its region in which it is; it never changes."""
        place: Json | None = self.state.body.get("extendedLocation")
        return str(place.get("name", "")) if place else None

    @property
    def state(self) -> ScaleSetState:
        """The current state."""
        return self.states.current

    @property
    def zones(self) -> list[str]:
        """Its availability zones; empty for a regional set."""
        zones: list[str] = self.state.body.get("zones", [])
        return zones

    def update_state(self, at: float, **changes: Any) -> None:
        """Replaces fields of the state from `at` on."""
        self.states.record(at, replace(self.states.current, **changes))

    def bump_etag(self, at: float) -> None:
        """Increases the etag, as the platform does without a write."""
        self.update_state(at, etag=self.state.etag + 1)

    def has_latest_model(self, instance: Instance, moment: float | None = None) -> bool:
        """Whether an instance has the latest model (at `moment`, None: now)."""
        latest = self.states.as_of(moment).model.serial
        return instance.states.as_of(moment).model.serial == latest

    def instance_by_id(self, instance_id: str) -> Instance | None:
        """An instance by its id; names of Flexible machines compare without case."""
        instance = self.instances.get(instance_id)
        if instance is None and self.flexible:
            key = instance_id.lower()
            return next((i for name, i in self.instances.items() if name.lower() == key), None)
        return instance

    def sorted_instances(self, moment: float | None = None) -> list[Instance]:
        """The instances (at `moment`, None: now) in the order of their numbers."""
        instances = list(self.instances.values())
        if moment is not None:
            candidates = instances + self.deleted_instances
            instances = [instance for instance in candidates if instance.existed_at(moment)]
        return sorted(instances, key=lambda instance: instance.number)

    def placement_for(self, number: int) -> tuple[str | None, int, int, int]:
        """Zone, index of the placement group, update and fault domain of a new instance.

        A zonal set uses its emptiest zone and has one domain (maximum spreading), like a
        Flexible one; a regional one fills groups of a hundred with five domains each.
        """
        if self.zones:
            counts = {zone: 0 for zone in self.zones}
            for instance in self.instances.values():
                if instance.zone in counts:
                    counts[instance.zone] += 1
            zone = min(self.zones, key=lambda name: (counts[name], name))
            return zone, self.zones.index(zone), 0, 0
        if self.flexible:
            return None, 0, 0, 0
        return None, number // PLACEMENT_GROUP_SIZE, number % 5, number % 5


def os_disk_name(scale_set: ScaleSet, instance: Instance, disk: int) -> str:
    """The name of an instance's OS disk number `disk`; each replacement has another name."""
    digits = instance.vm_id.replace("-", "")
    suffix = f"{digits[disk % 16 :]}{digits[: disk % 16]}"
    return f"{scale_set.name}_{instance.name}_OsDisk_{disk}_{suffix}"

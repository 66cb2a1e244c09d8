"""An instance: what it is for good, and the state it is in.

A state is a value that is replaced as a whole; who replaces it, and when, is `lifecycle`'s.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.world.platform_images import Build
from vmss_tui.simulator.world.simulated_time import Timeline

HEALTH_TYPES = ("ApplicationHealthLinux", "ApplicationHealthWindows")


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A scale set's model as it was written once; an instance keeps the one it was given."""

    serial: int
    sku: Json
    profile: Json
    """`virtualMachineProfile`, never changed in place."""

    @property
    def storage(self) -> Json:
        """`storageProfile`; empty for an empty Flexible set."""
        found: Json = self.profile.get("storageProfile") or {}
        return found

    @property
    def image(self) -> Json:
        """`imageReference`; empty for a legacy unmanaged image."""
        reference: Json = self.storage.get("imageReference") or {}
        return reference

    @property
    def extensions(self) -> list[Json]:
        """The extensions that every instance of this model gets."""
        found: list[Json] = self.profile.get("extensionProfile", {}).get("extensions", [])
        return found

    @property
    def reports_health(self) -> bool:
        """Whether instances of this model say how they are."""
        types = (extension.get("properties", {}).get("type") for extension in self.extensions)
        return any(kind in HEALTH_TYPES for kind in types)


@dataclass(frozen=True, slots=True)
class State:
    """An instance at one moment. Moments are simulated seconds since the epoch."""

    model: Model
    build: Build
    """What its OS disk was made from."""
    settled_at: float
    provisioning: str = "Succeeded"
    failure: tuple[str, str] | None = None
    """Code and message of a failed provisioning."""
    power: str = "running"
    agent: str | None = "Ready"
    """None where the platform has no report, as when deallocated."""
    agent_at: float = 0.0
    health: str | None = "healthy"
    """None where no health extension has reported."""
    health_at: float = 0.0
    disk: int = 1
    """Counts the OS disks this instance has had."""
    protection: Json | None = None
    tags: Json = field(default_factory=dict)
    etag: int = 2


@dataclass(slots=True, eq=False)
class Instance:
    """A virtual machine of a scale set."""

    number: int
    """Counts the instances of a set; a Uniform id."""
    instance_id: str
    """What requests name: the number, or a Flexible machine's name."""
    name: str
    computer_name: str
    vm_id: str
    created_at: float
    placement_group: str
    update_domain: int
    fault_domain: int
    zone: str | None
    states: Timeline[State]
    deleted_at: float | None = None
    surplus: bool = False
    """Begun by overprovisioning, to be deleted when enough others are there."""
    operation: str | None = None
    """The operation that has hold of it."""
    before: tuple[Model, Build] | None = None
    """What it had before its last upgrade, for a rollback."""
    turn: int = 0
    """Goes up with every operation, so that steps of an older one are known for stale."""
    encoded: dict[tuple[str, bool, bool], tuple[tuple[int, bool], bytes]] = field(
        default_factory=dict
    )
    """JSON of the current revision by what was asked; owned by `encoding`."""

    @property
    def state(self) -> State:
        """The state it is in."""
        return self.states.current

    def become(self, at: float, **changes: Any) -> None:
        """From `at` on its state differs by `changes`."""
        self.states.put(at, replace(self.states.current, **changes))

    def lived_at(self, moment: float | None) -> bool:
        """Whether it was there at `moment` (None: now)."""
        if moment is None:
            return self.deleted_at is None
        return self.created_at <= moment and (self.deleted_at is None or moment < self.deleted_at)


def base36(number: int, width: int = 6) -> str:
    """A number in base 36, padded, as computer names end."""

    def digits(left: int) -> Iterator[str]:
        while left:
            left, digit = divmod(left, 36)
            yield "0123456789abcdefghijklmnopqrstuvwxyz"[digit]

    return "".join(digits(number))[::-1].rjust(width, "0")

"""An instance: its fixed properties, and its state over time.

A state is an immutable value; `behaviour` decides when it is replaced by another.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.world.boots import Boot, story_of_failure
from vmss_tui.simulator.world.platform_images import ImageBuild
from vmss_tui.simulator.world.simulated_time import Timeline

MIX = "Mix"
"""The name in `sku` of a scale set whose sizes are in `skuProfile`."""
HEALTH_EXTENSION_TYPES = ("ApplicationHealthLinux", "ApplicationHealthWindows")


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """One version of a scale set's model; an instance keeps the version it was given."""

    serial: int
    sku: Json
    profile: Json
    """`virtualMachineProfile`, never changed in place."""

    @property
    def storage_profile(self) -> Json:
        """`storageProfile`; empty for an empty Flexible set."""
        profile: Json = self.profile.get("storageProfile") or {}
        return profile

    @property
    def is_mix(self) -> bool:
        """Whether it names several sizes, of which each instance has one (instance mix)."""
        return self.sku.get("name") == MIX

    @property
    def image_reference(self) -> Json:
        """`imageReference`; empty for a legacy unmanaged image."""
        reference: Json = self.storage_profile.get("imageReference") or {}
        return reference

    @property
    def extensions(self) -> list[Json]:
        """The extensions of every instance of this model."""
        extensions: list[Json] = self.profile.get("extensionProfile", {}).get("extensions", [])
        return extensions

    @property
    def boot_diagnostics(self) -> Json | None:
        """`bootDiagnostics` where the model enables them; None where they are off."""
        setting: Json | None = (self.profile.get("diagnosticsProfile") or {}).get("bootDiagnostics")
        return setting if setting and setting.get("enabled") else None

    @property
    def reports_health(self) -> bool:
        """Whether instances of this model have a health extension."""
        types = (extension.get("properties", {}).get("type") for extension in self.extensions)
        return any(kind in HEALTH_EXTENSION_TYPES for kind in types)


@dataclass(frozen=True, slots=True)
class InstanceState:
    """The state of an instance at one time. Times are simulated seconds since the epoch."""

    model: Model
    build: ImageBuild
    """The source of its OS disk."""
    settled_at: float
    """When the last provisioning ended."""
    provisioning: str = "Succeeded"
    failure: tuple[str, str] | None = None
    """Code and message of a failed provisioning."""
    power: str = "running"
    agent: str | None = "Ready"
    """None where the platform has no report, as for a deallocated instance."""
    agent_at: float = 0.0
    health: str | None = "healthy"
    """None where no health extension has reported."""
    health_at: float = 0.0
    disk: int = 1
    """The number of OS disks that this instance has had."""
    protection: Json | None = None
    tags: Json = field(default_factory=dict)
    etag: int = 2
    metrics: Json | None = None
    """The custom metrics that the application reports through the health extension."""
    size: str = ""
    """Its VM size where the model names several; empty where it is the model's."""
    story: str = ""
    """What is wrong with the guest, by `world.boots`; empty for a healthy one."""
    maintenance: str = ""
    """Planned maintenance: pending, scheduled, completed, or none."""

    @property
    def vm_size(self) -> str:
        """The size that it has."""
        return self.size or str(self.model.sku.get("name", ""))

    @property
    def rolling_metrics(self) -> Json:
        """What the application tells Azure's rolling upgrades, by names in lower case."""
        for name, value in (self.metrics or {}).items():
            if name.lower() == "rollingupgrade" and isinstance(value, dict):
                return {key.lower(): item for key, item in value.items()}
        return {}

    @property
    def skips_upgrade(self) -> bool:
        """Whether the application asks rolling upgrades to leave it out."""
        return str(self.rolling_metrics.get("skipupgrade", "")).lower() == "true"

    @property
    def phase(self) -> float:
        """The place of the instance in the order of a rolling upgrade; without one the last."""
        return float(self.rolling_metrics.get("phaseorderingnumber", math.inf))

    def size_under(self, model: Model) -> str:
        """`size` after an upgrade to `model`: an instance mix leaves every instance its own."""
        return self.vm_size if model.is_mix else ""


@dataclass(slots=True, eq=False)
class Instance:
    """A virtual machine of a scale set."""

    number: int
    """Counts the instances of a set; the id in a Uniform set."""
    instance_id: str
    """The id in requests: the number, or a Flexible machine's name."""
    name: str
    computer_name: str
    vm_id: str
    created_at: float
    placement_group: str
    update_domain: int
    fault_domain: int
    zone: str | None
    states: Timeline[InstanceState]
    deleted_at: float | None = None
    overprovisioned: bool = False
    """Created above the capacity; deleted when the others have been created."""
    operation: str | None = None
    """The name of the operation in progress on it."""
    command: str | None = None
    """The name of the operation of a run command in progress on it."""
    previous: tuple[Model, ImageBuild] | None = None
    """Model and image before its last upgrade, for a rollback."""
    generation: int = 0
    """Increases with each operation, so that steps of an earlier one are ignored."""
    boots: list[Boot] = field(default_factory=list)
    """The latest boots, oldest first; empty before the first one of the simulation."""
    diagnosed_since: float = -math.inf
    """When boot diagnostics were switched on, where that is known."""
    encoded_bodies: dict[tuple[str, bool, bool], tuple[tuple[int, bool], bytes]] = field(
        default_factory=dict
    )
    """JSON of the current revision by shape and options; written by `payloads.encoding`."""

    @property
    def state(self) -> InstanceState:
        """The current state."""
        return self.states.current

    @property
    def boot_history(self) -> list[Boot]:
        """The latest boots; that of its creation where none has happened since."""
        if self.boots:
            return self.boots
        state = self.state
        story = state.story or (story_of_failure(state.failure[0]) if state.failure else "")
        if not story and state.health == "unhealthy":
            story = "application_down"
        return [Boot(self.created_at, story or "healthy")]

    def update_state(self, at: float, **changes: Any) -> None:
        """Replaces fields of the state from `at` on."""
        self.states.record(at, replace(self.states.current, **changes))

    def existed_at(self, moment: float | None) -> bool:
        """Whether it existed at `moment` (None: now)."""
        if moment is None:
            return self.deleted_at is None
        return self.created_at <= moment and (self.deleted_at is None or moment < self.deleted_at)


def base36(number: int, width: int = 6) -> str:
    """A number in base 36 with leading zeros: the end of a computer name."""

    def digits(rest: int) -> Iterator[str]:
        while rest:
            rest, digit = divmod(rest, 36)
            yield "0123456789abcdefghijklmnopqrstuvwxyz"[digit]

    return "".join(digits(number))[::-1].rjust(width, "0")

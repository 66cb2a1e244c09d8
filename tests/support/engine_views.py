"""What was true of the machines of a world at earlier moments, which lagging views show."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from tests.support.engine_machine import Machine
from vmss_tui.fleet.image import Image, ImageKind
from vmss_tui.fleet.scale_set import Health, PolicyMode, PowerState, ProvisioningState


class Past(NamedTuple):
    """One machine at a moment, and the model at that moment."""

    t: float
    version: str
    """Of the model."""
    machine: Machine

    def health(self, *, tells_stale: bool) -> Health | None:
        """What its application reports; `tells_stale`: also where it is behind the model."""
        machine = self.machine
        if machine.power is not PowerState.RUNNING:
            return None
        if machine.state is not ProvisioningState.SUCCEEDED:
            return None
        if machine.version != self.version and not tells_stale:
            return None
        if machine.unhealthy:
            return Health.UNHEALTHY
        return Health.INITIALIZING if self.t < machine.warming_until else Health.HEALTHY


class PastState(NamedTuple):
    """The model and all machines at a moment."""

    t: float
    version: str
    machines: Mapping[str, Machine]

    def of(self, machine: Machine) -> Past | None:
        """The machine at that moment; None where it did not exist."""
        past = self.machines.get(machine.instance_id)
        if past is None or past.generation != machine.generation:
            return None
        return Past(self.t, self.version, past)


@dataclass
class ViewHistory:
    """Every state of the machines, by time."""

    _times: list[float] = field(default_factory=list)
    _states: list[tuple[str, dict[str, Machine]]] = field(default_factory=list)

    def record(self, t: float, version: str, machines: Mapping[str, Machine]) -> None:
        """Adds the state that was true until `t`."""
        self._times.append(t)
        self._states.append((version, {i: machine.copy() for i, machine in machines.items()}))

    def at(self, t: float) -> PastState | None:
        """Every machine at `t`; None where nothing is recorded."""
        if not self._times:
            return None
        version, machines = self._states[max(0, bisect_right(self._times, t) - 1)]
        return PastState(t, version, machines)


def raw_model(version: str, policy: PolicyMode, capacity: int) -> dict[str, Any]:
    """The scale set's JSON."""
    reference = {"publisher": "P", "offer": "O", "sku": "S", "version": version}
    return {
        "sku": {"name": "Standard_D2s_v5", "capacity": capacity},
        "properties": {
            "upgradePolicy": {"mode": policy.value},
            "virtualMachineProfile": {"storageProfile": {"imageReference": reference}},
        },
    }


@cache
def image(version: str, *, exact: bool = False) -> Image:
    """The image of the model, or with `exact` that of an instance."""
    return Image(
        ImageKind.PLATFORM, "P", "O", "S", version, exact_version=version if exact else None
    )

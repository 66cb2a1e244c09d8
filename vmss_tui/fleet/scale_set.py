"""A scale set and its instances, as facts. Knows no HTTP, no time of its own and no screens.

Every field that Azure may leave out says what its absence means; None is never 0 and never
False. Words of Azure that we do not know are kept verbatim in `oddities` and count as unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from vmss_tui.fleet.image import Image
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.states import (
    PROBLEM_STATES,
    TRANSITIONAL_STATES,
    Health,
    Orchestration,
    PolicyMode,
    PowerState,
    ProvisioningState,
    State,
)


class NetworkAddress(msgspec.Struct, frozen=True, gc=False):
    """One configuration of a network card."""

    network_interface: str
    private_ip: str = ""
    """Empty where it has none yet."""
    public_ip: str = ""
    """Its own public address; that of a load balancer before it is none of these."""
    subnet: str = ""
    """`vnet0/web`."""
    remark: str = ""
    """Why a public address that is there could not be read."""


__all__ = [
    "PROBLEM_STATES",
    "TRANSITIONAL_STATES",
    "ComponentStatus",
    "Health",
    "Instance",
    "NetworkInterface",
    "Orchestration",
    "PolicyMode",
    "PowerState",
    "ProvisioningState",
    "ScaleSet",
    "State",
    "Status",
]


class Status(msgspec.Struct, frozen=True, gc=False):
    """One line of an instance view: `ProvisioningState/succeeded`, its level, words and time."""

    code: str
    level: str = ""
    display: str = ""
    message: str = ""
    at: datetime | None = None


class ComponentStatus(msgspec.Struct, frozen=True, gc=False):
    """Something inside an instance that reports by itself: an extension, the agent, a disk."""

    name: str
    version: str = ""
    statuses: tuple[Status, ...] = ()


class NetworkInterface(msgspec.Struct, frozen=True, gc=False):
    """A network card. No list of Azure's holds its addresses."""

    name: str
    subnets: str = ""
    """`vnet0/web`, where its addresses are from; empty where it is not said."""


class MachineIdentity(msgspec.Struct, frozen=True, gc=False):
    """Which machine an instance id names: Azure may give the id of a deleted one to another
    ("Understanding instance IDs")."""

    vm_id: str
    created_at: datetime


class Instance(msgspec.Struct, frozen=True, gc=False):
    """One VM of the set."""

    instance_id: str
    name: str = ""
    provisioning: ProvisioningState = ProvisioningState.UNKNOWN
    power: PowerState = PowerState.UNKNOWN
    health: Health | None = None
    """None: no health signal, which is not bad health."""
    health_at: datetime | None = None
    """When that was reported, where Azure says it."""
    latest_model_applied: bool | None = None
    """None where it is not known; drawn as unknown, never as stale. Azure does not say it in
    Flexible lists: there it is judged by image and size (`flexible.judged`)."""
    zone: str | None = None
    placement_group: str | None = None
    update_domain: int | None = None
    """Meaningful only inside its zone and placement group."""
    fault_domain: int | None = None
    image: Image | None = None
    vm_size: str | None = None
    protected_from_scale_in: bool = False
    protected_from_actions: bool = False
    """Set-level upgrade, reimage and power calls pass it by ("Instance protection")."""
    computer_name: str | None = None
    os_name: str | None = None
    os_version: str | None = None
    created_at: datetime | None = None
    changed_at: datetime | None = None
    """When the last operation on it settled; None while one is under way."""
    network_interfaces: tuple[NetworkInterface, ...] = ()
    agent: ComponentStatus | None = None
    extensions: tuple[ComponentStatus, ...] = ()
    disks: tuple[ComponentStatus, ...] = ()
    statuses: tuple[Status, ...] = ()
    unrecognized: tuple[str, ...] = ()
    """What Azure said that we do not know, verbatim."""
    vm_id: str = ""
    """Azure's name for the machine itself, whatever instance id it has; empty where unsaid."""

    @property
    def machine_identity(self) -> MachineIdentity | None:
        """Which machine this is; None where Azure does not say it in full."""
        return (
            MachineIdentity(self.vm_id, self.created_at) if self.vm_id and self.created_at else None
        )

    def replaces_machine(self, known: MachineIdentity) -> bool:
        """Surely not the machine that was known: neither of its two marks is the same.

        No recording shows whether an upgrade keeps both, so one that differs is not enough.
        """
        if not self.vm_id or self.created_at is None:
            return False
        return self.vm_id != known.vm_id and self.created_at != known.created_at

    @property
    def state(self) -> State:
        """The composite state that the heatmap shows."""
        if (  # nearly all, nearly always
            self.provisioning is _SUCCEEDED
            and self.power is _RUNNING
            and (self.health is None or self.health is _HEALTHY)
        ):
            return _STATE_BY_MODEL[self.latest_model_applied]
        if self.provisioning is ProvisioningState.FAILED:
            return State.FAILED
        if self.power is PowerState.RUNNING and self.health in (Health.UNHEALTHY, Health.UNKNOWN):
            return State.UNHEALTHY
        if self.provisioning in _TRANSITIONAL_PROVISIONING:
            return State.UPDATING
        if self.power in _STATE_BY_POWER:
            return _STATE_BY_POWER[self.power]
        if self.health is Health.INITIALIZING:
            return State.UPDATING
        if self.power is PowerState.UNKNOWN or self.provisioning is ProvisioningState.UNKNOWN:
            return State.UNKNOWN
        return _STATE_BY_MODEL[self.latest_model_applied]

    @property
    def available(self) -> bool:
        """Serving as far as Azure says: running, settled, and not reported sick.

        "No signal" is not sick; a *reported* Unknown or Initializing is not available.
        """
        return (
            self.power is PowerState.RUNNING
            and self.provisioning is ProvisioningState.SUCCEEDED
            and self.health in (None, Health.HEALTHY)
        )

    @property
    def needs_attention(self) -> bool:
        """Wants a person's eye: failed, unhealthy or unknown."""
        return self.state in PROBLEM_STATES


_SUCCEEDED, _RUNNING, _HEALTHY = ProvisioningState.SUCCEEDED, PowerState.RUNNING, Health.HEALTHY
_STATE_BY_MODEL = {True: State.CURRENT, False: State.STALE, None: State.UNKNOWN}
_TRANSITIONAL_PROVISIONING = {
    ProvisioningState.CREATING,
    ProvisioningState.UPDATING,
    ProvisioningState.DELETING,
}
_STATE_BY_POWER = {
    PowerState.STARTING: State.STARTING,
    PowerState.STOPPING: State.STOPPING,
    PowerState.STOPPED: State.STOPPED,
    PowerState.DEALLOCATING: State.DEALLOCATING,
    PowerState.DEALLOCATED: State.DEALLOCATED,
}


@dataclass(frozen=True, slots=True)
class ScaleSet:
    """The set and its model. `raw` is ARM's answer as it came, for diffs and for going back."""

    id: ScaleSetId
    location: str = ""
    orchestration: Orchestration = Orchestration.UNIFORM
    policy_mode: PolicyMode = PolicyMode.UNKNOWN
    capacity: int | None = None
    vm_size: str | None = None
    image: Image | None = None
    zones: tuple[str, ...] = ()
    etag: str | None = None
    """With its quotes, as If-Match wants it. Moves by itself when operations complete."""
    provisioning: ProvisioningState = ProvisioningState.UNKNOWN
    overprovision: bool | None = None
    admin_user: str | None = None
    name_prefix: str | None = None
    fault_domain_count: int | None = None
    has_health_source: bool = False
    """The model carries an Application Health extension or a load-balancer probe."""
    automatic_os_upgrade: bool = False
    automatic_repairs: bool = False
    owner: str | None = None
    """Another service that runs this set (AKS, Service Fabric, Batch …), in words."""
    created_at: datetime | None = None
    tags: tuple[tuple[str, str], ...] = ()
    model_digest: str = ""
    """Changes when the model does (profile, size, plan, zones), not with capacity or etag."""
    raw: Mapping[str, object] = field(default_factory=dict, compare=False, repr=False)

    @property
    def name(self) -> str:
        """The set's own name, without its group."""
        return self.id.name

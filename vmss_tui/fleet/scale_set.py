"""A scale set and its instances. Independent of HTTP, clocks and screens.

Every field that Azure may leave out documents what its absence means; None is never 0 and never
False. Values that this program does not know are kept in `unrecognized` and count as unknown.
Snapshots are written to disk as JSON: `msgspec.field(name=…)` keeps the names of earlier files.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from vmss_tui.fleet.image import Image
from vmss_tui.fleet.owners import OWNER_NOTES
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.states import (
    PROBLEM_STATES,
    STATE_BY_MODEL,
    STATE_BY_POWER,
    TRANSITIONAL_PROVISIONING,
    TRANSITIONAL_STATES,
    Health,
    Orchestration,
    PolicyMode,
    PowerState,
    ProvisioningState,
    State,
)

__all__ = [
    "PROBLEM_STATES",
    "TRANSITIONAL_PROVISIONING",
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
    """An entry of an instance view, such as `ProvisioningState/succeeded`."""

    code: str
    level: str = ""
    display: str = ""
    message: str = ""
    at: datetime | None = None


class ComponentStatus(msgspec.Struct, frozen=True, gc=False):
    """The status of an extension, of the VM agent or of a disk of an instance."""

    name: str
    version: str = ""
    statuses: tuple[Status, ...] = ()


class NetworkInterface(msgspec.Struct, frozen=True, gc=False):
    """A network interface of an instance. Lists of instances do not contain its addresses."""

    name: str
    subnets: str = ""
    """`vnet0/web`; empty where not reported."""


class MachineIdentity(msgspec.Struct, frozen=True, gc=False):
    """Identifies the machine behind an instance id, because Azure may reuse the id of a deleted
    instance ("Understanding instance IDs")."""

    vm_id: str = ""
    """Empty where Azure does not report it."""
    created_at: datetime | None = None
    """None where Azure does not report it."""


class Instance(msgspec.Struct, frozen=True, gc=False):
    """One VM of the set."""

    instance_id: str
    name: str = ""
    provisioning: ProvisioningState = ProvisioningState.UNKNOWN
    power: PowerState = PowerState.UNKNOWN
    health: Health | None = None
    """None where there is no health signal, which does not mean unhealthy."""
    health_at: datetime | None = None
    """When the health was reported; None where not known."""
    latest_model_applied: bool | None = None
    """None where not known: shown as unknown, never as stale. Lists of Flexible sets leave it out;
    there it is derived from image and size (`flexible.fill_in_latest_model_applied`)."""
    zone: str | None = None
    placement_group: str | None = None
    update_domain: int | None = None
    """Unique only inside its zone and placement group."""
    fault_domain: int | None = None
    image: Image | None = None
    vm_size: str | None = None
    protected_from_scale_in: bool = False
    protected_from_actions: bool = False
    """Set-level upgrade, reimage and power requests skip it ("Instance protection")."""
    computer_name: str | None = None
    os_name: str | None = None
    os_version: str | None = None
    created_at: datetime | None = None
    changed_at: datetime | None = None
    """When the last operation on it ended; None while one is in progress."""
    network_interfaces: tuple[NetworkInterface, ...] = msgspec.field(default=(), name="cards")
    agent: ComponentStatus | None = None
    extensions: tuple[ComponentStatus, ...] = ()
    disks: tuple[ComponentStatus, ...] = ()
    statuses: tuple[Status, ...] = ()
    unrecognized: tuple[str, ...] = msgspec.field(default=(), name="oddities")
    """Values from Azure that this program does not know, unchanged."""
    os_type: str = ""
    """`Linux` or `Windows`; empty where not reported."""
    os_disk_attached: bool = False
    """Whether its OS disk is an existing one, without an image."""
    upgrade_phase: int | None = None
    """`PhaseOrderingNumber` that its application reports; lower phases are upgraded first."""
    skip_upgrade: bool = False
    """Whether its application reports `SkipUpgrade`."""
    attached_reason: str = ""
    """What shows that this Flexible VM was attached to the set, and not created from its model."""
    vm_id: str = ""
    """Azure's unique id of the machine, independent of `instance_id`; empty if not reported."""
    maintenance_window: tuple[datetime, datetime] | msgspec.UnsetType = msgspec.UNSET
    """When Azure plans to maintain its host, and restarts it; unset where nothing is planned."""

    @property
    def machine_identity(self) -> MachineIdentity | None:
        """The machine behind the instance id; None where nothing is reported of it."""
        known = self.vm_id or self.created_at
        return MachineIdentity(self.vm_id, self.created_at) if known else None

    def replaces_machine(self, known: MachineIdentity) -> bool | None:
        """Whether this is another machine than `known`; None where that cannot be decided.

        No recorded exchange shows whether an upgrade keeps both fields, so where both are reported
        one difference is not enough. Where only one of them is, it decides.
        """
        if self.vm_id and known.vm_id:
            return self.vm_id != known.vm_id and not _equal(self.created_at, known.created_at)
        same_date = _equal(self.created_at, known.created_at)
        return None if same_date is None else not same_date

    @property
    def state(self) -> State:
        """The composite state shown in the heatmap."""
        if (  # the common case, decided with few comparisons
            self.provisioning is _SUCCEEDED
            and self.power is _RUNNING
            and (self.health is None or self.health is _HEALTHY)
        ):
            return STATE_BY_MODEL[self.latest_model_applied]
        if self.provisioning is ProvisioningState.FAILED:
            return State.FAILED
        if self.power is PowerState.RUNNING and self.health in (Health.UNHEALTHY, Health.UNKNOWN):
            return State.UNHEALTHY
        if self.provisioning in TRANSITIONAL_PROVISIONING:
            return State.UPDATING
        if self.power in STATE_BY_POWER:
            return STATE_BY_POWER[self.power]
        if self.health is Health.INITIALIZING:
            return State.UPDATING
        if self.power is PowerState.UNKNOWN or self.provisioning is ProvisioningState.UNKNOWN:
            return State.UNKNOWN
        return STATE_BY_MODEL[self.latest_model_applied]

    @property
    def available(self) -> bool:
        """Whether it serves as far as is known: running, provisioned and not reported unhealthy.

        No health signal counts as healthy; a *reported* Unknown or Initializing does not.
        """
        return (
            self.power is PowerState.RUNNING
            and self.provisioning is ProvisioningState.SUCCEEDED
            and self.health in (None, Health.HEALTHY)
        )

    @property
    def failure_message(self) -> str:
        """Azure's code and message of the failed status; empty where there is none."""
        for status in self.statuses:
            if "failed" in status.code.lower():
                detail = status.message or status.display
                return f"{status.code}: {detail}" if detail else status.code
        return ""

    @property
    def needs_attention(self) -> bool:
        """Whether it is failed, unhealthy or unknown."""
        return self.state in PROBLEM_STATES


def _equal(one: object | None, other: object | None) -> bool | None:
    return None if one is None or other is None else one == other


_SUCCEEDED, _RUNNING, _HEALTHY = ProvisioningState.SUCCEEDED, PowerState.RUNNING, Health.HEALTHY


@dataclass(frozen=True, slots=True)
class ScaleSet:
    """The set and its model. `raw` is ARM's JSON, used for diffs and for undoing an edit."""

    id: ScaleSetId
    location: str = ""
    edge_zone: str = ""
    """The Edge Zone of the region that it is in (`extendedLocation`); empty in the region."""
    orchestration: Orchestration = Orchestration.UNIFORM
    policy_mode: PolicyMode = PolicyMode.UNKNOWN
    capacity: int | None = None
    vm_size: str | None = None
    """`Mix` in a set with an instance mix, whose sizes are `vm_sizes`."""
    vm_sizes: tuple[str, ...] = ()
    """The sizes of an instance mix (`skuProfile`); empty in other sets."""
    image: Image | None = None
    os_type: str = ""
    """`Linux` or `Windows`, of the model; empty where it does not say."""
    has_profile: bool = True
    """False for a Flexible set that was created without a VM profile."""
    zones: tuple[str, ...] = ()
    etag: str | None = None
    """Including quotes, as If-Match requires. It also changes when operations complete."""
    provisioning: ProvisioningState = ProvisioningState.UNKNOWN
    overprovision: bool | None = None
    admin_user: str | None = None
    name_prefix: str | None = None
    fault_domain_count: int | None = None
    has_health_source: bool = False
    """Whether the model names a source of health signals."""
    health_source: str = ""
    """That source as text, such as `load balancer probe`; empty without one."""
    extensions: tuple[str, ...] = ()
    """Names of the model's extensions."""
    automatic_os_upgrade: bool = False
    automatic_repairs: bool = False
    owner: str | None = None
    """Display name of the service that manages this set (AKS, Service Fabric, Batch …)."""
    created_at: datetime | None = None
    tags: tuple[tuple[str, str], ...] = ()
    model_digest: str = ""
    """Changes when the model does (profile, size, plan, zones), not with capacity or etag."""
    raw: Mapping[str, object] = field(default_factory=dict, compare=False, repr=False)

    @property
    def purchase_plan(self) -> str:
        """`publisher/product/name` of the terms of a marketplace image; empty without any."""
        plan = self.raw.get("plan")
        fields = plan if isinstance(plan, Mapping) else {}
        names = (fields.get(key) for key in ("publisher", "product", "name"))
        return "/".join(name for name in names if isinstance(name, str))

    @property
    def owner_caution(self) -> str:
        """What to know before changing a set that another service manages; empty for others."""
        if not self.owner:
            return ""
        note = OWNER_NOTES.get(self.owner, "")
        caution = (
            f"The scale set is managed by {self.owner}, which may undo or be disrupted by changes"
        )
        return f"{caution}: {note}." if note else f"{caution}."

    @property
    def name(self) -> str:
        """The set's name, without its resource group."""
        return self.id.name

    @property
    def alarming_state(self) -> str:
        """`Failed` or `Deleting`, of the set itself; empty for the states of ordinary work."""
        alarming = (ProvisioningState.FAILED, ProvisioningState.DELETING)
        return str(self.provisioning) if self.provisioning in alarming else ""

    @property
    def place(self) -> str:
        """`westus`, or `westus microsoftlosangeles1` in an Edge Zone."""
        return f"{self.location} {self.edge_zone}".rstrip()

    @property
    def is_mix(self) -> bool:
        """Whether it is an instance mix: Azure chooses the size of each new instance."""
        return (self.vm_size or "").lower() == "mix"

    @property
    def size_text(self) -> str:
        """`Standard_D2s_v3`, or `Mix (Standard_D2as_v4, Standard_D2s_v5)`; empty without a size."""
        sizes = f" ({', '.join(self.vm_sizes)})" if self.vm_sizes else ""
        return f"{self.vm_size or ''}{sizes}".strip()

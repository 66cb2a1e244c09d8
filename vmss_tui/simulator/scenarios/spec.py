"""The data types of scenario definitions; the definitions are in `catalog`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.world.platform_images import OperatingSystem

JAMMY = ("Canonical", "0001-com-ubuntu-server-jammy", "22_04-lts-gen2")


@dataclass(frozen=True, slots=True)
class AttachedMachine:
    """A virtual machine that existed before it was attached to a Flexible set."""

    name: str
    size: str
    image: tuple[str, str, str] | None
    """Publisher, offer, SKU; None for a machine that was made of an existing disk."""
    version: str = ""
    windows: bool = False
    """The operating system of a machine without an image."""


@dataclass(frozen=True, slots=True)
class ScaleSetSpec:
    """One scale set of a scenario."""

    group: str
    name: str
    capacity: int
    image: tuple[str, str, str] | str = JAMMY
    """Publisher, offer, SKU; or an id or a blob's URI with placeholders `{sub}`, `{version}`."""
    version: str = "22.04.202511010"
    """The image version in the model."""
    outdated_version: str = "22.04.202510010"
    """The image version of instances without the latest model."""
    current_share: float = 0.2
    """The share of each zone, placement group and update domain that has the latest model."""
    location: str = "eastus"
    size: str = "Standard_D4s_v5"
    mode: str = "Manual"
    zones: tuple[str, ...] = ()
    single_placement_group: bool = True
    flexible: bool = False
    windows: bool = False
    """The operating system of an image outside the platform catalogue."""
    health_version: str = "1.0"
    """The version of the health extension; 2.0 knows more states than healthy and unhealthy."""
    edge_zone: str = ""
    managed_by: str = ""
    """The id of the resource that manages the set."""
    extensions: tuple[Json, ...] = ()
    """Further extensions, as in a written body."""
    spot: bool = False
    overprovision: bool = False
    without_model: bool = False
    """Neither model nor size nor capacity, as a Flexible set may be."""
    sizes: tuple[str, ...] = ()
    """Several sizes instead of `size` (instance mix)."""
    attached: tuple[AttachedMachine, ...] = ()
    """Machines that were attached to a Flexible set, beside those that it created."""
    boot_diagnostics: str = "managed"
    """Where serial logs are: in `managed` storage, at an account's URI, or empty: off."""
    extra_properties: Json = field(default_factory=dict)
    """Further properties of the set."""
    subscription: int = 0
    """The index of its subscription in the scenario."""
    provisioning: str = "Succeeded"
    failure: tuple[str, str] | None = None
    """Code and message of a failed provisioning of the set."""
    states: Mapping[int, Json] = field(default_factory=dict)
    """Instance number → changes of the state of a healthy running instance."""
    tags: Mapping[str, str] = field(default_factory=lambda: {"env": "production"})


@dataclass(frozen=True, slots=True)
class ImageSpec:
    """One managed image."""

    group: str
    name: str
    os: OperatingSystem
    location: str = "eastus"


@dataclass(frozen=True, slots=True)
class GallerySpec:
    """One gallery with one image and its versions."""

    group: str
    name: str
    image: str
    os: OperatingSystem
    versions: tuple[str, ...]
    """Oldest first; the prefix `-` excludes a version from latest, `!` from the set's region."""
    location: str = "eastus"
    regions: tuple[str, ...] = ()
    """Where all versions have replicas; empty for its own region and West US."""
    late_regions: tuple[str, ...] = ()
    """Regions without a replica of the newest version."""


@dataclass(frozen=True, slots=True)
class OperatorSchedule:
    """Repeated changes of a scale set by another operator; times in simulated seconds."""

    operator: str
    """The client request id of its entries in the ledger."""
    scale_set: str
    """As `group/name`."""
    first: float
    interval: float
    actions: tuple[Json, ...]
    """In this order: `{"scale": 5}`, `{"restart": ["1"]}`, `{"set": {"json.path": value}}`."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A set of simulated resources, with its faults and other operators."""

    name: str
    title: str
    hint: str
    """The keys to try first, in one line; the dashboard's demo shows it at the start."""
    story: str
    sets: tuple[ScaleSetSpec, ...]
    subscriptions: tuple[str, ...] = ("Contoso Production",)
    faults: tuple[Json, ...] = ()
    images: tuple[ImageSpec, ...] = ()
    galleries: tuple[GallerySpec, ...] = ()
    operators: tuple[OperatorSchedule, ...] = ()
    """Operators other than the user."""
    page_size: int = 100
    outdated_report_health: bool = True
    """Whether instances without the latest model report health; documentation is unclear."""

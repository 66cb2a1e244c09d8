"""What a scenario is made of, as data. The scenarios themselves are in `scenarios`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.world.platform_images import OperatingSystem

JAMMY = ("Canonical", "0001-com-ubuntu-server-jammy", "22_04-lts-gen2")


@dataclass(frozen=True, slots=True)
class ScaleSetSpec:
    """One scale set as a scenario describes it."""

    group: str
    name: str
    capacity: int
    image: tuple[str, str, str] | str = JAMMY
    """Publisher, offer, SKU; or an id or a blob's URI with `{sub}` and `{version}` in it."""
    version: str = "22.04.202511010"
    """What the model asks for."""
    outdated_version: str = "22.04.202510010"
    """What the instances run that lack the model."""
    current_share: float = 0.2
    """The share of each zone, placement group and update domain that has the model."""
    location: str = "eastus"
    size: str = "Standard_D4s_v5"
    mode: str = "Manual"
    zones: tuple[str, ...] = ()
    single_placement_group: bool = True
    flexible: bool = False
    windows: bool = False
    """Decides for images that are not the platform's, which know it themselves."""
    spot: bool = False
    overprovision: bool = False
    without_model: bool = False
    """Neither model nor size nor capacity, as a Flexible set may be."""
    extra_properties: Json = field(default_factory=dict)
    """Properties of the set beside the usual ones."""
    subscription: int = 0
    """Which of the scenario's subscriptions it is in."""
    states: Mapping[int, Json] = field(default_factory=dict)
    """Instance id → what differs from a healthy running instance."""
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
    """Oldest first; a `-` before a version excludes it from latest, a `!` keeps it elsewhere."""
    location: str = "eastus"


@dataclass(frozen=True, slots=True)
class Habit:
    """What somebody else does to a scale set, again and again; moments in simulated seconds."""

    who: str
    """The client request id under which it is in the ledger."""
    scale_set: str
    """As `group/name`."""
    first: float
    every: float
    deeds: tuple[Json, ...]
    """In turn: `{"scale": 5}`, `{"restart": ["1"]}`, `{"set": {"json.path": value}}`."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A fleet with a story, and the faults that belong to it."""

    name: str
    title: str
    hint: str
    """What to try first, in one line of keys; the dashboard's demo opens with it."""
    story: str
    sets: tuple[ScaleSetSpec, ...]
    subscriptions: tuple[str, ...] = ("Contoso Production",)
    faults: tuple[Json, ...] = ()
    images: tuple[ImageSpec, ...] = ()
    galleries: tuple[GallerySpec, ...] = ()
    habits: tuple[Habit, ...] = ()
    page_size: int = 100
    outdated_report_health: bool = True
    """Whether instances that lack the model report their health; documentation doubts it."""

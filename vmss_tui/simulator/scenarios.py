"""The named fleets and their stories, as data. How they come alive is `populate`'s."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vmss_tui.simulator.errors import Json

JAMMY = ("Canonical", "0001-com-ubuntu-server-jammy", "22_04-lts-gen2")
NOBLE = ("Canonical", "ubuntu-24_04-lts", "server")
DEBIAN = ("Debian", "debian-12", "12-gen2")
WINDOWS = ("MicrosoftWindowsServer", "WindowsServer", "2022-datacenter-g2")


@dataclass(frozen=True, slots=True)
class SetSpec:
    """One scale set as a scenario describes it."""

    group: str
    name: str
    capacity: int
    image: tuple[str, str, str] = JAMMY
    version: str = "22.04.202511010"
    """What the model asks for."""
    stale_version: str = "22.04.202510010"
    """What the instances run that lack the model."""
    current: float = 0.2
    """The share of each zone, placement group and update domain that has the model."""
    location: str = "eastus"
    size: str = "Standard_D4s_v5"
    mode: str = "Manual"
    zones: tuple[str, ...] = ()
    single_placement_group: bool = True
    subscription: int = 0
    """Which of the scenario's subscriptions it is in."""
    states: Mapping[int, Json] = field(default_factory=dict)
    """Instance id → what differs from a healthy running instance."""
    tags: Mapping[str, str] = field(default_factory=lambda: {"env": "production"})


@dataclass(frozen=True, slots=True)
class Scenario:
    """A fleet with a story, and the faults that belong to it."""

    name: str
    title: str
    story: str
    sets: tuple[SetSpec, ...]
    subscriptions: tuple[str, ...] = ("Contoso Production",)
    faults: tuple[Json, ...] = ()
    page_size: int = 100
    stale_health: bool = True
    """Whether instances that lack the model report their health; documentation doubts it."""


_WEB = SetSpec("web-rg", "web-vmss", 100)
_UNHEALTHY: Json = {"health": "unhealthy"}
_FAILED: Json = {
    "provisioning": "Failed",
    "failure": (
        "VMExtensionProvisioningError",
        "VM has reported a failure when processing extension 'bootstrap' (publisher "
        "'Microsoft.Azure.Extensions' and type 'CustomScript').",
    ),
}
_STOPPED: Json = {"power": "stopped", "health": None}
_DEALLOCATED: Json = {"power": "deallocated", "agent": None, "health": None}


def _fleet() -> tuple[SetSpec, ...]:
    images = (
        (JAMMY, "22.04.202511010", "22.04.202510010"),
        (NOBLE, "24.04.202511020", "24.04.202510010"),
        (DEBIAN, "0.20251006.2257", "0.20250814.2204"),
        (WINDOWS, "20348.4294.251009", "20348.2655.240810"),
    )
    locations = ("eastus", "westeurope", "northeurope", "australiaeast")
    teams = ("web", "api", "batch", "search", "cache", "queue", "ingest", "render", "edge", "auth")
    return tuple(
        SetSpec(
            group=f"{team}-rg",
            name=f"{team}-{stage}",
            capacity=(number * 7) % 13,
            image=images[number % 4][0],
            version=images[number % 4][1],
            stale_version=images[number % 4][2],
            current=(1.0, 0.5, 0.2, 0.0)[number % 4],
            location=locations[number % len(locations)],
            mode=("Manual", "Manual", "Rolling", "Automatic")[number % 4],
            subscription=number % 3,
            tags={"team": team, "stage": stage},
        )
        for number, (team, stage) in enumerate(
            (team, stage) for team in teams for stage in ("prod", "test", "dev", "dr")
        )
    )


_ALL = (
    Scenario(
        "web-100",
        "A hundred web servers in five update domains",
        "Four of twenty instances in each domain have the model already. All are healthy. Two "
        "newer image versions wait in the catalogue.",
        (_WEB,),
    ),
    Scenario(
        "thousand",
        "A thousand instances in ten placement groups",
        "Azure's largest set: ten placement groups of five update domains each.",
        (SetSpec("big-rg", "big-vmss", 1000, single_placement_group=False),),
    ),
    Scenario(
        "zonal",
        "Ninety instances over three zones",
        "Maximum spreading: zones stand where update domains stood, which are all 0.",
        (
            SetSpec(
                "zone-rg",
                "zone-vmss",
                90,
                zones=("1", "2", "3"),
                single_placement_group=False,
                location="eastus2",
            ),
        ),
    ),
    Scenario(
        "sick",
        "A hundred web servers, some of them sick before anything began",
        "Six instances are unhealthy, two failed to provision, one is stopped, two deallocated.",
        (
            SetSpec(
                "web-rg",
                "web-vmss",
                100,
                states={
                    **dict.fromkeys((3, 17, 24, 41, 58, 90), _UNHEALTHY),
                    **dict.fromkeys((12, 66), _FAILED),
                    33: _STOPPED,
                    **dict.fromkeys((71, 85), _DEALLOCATED),
                },
            ),
        ),
    ),
    Scenario(
        "bad-image",
        "A hundred web servers and a newest image that breaks them",
        "Instances of version 22.04.202601010 start, and never become healthy.",
        (_WEB,),
        faults=({"instance": "never_healthy", "version": "22.04.202601010"},),
    ),
    Scenario(
        "rolling-policy",
        "Azure's own rolling upgrade",
        "A model write starts the service's rolling upgrade, batch after batch.",
        (SetSpec("web-rg", "web-vmss", 20, mode="Rolling"),),
    ),
    Scenario(
        "automatic-policy",
        "A model write upgrades all at once",
        "Upgrade mode Automatic: nobody is asked, every instance goes at the same time.",
        (SetSpec("web-rg", "web-vmss", 20, mode="Automatic"),),
    ),
    Scenario(
        "fleet",
        "Forty scale sets in three subscriptions",
        "Ten teams with four stages each; images, modes and sizes of all kinds.",
        _fleet(),
        subscriptions=("Contoso Production", "Contoso Staging", "Contoso Labs"),
    ),
    Scenario(
        "empty",
        "A scale set without instances",
        "Nothing runs here.",
        (SetSpec("empty-rg", "empty-vmss", 0),),
    ),
)

SCENARIOS: Mapping[str, Scenario] = {each.name: each for each in _ALL}
"""Every scenario by its name; the first is the demo's default."""

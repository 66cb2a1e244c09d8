"""The catalogue of platform images: publishers, offers, SKUs, versions. Regions are all alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from vmss_tui.simulator.errors import Json, image_not_found


@dataclass(frozen=True, slots=True)
class Os:
    """What an instance of an image says about itself."""

    kind: str
    name: str
    version: str
    generation: str = "V2"
    size: int = 30
    """Of the disk, in GB."""


@dataclass(frozen=True, slots=True)
class Sku:
    """An image SKU with its versions, oldest first."""

    os: Os
    versions: tuple[str, ...]
    deprecated: tuple[str, ...] = ()
    scheduled: tuple[str, ...] = ()


_JAMMY = (
    "22.04.202508140",
    "22.04.202509110",
    "22.04.202510010",
    "22.04.202511010",
    "22.04.202512010",
    "22.04.202601010",
)
_UBUNTU = {
    "0001-com-ubuntu-server-jammy": {
        "22_04-lts": Sku(Os("Linux", "ubuntu", "22.04", "V1"), _JAMMY),
        "22_04-lts-gen2": Sku(
            Os("Linux", "ubuntu", "22.04"),
            _JAMMY,
            deprecated=("22.04.202508140",),
            scheduled=("22.04.202509110",),
        ),
    },
    "0001-com-ubuntu-server-focal": {
        "20_04-lts-gen2": Sku(Os("Linux", "ubuntu", "20.04"), ("20.04.202505200",)),
    },
    "ubuntu-24_04-lts": {
        "server": Sku(
            Os("Linux", "ubuntu", "24.04"),
            ("24.04.202510010", "24.04.202511020", "24.04.202601090"),
        ),
    },
    "UbuntuServer": {
        "16.04-LTS": Sku(Os("Linux", "ubuntu", "16.04", "V1"), ("16.04.202109281",)),
        "16.04.0-LTS": Sku(Os("Linux", "ubuntu", "16.04", "V1"), ("16.04.201912110",)),
        "18.04-LTS": Sku(
            Os("Linux", "ubuntu", "18.04", "V1"),
            ("18.04.202306070", "18.04.202401161"),
            deprecated=("18.04.202306070",),
        ),
    },
}
_WINDOWS = {
    "WindowsServer": {
        "2022-datacenter-g2": Sku(
            Os("Windows", "Windows Server 2022 Datacenter", "10.0.20348.2655", size=127),
            ("20348.2655.240810", "20348.4294.251009", "20348.4405.251112"),
        ),
        "2019-Datacenter": Sku(
            Os("Windows", "Windows Server 2019 Datacenter", "10.0.17763.7922", "V1", 127),
            ("17763.7922.251009", "17763.8027.251112"),
        ),
    },
}
_DEBIAN = {
    "debian-10": {
        "10": Sku(Os("Linux", "debian", "10", "V1"), ("0.20230802.1460", "0.20240430.1733"))
    },
    "debian-12": {
        "12-gen2": Sku(
            Os("Linux", "debian", "12"),
            ("0.20250814.2204", "0.20251006.2257", "0.20251112.2294"),
        ),
    },
}
_RED_HAT = {
    "RHEL": {
        "9-lvm-gen2": Sku(
            Os("Linux", "redhat", "9.6", size=64),
            ("9.5.2025031912", "9.6.2025080412", "9.6.2025110611"),
        ),
    },
}
_CENTOS = {"CentOS": {"7.5": Sku(Os("Linux", "centos", "7.5", "V1"), ("7.5.201808150",))}}

PLATFORM: Mapping[str, Mapping[str, Mapping[str, Sku]]] = {
    "Canonical": _UBUNTU,
    "Debian": _DEBIAN,
    "MicrosoftWindowsServer": _WINDOWS,
    "OpenLogic": _CENTOS,
    "RedHat": _RED_HAT,
}
"""Publisher → offer → SKU."""

UNKNOWN_OS = Os("Linux", "linux", "1.0")


def fold(name: str, within: Mapping[str, object]) -> str | None:
    """The key of `within` that is `name` but for its case."""
    return next((key for key in within if key.lower() == name.lower()), None)


@lru_cache(maxsize=256)
def find_sku(publisher: str, offer: str, sku: str) -> Sku | None:
    """An SKU of the catalogue, names compared without case."""
    found_publisher = fold(publisher, PLATFORM)
    offers = PLATFORM[found_publisher] if found_publisher else {}
    found_offer = fold(offer, offers)
    skus = offers[found_offer] if found_offer else {}
    found_sku = fold(sku, skus)
    return skus[found_sku] if found_sku else None


@dataclass(frozen=True, slots=True)
class Build:
    """What an instance really runs: one image, not a rule for finding one."""

    source: str
    """Tells it from every other: a URN with its exact version, an id in lower case, or a URI."""
    os: Os
    version: str | None = None
    """`exactVersion`; None where the form has no versions (managed images, blobs)."""

    @property
    def label(self) -> str:
        """What a fault calls it: its version, or the last part of its name."""
        return self.version or self.source.rsplit("/", 1)[-1]


def platform_build(reference: Json) -> Build:
    """The build that a platform reference means now; raises Azure's refusal if there is none."""
    parts = [str(reference.get(key, "")) for key in ("publisher", "offer", "sku")]
    sku = find_sku(parts[0], parts[1], parts[2])
    version = str(reference.get("version", "latest"))
    if sku is not None and version.lower() == "latest":
        version = sku.versions[-1]
    urn = ":".join((*parts, version))
    if sku is None or version not in sku.versions:
        raise image_not_found(urn)
    return Build(urn.lower(), sku.os, version)

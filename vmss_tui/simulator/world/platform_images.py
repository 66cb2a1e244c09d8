"""The platform image catalogue: publishers, offers, SKUs, versions; the same in every region."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from vmss_tui.simulator.errors import Json, image_not_found


@dataclass(frozen=True, slots=True)
class OperatingSystem:
    """The operating system of an image, as its instances report it."""

    kind: str
    name: str
    version: str
    generation: str = "V2"
    size: int = 30
    """Size of the OS disk in GB."""


@dataclass(frozen=True, slots=True)
class ImageSku:
    """An image SKU with its versions, oldest first."""

    os: OperatingSystem
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
        "22_04-lts": ImageSku(OperatingSystem("Linux", "ubuntu", "22.04", "V1"), _JAMMY),
        "22_04-lts-gen2": ImageSku(
            OperatingSystem("Linux", "ubuntu", "22.04"),
            _JAMMY,
            deprecated=("22.04.202508140",),
            scheduled=("22.04.202509110",),
        ),
    },
    "0001-com-ubuntu-server-focal": {
        "20_04-lts-gen2": ImageSku(
            OperatingSystem("Linux", "ubuntu", "20.04"), ("20.04.202505200",)
        ),
    },
    "ubuntu-24_04-lts": {
        "server": ImageSku(
            OperatingSystem("Linux", "ubuntu", "24.04"),
            ("24.04.202510010", "24.04.202511020", "24.04.202601090"),
        ),
    },
    "UbuntuServer": {
        "16.04-LTS": ImageSku(
            OperatingSystem("Linux", "ubuntu", "16.04", "V1"), ("16.04.202109281",)
        ),
        "16.04.0-LTS": ImageSku(
            OperatingSystem("Linux", "ubuntu", "16.04", "V1"), ("16.04.201912110",)
        ),
        "18.04-LTS": ImageSku(
            OperatingSystem("Linux", "ubuntu", "18.04", "V1"),
            ("18.04.202306070", "18.04.202401161"),
            deprecated=("18.04.202306070",),
        ),
    },
}
_WINDOWS = {
    "WindowsServer": {
        "2022-datacenter-g2": ImageSku(
            OperatingSystem(
                "Windows", "Windows Server 2022 Datacenter", "10.0.20348.2655", size=127
            ),
            ("20348.2655.240810", "20348.4294.251009", "20348.4405.251112"),
        ),
        "2019-Datacenter": ImageSku(
            OperatingSystem(
                "Windows", "Windows Server 2019 Datacenter", "10.0.17763.7922", "V1", 127
            ),
            ("17763.7922.251009", "17763.8027.251112"),
        ),
    },
}
_DEBIAN = {
    "debian-10": {
        "10": ImageSku(
            OperatingSystem("Linux", "debian", "10", "V1"), ("0.20230802.1460", "0.20240430.1733")
        )
    },
    "debian-12": {
        "12-gen2": ImageSku(
            OperatingSystem("Linux", "debian", "12"),
            ("0.20250814.2204", "0.20251006.2257", "0.20251112.2294"),
        ),
    },
}
_RED_HAT = {
    "RHEL": {
        "9-lvm-gen2": ImageSku(
            OperatingSystem("Linux", "redhat", "9.6", size=64),
            ("9.5.2025031912", "9.6.2025080412", "9.6.2025110611"),
        ),
    },
}
_CENTOS = {
    "CentOS": {"7.5": ImageSku(OperatingSystem("Linux", "centos", "7.5", "V1"), ("7.5.201808150",))}
}

PLATFORM_CATALOGUE: Mapping[str, Mapping[str, Mapping[str, ImageSku]]] = {
    "Canonical": _UBUNTU,
    "Debian": _DEBIAN,
    "MicrosoftWindowsServer": _WINDOWS,
    "OpenLogic": _CENTOS,
    "RedHat": _RED_HAT,
}
"""Publisher → offer → SKU."""

_LATE_IN_EDGE_ZONE = 2
"""How many of the newest versions an Edge Zone does not offer yet."""
UNKNOWN_OS = OperatingSystem("Linux", "linux", "1.0")


def matching_key(name: str, within: Mapping[str, object]) -> str | None:
    """The key of `within` that equals `name` without case."""
    return next((key for key in within if key.lower() == name.lower()), None)


@lru_cache(maxsize=256)
def find_sku(publisher: str, offer: str, sku: str) -> ImageSku | None:
    """An SKU of the catalogue; the names compare without case."""
    publisher_key = matching_key(publisher, PLATFORM_CATALOGUE)
    offers = PLATFORM_CATALOGUE[publisher_key] if publisher_key else {}
    offer_key = matching_key(offer, offers)
    skus = offers[offer_key] if offer_key else {}
    sku_key = matching_key(sku, skus)
    return skus[sku_key] if sku_key else None


@dataclass(frozen=True, slots=True)
class ImageBuild:
    """The one image that an instance runs, resolved from an image reference."""

    source: str
    """Its identity: a URN with the exact version, an id in lower case, or a URI."""
    os: OperatingSystem
    version: str | None = None
    """`exactVersion`; None for managed images and blobs, which have no versions."""

    @property
    def label(self) -> str:
        """Its name in fault definitions: the version, or the last part of `source`."""
        return self.version or self.source.rsplit("/", 1)[-1]


def offered_versions(sku: ImageSku, edge_zone: str | None) -> tuple[str, ...]:
    """The versions, oldest first; new ones are offered in an Edge Zone later than in its region."""
    if edge_zone is None:
        return sku.versions
    return sku.versions[:-_LATE_IN_EDGE_ZONE] or sku.versions[:1]


def resolve_platform_build(reference: Json, edge_zone: str | None = None) -> ImageBuild:
    """The image that a platform reference resolves to now. Raises ArmError where there is none."""
    parts = [str(reference.get(key, "")) for key in ("publisher", "offer", "sku")]
    sku = find_sku(parts[0], parts[1], parts[2])
    version = str(reference.get("version", "latest"))
    if sku is not None and version.lower() == "latest":
        version = offered_versions(sku, edge_zone)[-1]
    urn = ":".join((*parts, version))
    if sku is None or version not in offered_versions(sku, edge_zone):
        raise image_not_found(urn)
    return ImageBuild(urn.lower(), sku.os, version)

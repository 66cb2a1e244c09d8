"""What is read of Azure for the checks before the first write."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from msgspec import Struct

T = TypeVar("T")


class ImageTraits(Struct, frozen=True):
    """What one version of an image requires. Sources: "Virtual Machine Images - Get", "Gallery
    Images - Get"."""

    generation: str = ""
    """`V1` or `V2`; empty where not reported."""
    architecture: str = ""
    """`x64` or `Arm64`; empty where not reported."""
    security: str = ""
    """Its feature `SecurityType`, such as `TrustedLaunchSupported`; empty where it has none."""
    plan: str = ""
    """`publisher/product/name` of the purchase plan; empty where it needs none."""
    security_known: bool = True
    """Whether features are reported at all: shared galleries may leave them out."""


class SizeTraits(Struct, frozen=True):
    """What a VM size offers. Source: "Resource Skus - List"."""

    name: str
    family: str = ""
    """The name of its quota, such as `standardDSv5Family`."""
    cores: int | None = None
    generations: tuple[str, ...] = ()
    """`V1`, `V2`; empty where not reported."""
    architecture: str = ""
    trusted_launch: bool = True
    """False where the size has the capability `TrustedLaunchDisabled`."""
    confidential: bool = False
    """Whether it has the capability `ConfidentialComputingType`."""
    restriction: str = ""
    """Why the subscription may not use it in the region (`reasonCode`); empty where it may."""
    closed_zones: tuple[str, ...] = ()
    """Zones of the region in which the subscription may not use it."""


class Usage(Struct, frozen=True):
    """A quota and how much of it is used. Source: "Usage - List"."""

    name: str
    """`cores`, `standardDSv5Family`, `lowPriorityCores` …"""
    title: str
    used: int
    limit: int

    @property
    def free(self) -> int:
        """How much is left."""
        return max(0, self.limit - self.used)


class ReplicationState(StrEnum):
    """Of a gallery image version in one region ("Gallery Image Versions - Get")."""

    COMPLETED = "Completed"
    REPLICATING = "Replicating"
    FAILED = "Failed"
    UNKNOWN = "Unknown"


class Replication(Struct, frozen=True):
    """The replication of a gallery image version, by region in lower case without spaces."""

    states: Mapping[str, tuple[ReplicationState, int | None]]
    """Region -> state and progress in percent (None where not reported)."""


class Grant(Struct, frozen=True):
    """What one role assignment allows. Source: "Permissions - List For Resource Group"."""

    actions: tuple[str, ...]
    """Patterns such as `Microsoft.Compute/*`."""
    not_actions: tuple[str, ...] = ()
    """Patterns that are taken away from `actions`."""


Sizes = Mapping[str, SizeTraits]
"""Name of a VM size in lower case -> its traits, in one region for one subscription."""

Usages = Mapping[str, Usage]
"""Name of a quota in lower case -> its usage."""


class Fact(Struct, Generic[T], frozen=True):
    """What was read, or why it could not be."""

    value: T | None = None
    problem: str = ""
    """Why there is no value; empty where there is one."""
    is_missing: bool = False
    """Azure answered that what was read does not exist."""

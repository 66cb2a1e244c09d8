"""The protocol that reads what is checked before the first write. One request each, no cache."""

from typing import Protocol

from vmss_tui.fleet.image import Image
from vmss_tui.fleet.preflight.facts import Grant, ImageTraits, Replication, Sizes, Usages
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.scale_set_id import ScaleSetId


class PreflightReads(Protocol):
    """Reads of the catalogue, of quotas and of rights. Each may raise any `GatewayError`, and
    `BadName` for a name that cannot be requested."""

    def read_image(self, scale_set: ScaleSet, image: Image, version: str) -> ImageTraits:
        """What a version of an image requires: its own features, or those of a gallery's image
        definition, or of a managed image."""

    def read_replication(self, image: Image, version: str) -> Replication:
        """The replication of a version of a gallery image."""

    def read_sizes(self, subscription_id: str, location: str) -> Sizes:
        """The VM sizes of a region; about 1 MB."""

    def read_usages(self, subscription_id: str, location: str) -> Usages:
        """The quotas of a region."""

    def read_terms(self, subscription_id: str, plan: str) -> bool:
        """Whether the terms of a purchase plan, `publisher/product/name`, are accepted."""

    def read_group_grants(self, scale_set: ScaleSetId) -> tuple[Grant, ...]:
        """The role assignments of the principal on the resource group, and above it."""

    def read_grants(self, scale_set: ScaleSetId) -> tuple[Grant, ...]:
        """The role assignments of the principal on the scale set, its group and above."""

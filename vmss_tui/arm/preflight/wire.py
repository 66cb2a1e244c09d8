"""Typed structs of what is checked before the first write.

Shapes: recorded `vmimage-version-get-features-2026`, `skus-2017-restrictions`,
`compute-usages-westus`, `flow-marketplace-terms-accept`; "Gallery Image Versions - Get" with
`ReplicationStatus`, "Permissions - List For Resource Group".
"""

import msgspec

from vmss_tui.arm.wire.compute import Wire


class PairWire(Wire):
    """A feature of an image, or a capability of a VM size."""

    name: str | None = None
    value: str | None = None


class PlanWire(Wire):
    """The purchase plan of a platform image (`plan`), or of a gallery's (`purchasePlan`)."""

    publisher: str | None = None
    product: str | None = None
    name: str | None = None


class RequirementsWire(Wire):
    """Properties of a platform image version, an image definition or a managed image."""

    hyper_v_generation: str | None = msgspec.field(name="hyperVGeneration", default=None)
    architecture: str | None = None
    features: list[PairWire | None] | None = None
    plan: PlanWire | None = None
    purchase_plan: PlanWire | None = None


class RequirementWire(Wire):
    """A platform image version, an image definition or a managed image."""

    properties: RequirementsWire | None = None


class RegionalReplicationWire(Wire):
    """`RegionalReplicationStatus`; the region is its display name."""

    region: str | None = None
    state: str | None = None
    progress: int | None = None


class ReplicationStatusWire(Wire):
    """`ReplicationStatus`."""

    summary: list[RegionalReplicationWire | None] | None = None


class ReplicatedPropertiesWire(Wire):
    """Properties of a gallery image version, expanded with `ReplicationStatus`."""

    replication_status: ReplicationStatusWire | None = None


class ReplicatedWire(Wire):
    """A gallery image version."""

    properties: ReplicatedPropertiesWire | None = None


class RestrictionInfoWire(Wire):
    """`ResourceSkuRestrictionInfo`."""

    locations: list[str] | None = None
    zones: list[str] | None = None


class RestrictionWire(Wire):
    """`ResourceSkuRestrictions`; of type `Location` or `Zone`."""

    type: str | None = None
    reason_code: str | None = None
    restriction_info: RestrictionInfoWire | None = None


class ResourceSkuWire(Wire):
    """`ResourceSku`."""

    resource_type: str | None = None
    name: str | None = None
    family: str | None = None
    capabilities: list[PairWire | None] | None = None
    restrictions: list[RestrictionWire | None] | None = None


class UsageNameWire(Wire):
    """`UsageName`."""

    value: str | None = None
    localized_value: str | None = None


class UsageWire(Wire):
    """`Usage`."""

    limit: int | None = None
    current_value: int | None = None
    name: UsageNameWire | None = None


class TermsPropertiesWire(Wire):
    """Properties of `AgreementTerms`."""

    accepted: bool | None = None


class TermsWire(Wire):
    """`AgreementTerms`."""

    properties: TermsPropertiesWire | None = None


class GrantWire(Wire):
    """`Permission`."""

    actions: list[str] | None = None
    not_actions: list[str] | None = None

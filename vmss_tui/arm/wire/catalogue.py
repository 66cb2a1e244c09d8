"""Typed structs of the image catalogue. Shapes: recorded exchanges (`vmimage-…`, `gallery-…`,
`managed-images-list-rg`, `vmss-list-skus`) and "Shared Gallery Image Versions - List"."""

import msgspec

from vmss_tui.arm.wire.compute import SkuWire, Wire


class NamedWire(Wire):
    """An entry of which only the name is used."""

    name: str | None = None


class RegionWire(Wire):
    """`TargetRegion`; its name is the display name."""

    name: str | None = None
    exclude_from_latest: bool | None = None


class ExtendedLocationWire(Wire):
    """`GalleryExtendedLocation`."""

    name: str | None = None


class TargetExtendedLocationWire(Wire):
    """`GalleryTargetExtendedLocation`: a replica in an Edge Zone of a region."""

    name: str | None = None
    extended_location: ExtendedLocationWire | None = None


class PublishingWire(Wire):
    """`GalleryImageVersionPublishingProfile`."""

    published_date: str | None = None
    end_of_life_date: str | None = None
    exclude_from_latest: bool | None = None
    target_regions: list[RegionWire | None] | None = None
    target_extended_locations: list[TargetExtendedLocationWire | None] | None = None


class DeprecationWire(Wire):
    """`ImageDeprecationStatus`."""

    image_state: str | None = None
    scheduled_deprecation_time: str | None = None


class VersionPropertiesWire(Wire):
    """Properties of a platform version, a gallery version, or a shared or community one."""

    image_deprecation_status: DeprecationWire | None = None
    hyper_v_generation: str | None = msgspec.field(name="hyperVGeneration", default=None)
    architecture: str | None = None
    publishing_profile: PublishingWire | None = None
    provisioning_state: str | None = None
    published_date: str | None = None
    end_of_life_date: str | None = None
    exclude_from_latest: bool | None = None
    image_state: str | None = None


class VersionWire(Wire):
    """One version of an image."""

    name: str | None = None
    properties: VersionPropertiesWire | None = None


class ImageOsDiskWire(Wire):
    """The OS disk of a managed image."""

    os_type: str | None = None


class ImageStorageWire(Wire):
    """`ImageStorageProfile`."""

    os_disk: ImageOsDiskWire | None = None


class DefinitionPropertiesWire(Wire):
    """Properties of a gallery's image definition, or of a managed image."""

    hyper_v_generation: str | None = msgspec.field(name="hyperVGeneration", default=None)
    architecture: str | None = None
    os_type: str | None = None
    storage_profile: ImageStorageWire | None = None


class DefinitionWire(Wire):
    """A gallery's image definition, a managed image, or a gallery."""

    id: str | None = None
    name: str | None = None
    location: str | None = None
    properties: DefinitionPropertiesWire | None = None


class SizeWire(Wire):
    """`VirtualMachineScaleSetSku`."""

    sku: SkuWire | None = None

"""Translates entries of the image catalogue. Every text is cleaned here."""

import msgspec

from vmss_tui.arm.translate.statuses import parse_time
from vmss_tui.arm.wire.catalogue import DefinitionWire, PublishingWire, SizeWire, VersionWire
from vmss_tui.arm.wire.decode import decode_item
from vmss_tui.fleet.image import image_from_id
from vmss_tui.fleet.image_offers import ImageVersion, OwnImage, SupportState, same_region
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.text import clean

_SUPPORT = {
    "deprecated": SupportState.WITHDRAWN,
    "softdeleted": SupportState.WITHDRAWN,
    "scheduledfordeprecation": SupportState.ENDING,
}


def translate_platform_version(item: msgspec.Raw) -> ImageVersion | None:
    """A version of a platform image; None for an entry without a name."""
    wire, _ = decode_item(item, VersionWire)
    if not wire.name:
        return None
    properties = wire.properties
    status = properties.image_deprecation_status if properties else None
    return ImageVersion(
        clean(wire.name),
        _support(status.image_state if status else None),
        parse_time(status.scheduled_deprecation_time) if status else None,
        generation=clean(properties.hyper_v_generation or "") if properties else "",
        architecture=clean(properties.architecture or "") if properties else "",
    )


def translate_gallery_version(item: msgspec.Raw, scale_set: ScaleSet) -> ImageVersion | None:
    """A version of a gallery's image, with whether it is replicated to where the set is."""
    wire, _ = decode_item(item, VersionWire)
    if not wire.name:
        return None
    properties = wire.properties
    profile = properties.publishing_profile if properties else None
    replica = next(
        (
            target_region
            for target_region in (profile.target_regions or () if profile else ())
            if target_region and same_region(target_region.name or "", scale_set.location)
        ),
        None,
    )
    in_region = replica is not None
    if profile and scale_set.edge_zone:
        in_region = _has_edge_replica(profile, scale_set.edge_zone)
    state = (properties.provisioning_state if properties else None) or "Succeeded"
    return ImageVersion(
        clean(wire.name),
        ends_at=parse_time(profile.end_of_life_date) if profile else None,
        published_at=parse_time(profile.published_date) if profile else None,
        in_region=in_region if profile else None,
        excluded_from_latest=bool(
            (profile and profile.exclude_from_latest) or (replica and replica.exclude_from_latest)
        ),
        ready=state.lower() in ("succeeded", "updating"),
    )


def translate_published_version(item: msgspec.Raw) -> ImageVersion | None:
    """A version of a shared or community gallery, listed for the requested region."""
    wire, _ = decode_item(item, VersionWire)
    if not wire.name:
        return None
    properties = wire.properties
    return ImageVersion(
        clean(wire.name),
        _support(properties.image_state if properties else None),
        parse_time(properties.end_of_life_date) if properties else None,
        parse_time(properties.published_date) if properties else None,
        in_region=True,
        excluded_from_latest=bool(properties and properties.exclude_from_latest),
    )


def translate_own_image(item: msgspec.Raw) -> OwnImage | None:
    """A managed image, or the definition of a gallery's image."""
    wire, _ = decode_item(item, DefinitionWire)
    if not wire.id:
        return None
    properties = wire.properties
    storage = properties.storage_profile if properties else None
    disk = storage.os_disk if storage else None
    os_type = (properties.os_type if properties else None) or (disk.os_type if disk else None)
    return OwnImage(
        image_from_id(clean(wire.id)),
        clean(wire.location or ""),
        clean(os_type or ""),
        clean(properties.hyper_v_generation or "") if properties else "",
        clean(properties.architecture or "") if properties else "",
    )


def translate_size(item: msgspec.Raw) -> str:
    """The name of a VM size."""
    wire, _ = decode_item(item, SizeWire)
    return clean(wire.sku.name or "") if wire.sku else ""


def _has_edge_replica(profile: PublishingWire, edge_zone: str) -> bool:
    return any(
        target
        and target.extended_location
        and same_region(target.extended_location.name or "", edge_zone)
        for target in profile.target_extended_locations or ()
    )


def _support(state: str | None) -> SupportState:
    return _SUPPORT.get((state or "").lower(), SupportState.ACTIVE)

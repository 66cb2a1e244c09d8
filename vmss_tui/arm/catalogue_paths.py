"""Paths of the image catalogue. Every part of a name is checked before it becomes part of a path.

Sources: "Virtual Machine Images - List", "Virtual Machine Images Edge Zone - List", "Shared Gallery
Images - Get", "Community Gallery Images - Get".
"""

import re

from vmss_tui.fleet import resource_name
from vmss_tui.fleet.image import Image
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.scale_set_id import BadName, scale_set_id

GALLERY_IMAGE = re.compile(resource_name.GALLERY_IMAGE_ID, re.IGNORECASE)
_PUBLISHED_IMAGE = re.compile(resource_name.PUBLISHED_IMAGE_ID, re.IGNORECASE)
_PART = re.compile(resource_name.CATALOGUE_PART)


def check_part(part: str) -> str:
    """A location, or part of an image's name; raises `BadName` for anything else."""
    if not _PART.fullmatch(part):
        raise BadName(f"{part[:200]!a} cannot be a location or part of an image's name")
    return part


def compute_path(subscription_id: str) -> str:
    """The provider of a subscription; raises `BadName`."""
    scale_set_id(subscription_id, "group", "name")  # checks the id
    return f"/subscriptions/{subscription_id}/providers/Microsoft.Compute"


def location_path(scale_set: ScaleSet) -> str:
    """The location of the scale set."""
    location = check_part(scale_set.location)
    return f"{compute_path(scale_set.id.subscription_id)}/locations/{location}"


def publishers_path(scale_set: ScaleSet) -> str:
    """The publishers of platform images. An Edge Zone offers fewer versions than its region."""
    zone = scale_set.edge_zone
    edge_zone = f"/edgeZones/{check_part(zone)}" if zone else ""
    return f"{location_path(scale_set)}{edge_zone}/publishers"


def offers_path(scale_set: ScaleSet, publisher: str) -> str:
    """The offers of a publisher."""
    return f"{publishers_path(scale_set)}/{check_part(publisher)}/artifacttypes/vmimage/offers"


def skus_path(scale_set: ScaleSet, publisher: str, offer: str) -> str:
    """The SKUs of an offer."""
    return f"{offers_path(scale_set, publisher)}/{check_part(offer)}/skus"


def versions_path(scale_set: ScaleSet, image: Image) -> str:
    """The versions of a platform image."""
    skus = skus_path(scale_set, image.publisher, image.offer)
    return f"{skus}/{check_part(image.sku)}/versions"


def published_image_path(scale_set: ScaleSet, reference: str) -> str:
    """The image of a shared or community gallery; empty where `reference` is not the id of one."""
    match = _PUBLISHED_IMAGE.fullmatch(reference)
    if match is None:
        return ""
    gallery = f"{match['kind'].lower()}Galleries/{match['gallery']}"
    return f"{location_path(scale_set)}/{gallery}/images/{match['image']}"

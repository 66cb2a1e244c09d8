"""What `images --json` prints, as plain values. Field names are stable and stand in the README."""

from collections.abc import Mapping
from typing import Any

from vmss_tui.cli.json_output import runs as shapes
from vmss_tui.fleet.image import Image
from vmss_tui.fleet.image_offers import CatalogueList, ImageVersion, ImageVersions, OwnImage
from vmss_tui.fleet.scale_set import ScaleSet

Json = dict[str, Any]


def image_versions_json(
    scale_set: ScaleSet, found: ImageVersions, model: Image | None, counts: Mapping[str, int]
) -> Json:
    """The versions of an image; `model` is the set's own where it is a version of that image."""
    return {
        "scale_set": scale_set.id.resource_id,
        "image": shapes.image_json(found.image),
        "region": found.region,
        "taken_at": found.taken_at,
        "generation": found.generation or None,
        "architecture": found.architecture or None,
        "newest": found.newest or None,
        "model_version": model.version if model else None,
        "behind": found.versions_behind(model.version) if model else None,
        "versions": [version_json(each, model, counts) for each in found.versions],
    }


def version_json(found: ImageVersion, model: Image | None, counts: Mapping[str, int]) -> Json:
    """One version; null is what Azure does not say."""
    return {
        "version": found.name,
        "usable": found.usable,
        "is_model": model is not None and model.version == found.name,
        "instances": counts.get(found.name, 0),
        "support": found.support,
        "ends_at": found.ends_at,
        "published_at": found.published_at,
        "in_region": found.in_region,
        "excluded_from_latest": found.excluded_from_latest,
        "ready": found.ready,
        "generation": found.generation or None,
        "architecture": found.architecture or None,
    }


def catalogue_list_json(
    scale_set: ScaleSet, what: str, found: CatalogueList[str] | CatalogueList[OwnImage]
) -> Json:
    """Any other list: names, or images with what they are."""
    return {
        "scale_set": scale_set.id.resource_id,
        "list": what,
        "taken_at": found.taken_at,
        "damage": found.damage,
        "items": [
            each if isinstance(each, str) else own_image_json(each, scale_set.location) for each in found.items
        ],
    }


def own_image_json(found: OwnImage, region: str) -> Json:
    """A managed image or an image definition."""
    return {
        "reference": found.image.reference,
        "kind": found.image.kind,
        "location": found.region,
        "in_region": found.fits(region),
        "os": found.os or None,
        "generation": found.generation or None,
        "architecture": found.architecture or None,
    }

"""The `--json` output of `images`, as plain values.

Field names are stable and documented in the README.
"""

from collections.abc import Mapping

from vmss_tui.cli.json_output import Json
from vmss_tui.cli.json_output.fleet import image_json
from vmss_tui.fleet.image import Image
from vmss_tui.fleet.image_offers import CatalogueList, ImageVersion, ImageVersions, OwnImage
from vmss_tui.fleet.scale_set import ScaleSet


def image_versions_json(
    scale_set: ScaleSet, versions: ImageVersions, model: Image | None, counts: Mapping[str, int]
) -> Json:
    """The versions of an image; `model` is the set's image if it is a version of it, else None."""
    return {
        "scale_set": scale_set.id.resource_id,
        "image": image_json(versions.image),
        "region": versions.region,
        "taken_at": versions.taken_at,
        "generation": versions.generation or None,
        "architecture": versions.architecture or None,
        "newest": versions.newest or None,
        "model_version": model.version if model else None,
        "behind": versions.versions_behind(model.version) if model else None,
        "versions": [version_json(version, model, counts) for version in versions.versions],
    }


def version_json(version: ImageVersion, model: Image | None, counts: Mapping[str, int]) -> Json:
    """One version; null where Azure reports nothing."""
    return {
        "version": version.name,
        "usable": version.usable,
        "is_model": model is not None and model.version == version.name,
        "instances": counts.get(version.name, 0),
        "support": version.support,
        "ends_at": version.ends_at,
        "published_at": version.published_at,
        "in_region": version.in_region,
        "excluded_from_latest": version.excluded_from_latest,
        "ready": version.ready,
        "generation": version.generation or None,
        "architecture": version.architecture or None,
    }


def catalogue_list_json(
    scale_set: ScaleSet, what: str, catalogue_list: CatalogueList[str] | CatalogueList[OwnImage]
) -> Json:
    """Any other list of `images --list`: names or own images."""
    return {
        "scale_set": scale_set.id.resource_id,
        "list": what,
        "taken_at": catalogue_list.taken_at,
        "damage": catalogue_list.damage,
        "items": [
            item if isinstance(item, str) else own_image_json(item, scale_set.location)
            for item in catalogue_list.items
        ],
    }


def own_image_json(image: OwnImage, region: str) -> Json:
    """A managed image, or an image definition of a gallery."""
    return {
        "reference": image.image.reference,
        "kind": image.image.kind,
        "location": image.region,
        "in_region": image.fits(region),
        "os": image.os or None,
        "generation": image.generation or None,
        "architecture": image.architecture or None,
    }

"""Image references in all their forms, and the comparison of image versions."""

from typing import Any

import pytest

from vmss_tui.fleet.image import (
    Image,
    ImageKind,
    image_from_id,
    image_from_reference,
    image_from_storage_profile,
    same_image,
    version_key,
)

COMPUTE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute"
GALLERY = f"{COMPUTE}/galleries/gal/images/web"
PLATFORM = {"publisher": "Canonical", "offer": "jammy", "sku": "22_04", "version": "latest"}

FORMS: list[tuple[dict[str, Any], ImageKind, str, bool]] = [
    (PLATFORM, ImageKind.PLATFORM, "Canonical jammy 22_04 latest", True),
    (PLATFORM | {"version": "22.04.1"}, ImageKind.PLATFORM, "Canonical jammy 22_04 22.04.1", False),
    ({"id": f"{COMPUTE}/images/gold"}, ImageKind.MANAGED, "gold (managed image)", False),
    ({"id": GALLERY}, ImageKind.GALLERY, "gal/web (gallery)", True),
    ({"id": f"{GALLERY}/versions/1.2.3"}, ImageKind.GALLERY, "gal/web/1.2.3 (gallery)", False),
    ({"id": f"{GALLERY}/Versions/latest"}, ImageKind.GALLERY, "gal/web/latest (gallery)", True),
    (
        {"sharedGalleryImageId": "/sharedGalleries/sg/images/i/versions/1.0.0"},
        ImageKind.SHARED_GALLERY,
        "sg/i/1.0.0 (shared gallery)",
        False,
    ),
    (
        {"communityGalleryImageId": "/CommunityGalleries/cg/images/i"},
        ImageKind.COMMUNITY_GALLERY,
        "cg/i (community gallery)",
        True,
    ),
]


@pytest.mark.parametrize(("reference", "kind", "title", "follows"), FORMS)
def test_each_form_of_a_reference_has_its_kind_and_title(
    reference: dict[str, Any], kind: ImageKind, title: str, follows: bool
) -> None:
    image = image_from_storage_profile({"imageReference": reference})
    assert image is not None
    assert (image.kind, image.title, image.follows_latest) == (kind, title, follows)


def test_a_disk_image_is_read_where_there_is_no_reference() -> None:
    image = image_from_storage_profile(
        {"osDisk": {"image": {"uri": "https://a.blob.x/vhds/gold.vhd"}}}
    )
    assert image is not None
    assert image.title == "gold.vhd (vhd)"
    assert not image.follows_latest


@pytest.mark.parametrize(
    "profile", [{}, {"imageReference": {}}, {"osDisk": None}, {"osDisk": {"image": {}}}]
)
def test_a_set_without_an_image_has_none(profile: dict[str, Any]) -> None:
    assert image_from_storage_profile(profile) is None


def test_a_managed_image_has_no_version_and_shows_its_name() -> None:
    image = image_from_id(f"{COMPUTE}/images/gold")
    assert (image.version, image.running_version) == ("", "gold")


def test_the_version_of_a_gallery_id_is_found_whatever_its_case() -> None:
    assert image_from_id(f"{GALLERY}/VERSIONS/1.2.3").version == "1.2.3"


def test_the_exact_version_takes_precedence_over_the_written_one() -> None:
    image = image_from_reference(PLATFORM | {"exactVersion": "22.04.202511010"})
    assert image is not None
    assert image.running_version == "22.04.202511010"


def test_versions_are_ordered_as_numbers() -> None:
    versions = ["22.04.10", "22.04.9", "9.1", "10.0", "22.04.202511010", "22.04"]
    assert sorted(versions, key=version_key) == [
        "9.1",
        "10.0",
        "22.04",
        "22.04.9",
        "22.04.10",
        "22.04.202511010",
    ]
    assert version_key("1.02.3") == version_key("1.2.3")
    assert version_key("1.beta") < version_key("1.0")


def _platform(version: str, exact: str | None = None, publisher: str = "P") -> Image:
    return Image(ImageKind.PLATFORM, publisher, "O", "S", version, exact_version=exact)


def test_an_image_is_the_same_when_its_exact_version_is() -> None:
    assert same_image(_platform("latest", "1.2"), _platform("1.2")) is True
    assert same_image(_platform("latest", "1.1"), _platform("1.2")) is False
    assert same_image(_platform("1.2", publisher="Q"), _platform("1.2")) is False
    managed = image_from_id(f"{COMPUTE}/images/gold")
    assert same_image(image_from_id(f"{COMPUTE}/images/GOLD"), managed) is True


def test_images_that_cannot_be_compared_give_none() -> None:
    assert same_image(_platform("latest"), _platform("1.2")) is None
    assert same_image(_platform("1.2"), _platform("latest")) is None
    assert same_image(None, _platform("1.2")) is None

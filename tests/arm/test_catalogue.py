"""What images and sizes there are, over real HTTP against the simulator and its catalogue."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.bench import NEWEST, Bench, BenchFactory
from vmss_tui.fleet.image import Image, ImageKind, image_from_id
from vmss_tui.fleet.image_offers import ImageVersion, ImageVersions, SupportState, sort_newest_first
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.scale_set_id import BadName
from vmss_tui.gateway import InvalidResponse, NotFound, ReadCancelled, Refused
from vmss_tui.gateway.catalogue import ignore_progress

THEN = datetime(2026, 11, 22, tzinfo=UTC)


def model(bench: Bench) -> ScaleSet:
    return bench.gateway.read_model(bench.set_id)


def own(bench: Bench) -> str:
    group = f"/subscriptions/{bench.simulator.subscription_id}/resourceGroups/images-rg"
    return f"{group}/providers/Microsoft.Compute/galleries/contoso/images/web-windows"


def published(bench: Bench, kind: str) -> str:
    (gallery,) = bench.simulator.world.library.galleries.values()
    known_as = gallery.unique_name if kind == "shared" else gallery.public_name
    return f"/{kind}Galleries/{known_as}/images/web-windows"


def names(image_versions: ImageVersions) -> list[str]:
    return [version.name for version in image_versions.versions]


def test_platform_versions_come_newest_first_with_what_is_known_of_them(
    make_bench: BenchFactory,
) -> None:
    versions = make_bench().services.images.read_versions(model(make_bench()))
    assert names(versions)[0] == versions.newest == NEWEST
    assert names(versions) == sorted(names(versions), reverse=True)
    by_name = {version.name: version for version in versions.versions}
    assert by_name["22.04.202508140"].support is SupportState.WITHDRAWN
    ending = by_name["22.04.202509110"]
    assert [*ending.remarks("eastus", THEN)] == ["deprecated from 2027-03-31"]
    assert (versions.generation, versions.architecture) == ("V2", "x64")
    assert versions.describe_version("22.04.202511010") == "22.04.202511010: 2 newer"


def test_a_gallery_image_says_what_this_region_can_use(make_bench: BenchFactory) -> None:
    bench = make_bench("windows-gallery")
    versions = bench.services.images.read_versions(model(bench))
    assert names(versions) == ["3.0.0", "2.10.0", "2.6.0", "2.5.0", "2.4.0", "2.3.0"]
    by_name = {version.name: version for version in versions.versions}
    assert by_name["2.6.0"].in_region is False
    assert [*by_name["2.6.0"].remarks("eastus", THEN)] == ["not replicated to eastus"]
    assert [*by_name["3.0.0"].remarks("eastus", THEN)] == ["excluded from latest"]
    assert versions.newest == "2.10.0"
    assert versions.versions_behind("2.4.0") == 2
    assert (versions.generation, versions.architecture) == ("V2", "x64")


@pytest.mark.parametrize("kind", ["shared", "community"])
def test_a_shared_gallery_is_read_by_its_id(make_bench: BenchFactory, kind: str) -> None:
    bench = make_bench("windows-gallery")
    image = image_from_id(published(bench, kind))
    versions = bench.services.images.read_versions(model(bench), image)
    assert names(versions) == ["3.0.0", "2.10.0", "2.5.0", "2.4.0", "2.3.0"]
    assert versions.newest == "2.10.0"
    assert all(version.in_region for version in versions.versions)
    with pytest.raises(NotFound):
        bench.services.images.read_versions(
            model(bench), image_from_id(f"/{kind}Galleries/none/images/none")
        )


@pytest.mark.parametrize("scenario", ["custom-image", "vhd"])
def test_forms_without_versions_offer_none(make_bench: BenchFactory, scenario: str) -> None:
    bench = make_bench(scenario)
    versions = bench.services.images.read_versions(model(bench))
    assert (versions.versions, versions.newest) == ((), "")


def test_a_set_without_an_image_is_offered_none(make_bench: BenchFactory) -> None:
    bench = make_bench()
    assert bench.services.images.read_versions(replace(model(bench), image=None)).versions == ()


def test_publishers_offers_and_skus_lead_down_to_the_versions(make_bench: BenchFactory) -> None:
    bench = make_bench()
    catalogue, at = bench.services.images.catalogue, model(bench)
    assert "Canonical" in catalogue.list_publishers(at, ignore_progress).items
    offers = catalogue.list_offers(at, "Canonical", ignore_progress).items
    assert "ubuntu-24_04-lts" in offers
    assert catalogue.list_skus(at, "Canonical", "ubuntu-24_04-lts", ignore_progress).items == (
        "server",
    )
    image = Image(ImageKind.PLATFORM, "Canonical", "ubuntu-24_04-lts", "server")
    assert bench.services.images.read_versions(at, image).newest == "24.04.202601090"


def test_sizes_are_the_sets_own(make_bench: BenchFactory) -> None:
    bench = make_bench()
    sizes = bench.services.images.catalogue.list_sizes(model(bench), ignore_progress).items
    assert "Standard_D8s_v5" in sizes
    assert len(bench.requests("GET", "/skus")) == 1


def test_own_images_are_of_all_groups_and_galleries(make_bench: BenchFactory) -> None:
    managed = make_bench("custom-image")
    images = managed.services.images.catalogue.list_own_images(
        model(managed), ignore_progress
    ).items
    assert [image.image.short_reference for image in images] == [
        "web-2026-09", "web-2026-10", "web-2026-11"
    ]  # fmt: skip
    assert {image.fits("East US") for image in images} == {True}
    assert {image.fits("westeurope") for image in images} == {False}
    bench = make_bench("windows-gallery")
    (one,) = bench.services.images.catalogue.list_own_images(model(bench), ignore_progress).items
    assert one.image.reference.lower() == own(bench).lower()
    assert (one.os, one.image.kind) == ("Windows", ImageKind.GALLERY)


def test_a_gallery_that_may_not_be_read_is_left_out_and_said(make_bench: BenchFactory) -> None:
    bench = make_bench("windows-gallery")
    body = {"error": {"code": "AuthorizationFailed", "message": "You may not."}}
    bench.fault("/galleries/contoso/images$", {"status": 403, "body": body})
    images = bench.services.images.catalogue.list_own_images(model(bench), ignore_progress)
    assert images.items == ()
    assert "gallery contoso: Azure refused: You may not." in images.damage[0]


def test_a_list_is_cached_until_a_fresh_one_is_requested(make_bench: BenchFactory) -> None:
    bench = make_bench()
    at = model(bench)
    first = bench.services.images.read_versions(at)
    assert bench.services.images.read_versions(at).taken_at == first.taken_at
    assert len(bench.requests("GET", "/versions")) == 1
    bench.clock.skew += THEN - datetime(2026, 11, 21, tzinfo=UTC)
    assert bench.services.images.read_versions(at, fresh=True).taken_at > first.taken_at
    assert len(bench.requests("GET", "/versions")) == 2


def test_a_slow_read_reports_progress_and_can_be_cancelled(make_bench: BenchFactory) -> None:
    bench = make_bench("windows-gallery")
    heard: list[str] = []
    bench.services.images.catalogue.list_own_images(model(bench), heard.append)
    assert heard[-1] == "reading gallery 1 of 1: contoso"

    def enough(message: str) -> None:
        if "gallery" in message:
            raise ReadCancelled("no longer wanted")

    other = make_bench("windows-gallery")
    with pytest.raises(ReadCancelled):
        other.services.images.catalogue.list_own_images(model(other), enough)
    assert other.requests("GET", "/galleries/contoso/images") == []


@pytest.mark.parametrize("body", ["<html>", {"value": []}, "null", [1, 2]])
def test_an_answer_that_is_no_catalogue_is_damaged(make_bench: BenchFactory, body: Any) -> None:
    bench = make_bench()
    at = model(bench)
    bench.fault("/versions$", {"status": 200, "body": body})
    with pytest.raises(InvalidResponse):
        bench.services.images.read_versions(at)


def test_names_that_could_leave_the_path_are_refused(make_bench: BenchFactory) -> None:
    bench = make_bench()
    for publisher in ("../..", "a/b", "", "a?b"):
        with pytest.raises(BadName):
            bench.services.images.catalogue.list_offers(model(bench), publisher, ignore_progress)
    odd = image_from_id("/sharedGalleries/a?b/images/x")
    with pytest.raises(InvalidResponse, match="not the id of a gallery's image"):
        bench.services.images.read_versions(model(bench), odd)


def test_a_refusal_of_the_catalogue_is_azures(make_bench: BenchFactory) -> None:
    bench = make_bench()
    with pytest.raises(Refused, match="was not found"):
        bench.services.images.catalogue.list_offers(model(bench), "Nobody", ignore_progress)


def test_the_state_of_a_version_is_described() -> None:
    versions = sort_newest_first(
        [ImageVersion("9.2"), ImageVersion("10.1"), ImageVersion("10.0", in_region=False)]
    )
    image_versions = ImageVersions(Image(ImageKind.GALLERY), versions, "eastus", THEN)
    assert [version.name for version in image_versions.versions] == ["10.1", "10.0", "9.2"]
    assert image_versions.describe_version("10.1") == "10.1: the newest"
    assert image_versions.describe_version("9.2") == "9.2: 1 newer"
    assert image_versions.describe_version("9.0") == "9.0, no longer offered: 2 newer"
    assert image_versions.describe_version("latest") == "latest, now 10.1"
    assert image_versions.describe_version("golden") == "golden, no longer offered"
    assert ImageVersions(Image(ImageKind.GALLERY), (), "eastus", THEN).describe_version("1") == (
        "no version offered"
    )
    past = ImageVersion("1", ends_at=datetime(2026, 1, 1, tzinfo=UTC), ready=False)
    assert [*past.remarks("eastus", THEN)] == ["past its end of life 2026-01-01", "not ready"]
    gone, scheduled = SupportState.WITHDRAWN, SupportState.ENDING
    ending = (ImageVersion("4", scheduled), ImageVersion("3"), past, ImageVersion("0", gone))
    ends = ImageVersions(Image(ImageKind.GALLERY), ending, "eastus", THEN)
    assert ends.next_end(["latest", "3"]) == ending[0]
    assert ends.next_end(["4", "1", "golden"]) is past
    assert ends.next_end(["1", "0"]) == ending[-1]
    assert ends.next_end(["3", ""]) is None


def test_managed_images_that_may_not_be_listed_do_not_hide_the_galleries(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench("windows-gallery")
    body = {"error": {"code": "AuthorizationFailed", "message": "no managed images for you"}}
    bench.fault("Microsoft.Compute/images", {"status": 403, "body": body})
    listed = bench.gateway.catalogue.list_own_images(model(bench), ignore_progress)
    assert [image.image.kind for image in listed.items] == [ImageKind.GALLERY]
    assert "no managed images for you" in listed.damage[0]

"""The forms that an image reference takes, and the images that customers make."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.simulator_client import SimulatorClient, ClientFactory, client_factory

PLATFORM = {
    "publisher": "Canonical",
    "offer": "ubuntu-24_04-lts",
    "sku": "server",
    "version": "24.04.202511020",
}


@pytest.fixture
def calling() -> Iterator[ClientFactory]:
    """Makes callers of simulators."""
    with client_factory() as call:
        yield call


def refer(caller: SimulatorClient, method: str = "PATCH", **reference: Any) -> Any:
    storage = {"storageProfile": {"imageReference": reference}}
    body = {"location": "eastus", "properties": {"virtualMachineProfile": storage}}
    return caller.send(method, caller.set_path, body)


def referred(caller: SimulatorClient) -> Any:
    profile = caller.get().json()["properties"]["virtualMachineProfile"]
    return profile["storageProfile"].get("imageReference")


def images(caller: SimulatorClient) -> str:
    return f"{caller.subscription_path}/resourceGroups/images-rg/providers/Microsoft.Compute"


def gallery_id(caller: SimulatorClient, version: str | None = None) -> str:
    image = f"{images(caller)}/galleries/contoso/images/web-windows"
    return image if version is None else f"{image}/versions/{version}"


def upgraded(caller: SimulatorClient, instance_id: str) -> Any:
    accepted = caller.post("/manualupgrade", [instance_id])
    assert accepted.status_code == 202, accepted.text
    caller.advance(200)
    return caller.get_instance(instance_id)["properties"]["storageProfile"]


def test_a_gallery_lists_its_definitions_and_their_versions(calling: ClientFactory) -> None:
    win = calling("windows-gallery")
    (gallery,) = win.send("GET", f"{images(win)}/galleries").json()["value"]
    assert gallery["id"].startswith(f"{win.subscription_path}/resourceGroups/IMAGES-RG/")
    (image,) = win.send("GET", f"{images(win)}/galleries/contoso/images").json()["value"]
    assert image["properties"]["osType"] == "Windows"
    versions = win.send("GET", f"{gallery_id(win)}/versions").json()["value"]
    told = {each["name"]: each["properties"]["publishingProfile"] for each in versions}
    assert list(told) == ["2.3.0", "2.4.0", "2.5.0", "2.6.0", "2.10.0", "3.0.0"]
    assert [name for name, each in told.items() if each["excludeFromLatest"]] == ["3.0.0"]
    assert told["2.4.0"]["targetRegions"][0]["name"] == "East US"
    one = win.send("GET", gallery_id(win, "2.10.0")).json()
    assert one == versions[4]
    for missing in ("galleries/none", "galleries/contoso/images/none", "images/none"):
        reply = win.send("GET", f"{images(win)}/{missing}")
        assert (reply.status_code, reply.json()["error"]["code"]) == (404, "ResourceNotFound")


def test_an_instance_of_a_gallery_image_tells_its_exact_version(calling: ClientFactory) -> None:
    win = calling("windows-gallery")
    assert refer(win, id=gallery_id(win, "2.5.0")).status_code == 200
    storage = upgraded(win, "1")
    assert storage["imageReference"] == {
        "id": gallery_id(win, "2.5.0"),
        "exactVersion": "2.5.0",
    }
    view = win.get_instance("1")["properties"]["instanceView"]
    assert view["osName"].startswith("Windows Server")


def test_latest_of_a_gallery_is_the_highest_number_that_may_be_it_here(calling: ClientFactory) -> None:
    win = calling("windows-gallery")
    assert refer(win, id=gallery_id(win)).status_code == 200
    assert upgraded(win, "1")["imageReference"]["exactVersion"] == "2.10.0"
    assert refer(win, id=gallery_id(win, "3.0.0")).status_code == 200
    assert upgraded(win, "2")["imageReference"]["exactVersion"] == "3.0.0"


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        ({"id": "{images}/galleries/contoso/images/web-windows/versions/2.6.0"}, "Gallery"),
        ({"id": "{images}/galleries/contoso/images/web-windows/versions/9.9.9"}, "Gallery"),
        ({"id": "{images}/galleries/none/images/web-windows"}, "NotFound"),
        ({"id": "{images}/images/none"}, "NotFound"),
        ({"sharedGalleryImageId": "/sharedGalleries/none/images/x/versions/1.0.0"}, "NotFound"),
        ({**PLATFORM, "version": "1.0.0"}, "PlatformImageNotFound"),
    ],
)
def test_an_image_that_cannot_be_had_is_refused(
    calling: ClientFactory, reference: dict[str, str], code: str
) -> None:
    trusted = "/images/none" not in str(reference)
    caller = calling("windows-gallery" if trusted else "custom-image")
    before = caller.get().json()
    named = {key: value.format(images=images(caller)) for key, value in reference.items()}
    reply = refer(caller, **named)
    assert reply.status_code == 404
    assert code in reply.json()["error"]["code"]
    assert caller.get().json() == before


def test_shared_and_community_ids_lead_to_the_same_gallery(calling: ClientFactory) -> None:
    win = calling("windows-gallery")
    gallery = next(iter(win.simulator.world.library.galleries.values()))
    shared = f"/sharedGalleries/{gallery.unique_name}/images/web-windows/versions/2.5.0"
    assert refer(win, sharedGalleryImageId=shared).status_code == 200
    assert referred(win) == {"sharedGalleryImageId": shared}
    assert upgraded(win, "3")["imageReference"]["exactVersion"] == "2.5.0"
    community = f"/communityGalleries/{gallery.public_name}/Images/web-windows/Versions/2.10.0"
    assert refer(win, communityGalleryImageId=community).status_code == 200
    assert referred(win) == {"communityGalleryImageId": community}


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_the_forms_of_an_image_reference_exclude_each_other(calling: ClientFactory, method: str) -> None:
    win = calling("windows-gallery")
    assert refer(win, method, **PLATFORM).status_code == 200
    assert referred(win) == PLATFORM
    assert refer(win, method, version="24.04.202601090").status_code == 200
    assert referred(win) == {**PLATFORM, "version": "24.04.202601090"}
    assert refer(win, method, id=gallery_id(win, "2.5.0")).status_code == 200
    assert referred(win) == {"id": gallery_id(win, "2.5.0")}


def test_of_a_reference_read_and_written_back_the_changed_form_wins(calling: ClientFactory) -> None:
    win = calling("windows-gallery")
    refer(win, **PLATFORM)
    wanted = gallery_id(win, "2.5.0")
    assert refer(win, "PUT", **PLATFORM, id=wanted).status_code == 200
    assert referred(win) == {"id": wanted}
    assert refer(win, "PUT", id=wanted, **PLATFORM).status_code == 200
    assert referred(win) == PLATFORM
    both = refer(win, "PUT", **{**PLATFORM, "version": "latest"}, id=wanted)
    assert (both.status_code, both.json()["error"]["target"]) == (400, "imageReference")


def test_managed_images_are_listed_named_and_run(calling: ClientFactory) -> None:
    custom = calling("custom-image")
    listed = custom.send("GET", f"{images(custom)}/images").json()["value"]
    assert [each["name"] for each in listed] == ["web-2026-09", "web-2026-10", "web-2026-11"]
    one = custom.send("GET", f"{images(custom)}/images/WEB-2026-11").json()
    assert one["properties"]["storageProfile"]["osDisk"]["osState"] == "Generalized"
    assert refer(custom, id=one["id"]).status_code == 200
    assert upgraded(custom, "4")["imageReference"] == {"id": one["id"]}
    subscription = f"{custom.subscription_path}/providers/Microsoft.Compute"
    assert custom.send("GET", f"{subscription}/images").json()["value"] == listed
    assert custom.send("GET", f"{subscription}/galleries").json()["value"] == []


def test_a_new_managed_image_can_be_made_and_then_named(calling: ClientFactory) -> None:
    custom = calling("custom-image")
    path = f"{images(custom)}/images/web-2026-12"
    made = custom.send("PUT", path, {"location": "eastus", "properties": {}})
    assert (made.status_code, made.json()["properties"]["provisioningState"]) == (201, "Creating")
    custom.advance(60)
    assert custom.operation_status(made)["status"] == "Succeeded"
    assert custom.send("GET", path).json()["properties"]["provisioningState"] == "Succeeded"
    assert refer(custom, id=path).status_code == 200


def test_a_managed_image_is_refused_where_launch_is_trusted(calling: ClientFactory) -> None:
    custom = calling("custom-image")
    profile = {"securityProfile": {"securityType": "TrustedLaunch"}}
    body = {"properties": {"virtualMachineProfile": profile}}
    refused = custom.send("PATCH", custom.set_path, body)
    assert refused.status_code == 400
    assert refused.json()["error"] == {
        "code": "BadRequest",
        "message": "Managed Images are not supported for virtual machines with security type "
        "TrustedLaunch.",
    }


def test_a_blob_is_an_image_without_a_reference(calling: ClientFactory) -> None:
    legacy = calling("vhd")
    assert referred(legacy) is None
    disk = {"image": {"uri": "https://contosoimages.blob.core.windows.net/system/web-8.vhd"}}
    profile = {"storageProfile": {"osDisk": disk}}
    body = {"properties": {"virtualMachineProfile": profile}}
    assert legacy.send("PATCH", legacy.set_path, body).status_code == 200
    before = legacy.get_instance("2")["properties"]["storageProfile"]
    after = upgraded(legacy, "2")
    assert "imageReference" not in after
    assert after["osDisk"]["image"] == disk["image"]
    assert after["osDisk"]["vhd"]["uri"] != before["osDisk"]["vhd"]["uri"]
    assert "managedDisk" not in after["osDisk"]
    assert refer(legacy, **PLATFORM).status_code == 200
    storage = legacy.get().json()["properties"]["virtualMachineProfile"]["storageProfile"]
    assert "image" not in storage["osDisk"]


def test_sizes_and_quotas_can_be_listed(calling: ClientFactory) -> None:
    web = calling()
    base = f"{web.subscription_path}/providers/Microsoft.Compute"
    skus = web.send("GET", f"{base}/skus", None, "$filter=location eq 'westus'").json()["value"]
    assert {each["locations"][0] for each in skus} == {"westus"}
    assert "Standard_D4s_v5" in {each["name"] for each in skus}
    usages = web.send("GET", f"{base}/locations/eastus/usages").json()["value"]
    used = {each["name"]["value"]: each["currentValue"] for each in usages}
    assert (used["standardDSv5Family"], used["virtualMachines"]) == (400, 100)

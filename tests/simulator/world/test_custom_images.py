"""The forms of an image reference, and customer images."""

from typing import Any

import pytest

from tests.support.simulator_client import ClientFactory, SimulatorClient

PLATFORM = {
    "publisher": "Canonical",
    "offer": "ubuntu-24_04-lts",
    "sku": "server",
    "version": "24.04.202511020",
}


def write_reference(client: SimulatorClient, method: str = "PATCH", **reference: Any) -> Any:
    storage = {"storageProfile": {"imageReference": reference}}
    body = {"location": "eastus", "properties": {"virtualMachineProfile": storage}}
    return client.send(method, client.set_path, body)


def read_reference(client: SimulatorClient) -> Any:
    profile = client.get().json()["properties"]["virtualMachineProfile"]
    return profile["storageProfile"].get("imageReference")


def images_path(client: SimulatorClient) -> str:
    return f"{client.subscription_path}/resourceGroups/images-rg/providers/Microsoft.Compute"


def gallery_id(client: SimulatorClient, version: str | None = None) -> str:
    image = f"{images_path(client)}/galleries/contoso/images/web-windows"
    return image if version is None else f"{image}/versions/{version}"


def upgrade_instance(client: SimulatorClient, instance_id: str) -> Any:
    accepted = client.post("/manualupgrade", [instance_id])
    assert accepted.status_code == 202, accepted.text
    client.advance(200)
    return client.get_instance(instance_id)["properties"]["storageProfile"]


def test_a_gallery_lists_its_definitions_and_their_versions(make_client: ClientFactory) -> None:
    win = make_client("windows-gallery")
    (gallery,) = win.send("GET", f"{images_path(win)}/galleries").json()["value"]
    assert gallery["id"].startswith(f"{win.subscription_path}/resourceGroups/IMAGES-RG/")
    (image,) = win.send("GET", f"{images_path(win)}/galleries/contoso/images").json()["value"]
    assert image["properties"]["osType"] == "Windows"
    versions = win.send("GET", f"{gallery_id(win)}/versions").json()["value"]
    profiles = {version["name"]: version["properties"]["publishingProfile"] for version in versions}
    assert list(profiles) == ["2.3.0", "2.4.0", "2.5.0", "2.6.0", "2.10.0", "3.0.0"]
    assert [name for name, profile in profiles.items() if profile["excludeFromLatest"]] == ["3.0.0"]
    assert profiles["2.4.0"]["targetRegions"][0]["name"] == "East US"
    one = win.send("GET", gallery_id(win, "2.10.0")).json()
    assert one == versions[4]
    for missing in ("galleries/none", "galleries/contoso/images/none", "images/none"):
        response = win.send("GET", f"{images_path(win)}/{missing}")
        assert (response.status_code, response.json()["error"]["code"]) == (404, "ResourceNotFound")


def test_an_instance_of_a_gallery_image_shows_its_exact_version(make_client: ClientFactory) -> None:
    win = make_client("windows-gallery")
    assert write_reference(win, id=gallery_id(win, "2.5.0")).status_code == 200
    storage = upgrade_instance(win, "1")
    assert storage["imageReference"] == {
        "id": gallery_id(win, "2.5.0"),
        "exactVersion": "2.5.0",
    }
    view = win.get_instance("1")["properties"]["instanceView"]
    assert view["osName"].startswith("Windows Server")


def test_latest_of_a_gallery_is_the_highest_version_not_excluded(
    make_client: ClientFactory,
) -> None:
    win = make_client("windows-gallery")
    assert write_reference(win, id=gallery_id(win)).status_code == 200
    assert upgrade_instance(win, "1")["imageReference"]["exactVersion"] == "2.10.0"
    assert write_reference(win, id=gallery_id(win, "3.0.0")).status_code == 200
    assert upgrade_instance(win, "2")["imageReference"]["exactVersion"] == "3.0.0"


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
def test_an_unavailable_image_is_refused(
    make_client: ClientFactory, reference: dict[str, str], code: str
) -> None:
    trusted = "/images/none" not in str(reference)
    client = make_client("windows-gallery" if trusted else "custom-image")
    before = client.get().json()
    named = {key: value.format(images=images_path(client)) for key, value in reference.items()}
    response = write_reference(client, **named)
    assert response.status_code == 404
    assert code in response.json()["error"]["code"]
    assert client.get().json() == before


def test_shared_and_community_ids_lead_to_the_same_gallery(make_client: ClientFactory) -> None:
    win = make_client("windows-gallery")
    gallery = next(iter(win.simulator.world.library.galleries.values()))
    shared = f"/sharedGalleries/{gallery.unique_name}/images/web-windows/versions/2.5.0"
    assert write_reference(win, sharedGalleryImageId=shared).status_code == 200
    assert read_reference(win) == {"sharedGalleryImageId": shared}
    assert upgrade_instance(win, "3")["imageReference"]["exactVersion"] == "2.5.0"
    community = f"/communityGalleries/{gallery.public_name}/Images/web-windows/Versions/2.10.0"
    assert write_reference(win, communityGalleryImageId=community).status_code == 200
    assert read_reference(win) == {"communityGalleryImageId": community}


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_the_forms_of_an_image_reference_exclude_each_other(
    make_client: ClientFactory, method: str
) -> None:
    win = make_client("windows-gallery")
    assert write_reference(win, method, **PLATFORM).status_code == 200
    assert read_reference(win) == PLATFORM
    assert write_reference(win, method, version="24.04.202601090").status_code == 200
    assert read_reference(win) == {**PLATFORM, "version": "24.04.202601090"}
    assert write_reference(win, method, id=gallery_id(win, "2.5.0")).status_code == 200
    assert read_reference(win) == {"id": gallery_id(win, "2.5.0")}


def test_a_changed_form_replaces_the_one_that_was_read(make_client: ClientFactory) -> None:
    win = make_client("windows-gallery")
    write_reference(win, **PLATFORM)
    image_id = gallery_id(win, "2.5.0")
    assert write_reference(win, "PUT", **PLATFORM, id=image_id).status_code == 200
    assert read_reference(win) == {"id": image_id}
    assert write_reference(win, "PUT", id=image_id, **PLATFORM).status_code == 200
    assert read_reference(win) == PLATFORM
    both = write_reference(win, "PUT", **{**PLATFORM, "version": "latest"}, id=image_id)
    assert (both.status_code, both.json()["error"]["target"]) == (400, "imageReference")


def test_managed_images_are_listed_and_can_be_used(make_client: ClientFactory) -> None:
    custom = make_client("custom-image")
    listed_images = custom.send("GET", f"{images_path(custom)}/images").json()["value"]
    assert [image["name"] for image in listed_images] == [
        "web-2026-09",
        "web-2026-10",
        "web-2026-11",
    ]
    one = custom.send("GET", f"{images_path(custom)}/images/WEB-2026-11").json()
    assert one["properties"]["storageProfile"]["osDisk"]["osState"] == "Generalized"
    assert write_reference(custom, id=one["id"]).status_code == 200
    assert upgrade_instance(custom, "4")["imageReference"] == {"id": one["id"]}
    subscription = f"{custom.subscription_path}/providers/Microsoft.Compute"
    assert custom.send("GET", f"{subscription}/images").json()["value"] == listed_images
    assert custom.send("GET", f"{subscription}/galleries").json()["value"] == []


def test_a_new_managed_image_can_be_created_and_used(make_client: ClientFactory) -> None:
    custom = make_client("custom-image")
    path = f"{images_path(custom)}/images/web-2026-12"
    created = custom.send("PUT", path, {"location": "eastus", "properties": {}})
    assert (created.status_code, created.json()["properties"]["provisioningState"]) == (
        201,
        "Creating",
    )
    custom.advance(60)
    assert custom.operation_status(created)["status"] == "Succeeded"
    assert custom.send("GET", path).json()["properties"]["provisioningState"] == "Succeeded"
    assert write_reference(custom, id=path).status_code == 200


def test_a_managed_image_is_refused_with_trusted_launch(make_client: ClientFactory) -> None:
    custom = make_client("custom-image")
    profile = {"securityProfile": {"securityType": "TrustedLaunch"}}
    body = {"properties": {"virtualMachineProfile": profile}}
    refused = custom.send("PATCH", custom.set_path, body)
    assert refused.status_code == 400
    assert refused.json()["error"] == {
        "code": "BadRequest",
        "message": "Managed Images are not supported for virtual machines with security type "
        "TrustedLaunch.",
    }


def test_a_blob_is_an_image_without_a_reference(make_client: ClientFactory) -> None:
    legacy = make_client("vhd")
    assert read_reference(legacy) is None
    disk = {"image": {"uri": "https://contosoimages.blob.core.windows.net/system/web-8.vhd"}}
    profile = {"storageProfile": {"osDisk": disk}}
    body = {"properties": {"virtualMachineProfile": profile}}
    assert legacy.send("PATCH", legacy.set_path, body).status_code == 200
    before = legacy.get_instance("2")["properties"]["storageProfile"]
    after = upgrade_instance(legacy, "2")
    assert "imageReference" not in after
    assert after["osDisk"]["image"] == disk["image"]
    assert after["osDisk"]["vhd"]["uri"] != before["osDisk"]["vhd"]["uri"]
    assert "managedDisk" not in after["osDisk"]
    assert write_reference(legacy, **PLATFORM).status_code == 200
    storage = legacy.get().json()["properties"]["virtualMachineProfile"]["storageProfile"]
    assert "image" not in storage["osDisk"]

"""One call of every simulated SDK operation on images and quotas; true if it succeeded."""

from azure.mgmt.compute import models

from tests.simulator.handlers.sdk_client import Operation
from tests.support.simulator_client import NEWEST

JAMMY_OFFER = ("eastus", "Canonical", "0001-com-ubuntu-server-jammy")
GALLERY = ("images-rg", "contoso")

IMAGE_OPERATIONS: dict[str, Operation] = {
    "virtual_machine_images.list_publishers": lambda client: (
        client.client.virtual_machine_images.list_publishers("eastus")[0].name
    ),
    "virtual_machine_images.list_offers": lambda client: (
        client.client.virtual_machine_images.list_offers(*JAMMY_OFFER[:2])[0].name
    ),
    "virtual_machine_images.list_skus": lambda client: (
        client.client.virtual_machine_images.list_skus(*JAMMY_OFFER)[0].name
    ),
    "virtual_machine_images.list": lambda client: (
        client.client.virtual_machine_images.list(
            *JAMMY_OFFER, "22_04-lts-gen2", top=1, orderby="name desc"
        )[0].name
        == NEWEST
    ),
    "virtual_machine_images.list_with_properties": lambda client: (
        client.client.virtual_machine_images.list_with_properties(
            *JAMMY_OFFER, "22_04-lts-gen2", expand="Properties"
        )[0].image_deprecation_status.image_state
        == "Deprecated"
    ),
    "virtual_machine_images.get": lambda client: (
        client.client.virtual_machine_images.get(
            *JAMMY_OFFER, "22_04-lts-gen2", NEWEST
        ).os_disk_image.operating_system
    ),
    "images.list": lambda client: len(list(client.client.images.list())) == 3,
    "images.list_by_resource_group": lambda client: (
        len(list(client.client.images.list_by_resource_group("images-rg"))) == 3
    ),
    "images.get": lambda client: (
        client.client.images.get("images-rg", "web-2026-10").storage_profile
    ),
    "images.begin_create_or_update": lambda client: (
        client.client.images.begin_create_or_update(
            "images-rg", "web-2026-12", models.Image(location="eastus")
        )
        .result()
        .provisioning_state
        == "Succeeded"
    ),
    "galleries.list": lambda client: len(list(client.client.galleries.list())) == 1,
    "galleries.list_by_resource_group": lambda client: (
        next(iter(client.client.galleries.list_by_resource_group("images-rg"))).name
    ),
    "galleries.get": lambda client: client.client.galleries.get(*GALLERY).identifier.unique_name,
    "gallery_images.list_by_gallery": lambda client: (
        next(iter(client.client.gallery_images.list_by_gallery(*GALLERY))).os_type == "Windows"
    ),
    "gallery_images.get": lambda client: (
        client.client.gallery_images.get(*GALLERY, "web-windows").identifier.offer
    ),
    "gallery_image_versions.list_by_gallery_image": lambda client: (
        len(
            list(
                client.client.gallery_image_versions.list_by_gallery_image(*GALLERY, "web-windows")
            )
        )
        == 6
    ),
    "gallery_image_versions.get": lambda client: (
        client.client.gallery_image_versions.get(*GALLERY, "web-windows", "2.10.0")
        .publishing_profile.target_regions[0]
        .name
        == "East US"
    ),
    "resource_skus.list": lambda client: (
        next(iter(client.client.resource_skus.list(filter="location eq 'eastus'"))).capabilities
    ),
    "usage.list": lambda client: next(iter(client.client.usage.list("eastus"))).current_value > 0,
}

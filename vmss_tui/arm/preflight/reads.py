"""Reads what is checked before the first write: one request each, without a cache."""

import re
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import quote

import msgspec

from vmss_tui.arm.catalogue_paths import (
    GALLERY_IMAGE,
    check_part,
    compute_path,
    published_image_path,
    versions_path,
)
from vmss_tui.arm.preflight import wire
from vmss_tui.arm.preflight.translate import (
    translate_grant,
    translate_image,
    translate_replication,
    translate_size,
    translate_usage,
)
from vmss_tui.arm.transport.paging import ListBounds, read_pages, split_page
from vmss_tui.arm.transport.send import RequestSender, Response
from vmss_tui.arm.transport.urls import COMPUTE_VERSION, GALLERIES_VERSION, ArmUrls
from vmss_tui.arm.wire.compute import Wire
from vmss_tui.arm.wire.decode import InvalidJson, decode_item
from vmss_tui.fleet import resource_name
from vmss_tui.fleet.image import Image, ImageKind
from vmss_tui.fleet.preflight.facts import Grant, ImageTraits, Replication, Sizes, Usages
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.scale_set_id import BadName, ScaleSetId, scale_set_id
from vmss_tui.gateway import InvalidResponse

T = TypeVar("T")
W = TypeVar("W", bound=Wire)
SKUS_VERSION = "2021-07-01"
PERMISSIONS_VERSION = "2022-04-01"
TERMS_VERSION = "2021-01-01"
_BOUNDS = ListBounds(pages=50, size=32 << 20, seconds=30.0)
_MANAGED = re.compile(resource_name.MANAGED_IMAGE_ID, re.IGNORECASE)


class ArmPreflightReads:
    """`gateway.preflight.PreflightReads` over Azure Resource Manager."""

    def __init__(self, sender: RequestSender, urls: ArmUrls) -> None:
        self._sender, self._urls = sender, urls

    def read_image(self, scale_set: ScaleSet, image: Image, version: str) -> ImageTraits:
        """What a version of an image requires; one GET."""
        if image.kind is ImageKind.PLATFORM:
            path = f"{versions_path(scale_set, image)}/{check_part(version)}"
            url = self._urls.url(path)
            return translate_image(self._read(url, wire.RequirementWire), has_features=True)
        path, api_version = _definition(scale_set, image)
        url = self._urls.resource(path, api_version)
        is_own = image.kind is ImageKind.GALLERY
        return translate_image(self._read(url, wire.RequirementWire), has_features=is_own)

    def read_replication(self, image: Image, version: str) -> Replication:
        """The replication of a version of a gallery image, by region; one GET."""
        match = GALLERY_IMAGE.fullmatch(image.reference)
        if match is None:
            raise BadName(f"{image.reference[:300]!a} is not the id of a gallery's image")
        path = quote(f"{match['definition']}/versions/{check_part(version)}")
        url = self._urls.url(path, GALLERIES_VERSION, {"$expand": "ReplicationStatus"})
        return translate_replication(self._read(url, wire.ReplicatedWire))

    def read_sizes(self, subscription_id: str, location: str) -> Sizes:
        """The VM sizes of a region."""
        query = {"$filter": f"location eq '{check_part(location)}'"}
        url = self._urls.url(f"{compute_path(subscription_id)}/skus", SKUS_VERSION, query)
        sizes = self._list(url, wire.ResourceSkuWire, translate_size)
        return {size.name.lower(): size for size in sizes if size is not None}

    def read_usages(self, subscription_id: str, location: str) -> Usages:
        """The quotas of a region."""
        path = f"{compute_path(subscription_id)}/locations/{check_part(location)}/usages"
        usages = self._list(self._urls.url(path), wire.UsageWire, translate_usage)
        return {usage.name.lower(): usage for usage in usages if usage is not None}

    def read_terms(self, subscription_id: str, plan: str) -> bool:
        """Whether the terms of a purchase plan are accepted."""
        publisher, offer, name = [check_part(part) for part in [*plan.split("/"), "", ""][:3]]
        scale_set_id(subscription_id, "group", "name")  # checks the id of the subscription
        path = (
            f"/subscriptions/{subscription_id}/providers/Microsoft.MarketplaceOrdering/offerTypes/"
            f"virtualmachine/publishers/{publisher}/offers/{offer}/plans/{name}/agreements/current"
        )
        terms = self._read(self._urls.url(path, TERMS_VERSION), wire.TermsWire)
        if terms.properties is None or terms.properties.accepted is None:
            raise InvalidResponse(f"Azure does not say whether the terms of {plan} are accepted.")
        return terms.properties.accepted

    def read_group_grants(self, scale_set: ScaleSetId) -> tuple[Grant, ...]:
        """The role assignments on the resource group, and above it."""
        scale_set_id(scale_set.subscription_id, scale_set.resource_group, scale_set.name)
        return self._grants(
            f"/subscriptions/{scale_set.subscription_id}/resourceGroups/{scale_set.resource_group}"
        )

    def read_grants(self, scale_set: ScaleSetId) -> tuple[Grant, ...]:
        """The role assignments on the scale set, its group and above."""
        scale_set_id(scale_set.subscription_id, scale_set.resource_group, scale_set.name)
        return self._grants(scale_set.resource_id)

    def _grants(self, scope: str) -> tuple[Grant, ...]:
        path = quote(f"{scope}/providers/Microsoft.Authorization/permissions")
        url = self._urls.url(path, PERMISSIONS_VERSION)
        return tuple(self._list(url, wire.GrantWire, translate_grant))

    def _read(self, url: str, shape: type[W]) -> W:
        try:
            item, _ = decode_item(self._sender.read(url).body, shape)
        except InvalidJson as error:
            raise InvalidResponse("Azure's answer is not a JSON object.") from error
        return item

    def _list(self, url: str, shape: type[W], translate: Callable[[W], T]) -> list[T]:
        """All items; raises where a page cannot be read, because a list in part decides nothing."""
        entries: list[msgspec.Raw] = []

        def handle_page(response: Response) -> str | None:
            items, next_link = split_page(response.body)
            entries.extend(items)
            return next_link

        _, damage = read_pages(self._sender, self._urls, url, handle_page, bounds=_BOUNDS)
        if damage:
            raise InvalidResponse(damage[0])
        try:
            return [translate(decode_item(entry, shape)[0]) for entry in entries]
        except InvalidJson as error:
            raise InvalidResponse("An entry of Azure's list cannot be understood.") from error


def _definition(scale_set: ScaleSet, image: Image) -> tuple[str, str]:
    """Path and api-version of the image definition, or of the managed image."""
    if image.kind is ImageKind.MANAGED and _MANAGED.fullmatch(image.reference):
        return image.reference, COMPUTE_VERSION
    if image.kind is ImageKind.GALLERY and (own := GALLERY_IMAGE.fullmatch(image.reference)):
        return own["definition"], GALLERIES_VERSION
    if published := published_image_path(scale_set, image.reference):
        return published, GALLERIES_VERSION
    raise BadName(f"{image.reference[:300]!a} is not the id of an image that can be read")

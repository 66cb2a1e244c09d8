"""Reads single JSON objects, and complete lists: subscriptions, and their scale sets."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from vmss_tui.arm.translate.instance import clean_json
from vmss_tui.arm.translate.scale_set import translate_scale_set
from vmss_tui.arm.transport.paging import read_pages, split_page
from vmss_tui.arm.transport.send import RequestSender, Response
from vmss_tui.arm.transport.urls import ArmUrls
from vmss_tui.arm.wire.compute import Json, SubscriptionWire
from vmss_tui.arm.wire.decode import InvalidJson, decode_item, decode_json
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.scale_set_id import BadName, parse_resource_id
from vmss_tui.gateway import InvalidResponse, Subscription
from vmss_tui.text import cell


def read_object(sender: RequestSender, url: str) -> Json:
    """A JSON object; raises `InvalidResponse` for anything else."""
    response = sender.read(url)
    try:
        tree = decode_json(response.body)
    except InvalidJson as error:
        raise InvalidResponse(
            "The response is not JSON: something other than Azure responded."
        ) from error
    if not isinstance(tree, dict):
        raise InvalidResponse("The response is not a JSON object.")
    return tree


def list_subscriptions(sender: RequestSender, urls: ArmUrls) -> Sequence[Subscription]:
    """All visible subscriptions."""
    listed: list[Subscription] = []

    def add(item: msgspec.Raw) -> None:
        wire, _ = decode_item(item, SubscriptionWire)
        names = (wire.subscription_id, wire.display_name, wire.tenant_id)
        listed.append(Subscription(*(clean_json(name or "") for name in names)))

    for_each_item(sender, urls, urls.subscriptions(), add)
    return listed


def list_scale_sets(
    sender: RequestSender,
    urls: ArmUrls,
    subscription_id: str,
    report_damage: Callable[[str], None] | None = None,
) -> Sequence[ScaleSet]:
    """All scale sets of a subscription, without those whose id is not valid in a request."""
    listed: list[ScaleSet] = []

    def add(item: msgspec.Raw) -> None:
        tree: Any = decode_json(item)
        if not isinstance(tree, dict) or not isinstance(tree.get("id"), str):
            raise InvalidJson("a scale set without an id")
        try:
            listed.append(translate_scale_set(tree, parse_resource_id(tree["id"])))
        except BadName as error:
            if report_damage is not None:
                report_damage(f"a scale set is not listed: {error.message}")

    for_each_item(sender, urls, urls.scale_sets(subscription_id), add, report_damage)
    return listed


def for_each_item(
    sender: RequestSender,
    urls: ArmUrls,
    url: str,
    handle_item: Callable[[msgspec.Raw], None],
    report_damage: Callable[[str], None] | None = None,
) -> None:
    """Calls `handle_item`, which may raise `InvalidJson`, with each item of every page.

    An invalid item, and a page after the first that cannot be read, go to `report_damage` where it
    is given; otherwise either is an `InvalidResponse`.
    """

    def handle_page(response: Response) -> str | None:
        items, next_link = split_page(response.body)
        for item in items:
            try:
                handle_item(item)
            except InvalidJson as error:
                if report_damage is None:
                    raise
                report_damage(f"An item of the list is not from Azure: {cell(str(error))}")
        return next_link

    _, damage = read_pages(sender, urls, url, handle_page)
    for problem in damage:
        if report_damage is None:
            raise InvalidResponse(problem)
        report_damage(problem)

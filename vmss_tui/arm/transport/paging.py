"""Walks the pages of a list. Knows nextLink, and not what the items are.

A first page that fails raises. After it, whatever goes wrong (a foreign or repeated nextLink, a
broken page) ends the walk with words about it: what was read is good to look at, no more.
"""

from collections.abc import Callable

import msgspec

from vmss_tui.arm.transport.send import Response, RequestSender
from vmss_tui.arm.transport.urls import ArmUrls
from vmss_tui.arm.wire.compute import PageWire
from vmss_tui.arm.wire.decode import InvalidJson, decode
from vmss_tui.gateway import InvalidResponse, NotSignedIn, Refused, Throttled, Unreachable
from vmss_tui.text import cell

MAX_PAGES = 1000
PageHandler = Callable[[Response], str | None]
"""Is given each page, and returns its nextLink; raises `Unreadable`."""


def split_page(body: bytes) -> tuple[list[msgspec.Raw], str | None]:
    """A page's items, not decoded yet, and its nextLink; raises `Unreadable`."""
    page = decode(body, PageWire)
    if page.value is None:
        raise InvalidJson("it has no items at all")
    return page.value, page.next_link


def read_pages(
    sender: RequestSender, paths: ArmUrls, first: str, handle_page: PageHandler, cached_body: Callable[[], bytes] = bytes
) -> tuple[int, tuple[str, ...]]:
    """Reads every page; returns how many were asked for, and what was wrong after the first.

    `known` says before each page what it was last time, packed, where that is known.
    `Throttled` and `NotSignedIn` are raised from any page: what to do next is not about pages.
    """
    visited: set[str] = set()
    url = first
    while True:
        visited.add(url)
        try:
            next_link = handle_page(sender.read(url, cached_body()))
        except InvalidJson as error:
            damage = f"Page {len(visited)} of the list is not Azure's: {cell(str(error))}"
            if url == first:
                raise InvalidResponse(damage) from error
            return len(visited), (damage,)
        except (Throttled, NotSignedIn):
            raise
        except (Unreachable, InvalidResponse, Refused) as error:
            if url == first:
                raise
            return len(visited), (f"Page {len(visited)} of the list is missing: {error.message}",)
        if not next_link:
            return len(visited), ()
        if not paths.is_next_page(first, next_link):
            host = paths.host_of(next_link)
            return len(visited), (f"The next page was refused: it is not part of this list ({host}).",)
        if next_link in visited or len(visited) >= MAX_PAGES:
            return len(visited), ("The list goes round in a circle: its next page was already read.",)
        url = next_link

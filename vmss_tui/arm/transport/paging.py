"""Reads the pages of a list by their nextLink. Does not know what the items are.

A failed first page raises. Any later failure (a foreign or repeated nextLink, an invalid page)
ends the reading with a message: the list is then incomplete, good enough only to be shown.
"""

from collections.abc import Callable

import msgspec

from vmss_tui.arm.transport.send import RequestSender, Response
from vmss_tui.arm.transport.urls import ArmUrls
from vmss_tui.arm.wire.compute import PageWire
from vmss_tui.arm.wire.decode import InvalidJson, decode
from vmss_tui.gateway import InvalidResponse, NotSignedIn, Refused, Throttled, Unreachable
from vmss_tui.text import cell

MAX_PAGES = 1000
PageHandler = Callable[[Response], str | None]
"""Receives each page and returns its nextLink; may raise `InvalidJson`."""


def split_page(body: bytes) -> tuple[list[msgspec.Raw], str | None]:
    """A page's items, not yet decoded, and its nextLink; raises `InvalidJson`."""
    page = decode(body, PageWire)
    if page.value is None:
        raise InvalidJson("it has no items at all")
    return page.value, page.next_link


def read_pages(
    sender: RequestSender,
    urls: ArmUrls,
    first: str,
    handle_page: PageHandler,
    cached_body: Callable[[], bytes] = bytes,
) -> tuple[int, tuple[str, ...]]:
    """Reads every page; returns the number of pages requested, and problems after the first page.

    `cached_body` returns the compressed body that the next page had last time; empty if unknown.
    `Throttled` and `NotSignedIn` are raised from any page, since they concern every request.
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
        if not urls.is_next_page(first, next_link):
            host = urls.host_of(next_link)
            return len(visited), (
                f"The next page was refused: it is not part of this list ({host}).",
            )
        if next_link in visited or len(visited) >= MAX_PAGES:
            return len(visited), (
                "The list goes round in a circle: its next page was already read.",
            )
        url = next_link

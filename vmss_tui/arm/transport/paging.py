"""Reads the pages of a list by their nextLink. Does not know what the items are.

A failed first page raises. Any later failure (a foreign or repeated nextLink, an invalid page)
ends the reading with a message: the list is then incomplete, good enough only to be shown.
"""

import time
from collections.abc import Callable, Collection

import msgspec
from msgspec import Struct

from vmss_tui.arm.transport.send import RequestSender, Response
from vmss_tui.arm.transport.urls import ArmUrls
from vmss_tui.arm.wire.compute import PageWire
from vmss_tui.arm.wire.decode import InvalidJson, decode
from vmss_tui.gateway import InvalidResponse, NotSignedIn, Refused, Throttled, Unreachable
from vmss_tui.text import cell


class ListBounds(Struct, frozen=True):
    """What is read of one list at most; no list of Azure is longer."""

    pages: int = 1000
    size: int = 256 << 20
    """Bytes of all bodies, decompressed; pages that are received unchanged count compressed."""
    seconds: float = 300.0
    """Real seconds for all pages."""


LIST_BOUNDS = ListBounds()
"""For lists of a subscription: 2,500 scale sets a region, 50 a page."""
INSTANCE_LIST_BOUNDS = ListBounds(pages=200, size=64 << 20, seconds=120.0)
"""For the instances of one scale set: 1,000 at most, of some 6,000 bytes each."""
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
    bounds: ListBounds | None = None,
) -> tuple[int, tuple[str, ...]]:
    """Reads every page; returns the number of pages requested, and problems after the first page.

    `cached_body` returns the compressed body that the next page had last time; empty if unknown.
    `bounds` are those of `LIST_BOUNDS` unless given.
    `Throttled`, `NotSignedIn` and `ReadCancelled` are raised from any page, since they concern
    every request.
    """
    visited: set[str] = set()
    url, size, begun = first, 0, time.monotonic()
    while True:
        visited.add(url)
        try:
            response = sender.read(url, cached_body())
            size += len(response.body or response.compressed)
            next_link = handle_page(response)
        except InvalidJson as error:
            damage = f"Page {len(visited)} of the list is not from Azure: {cell(str(error))}"
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
        if problem := _next_link_problem(urls, first, next_link, visited):
            return len(visited), (problem,)
        if problem := _excess(bounds or LIST_BOUNDS, len(visited), size, time.monotonic() - begun):
            return len(visited), (problem,)
        url = next_link


def _next_link_problem(
    urls: ArmUrls, first: str, next_link: str, visited: Collection[str]
) -> str | None:
    """Why the next page is not requested."""
    if not urls.is_next_page(first, next_link):
        host = urls.host_of(next_link)
        return f"The next page was refused: it is not part of this list ({host})."
    if next_link in visited:
        return "The list repeats itself: its next page was already read."
    return None


def _excess(bounds: ListBounds, pages: int, size: int, seconds: float) -> str | None:
    """Why no further page is requested."""
    if pages >= bounds.pages:
        return f"The list does not end: more than {bounds.pages} pages."
    if size > bounds.size:
        return f"The list does not end: more than {bounds.size >> 20} MiB."
    if seconds > bounds.seconds:
        return (
            f"The list did not finish within {bounds.seconds:.0f} s: page {pages + 1} is missing."
        )
    return None

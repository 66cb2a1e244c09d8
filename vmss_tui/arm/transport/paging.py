"""Walks the pages of a list. Knows nextLink, and not what the items are.

A first page that fails raises. After it, whatever goes wrong (a foreign or repeated nextLink, a
broken page) ends the walk with words about it: what was read is good to look at, no more.
"""

from collections.abc import Callable

import msgspec

from vmss_tui.arm.transport.send import Answer, Sender
from vmss_tui.arm.transport.urls import Paths
from vmss_tui.arm.wire.compute import PageWire
from vmss_tui.arm.wire.decode import Unreadable, decode
from vmss_tui.gateway import InvalidResponse, NotSignedIn, Refused, Throttled, Unreachable
from vmss_tui.text import cell

MOST_PAGES = 1000
Take = Callable[[Answer], str | None]
"""Is given each page, and returns its nextLink; raises `Unreadable`."""


def raw_items(body: bytes) -> tuple[list[msgspec.Raw], str | None]:
    """A page's items, not decoded yet, and its nextLink; raises `Unreadable`."""
    page = decode(body, PageWire)
    if page.value is None:
        raise Unreadable("it has no items at all")
    return page.value, page.next_link


def walk(
    sender: Sender, paths: Paths, first: str, take: Take, known: Callable[[], bytes] = bytes
) -> tuple[int, tuple[str, ...]]:
    """Reads every page; returns how many were asked for, and what was wrong after the first.

    `known` says before each page what it was last time, packed, where that is known.
    `Throttled` and `NotSignedIn` are raised from any page: what to do next is not about pages.
    """
    seen: set[str] = set()
    url = first
    while True:
        seen.add(url)
        try:
            following = take(sender.read(url, known()))
        except Unreadable as error:
            damage = f"Page {len(seen)} of the list is not Azure's: {cell(str(error))}"
            if url == first:
                raise InvalidResponse(damage) from error
            return len(seen), (damage,)
        except (Throttled, NotSignedIn):
            raise
        except (Unreachable, InvalidResponse, Refused) as error:
            if url == first:
                raise
            return len(seen), (f"Page {len(seen)} of the list is missing: {error.message}",)
        if not following:
            return len(seen), ()
        if not paths.follows(first, following):
            host = paths.host(following)
            return len(seen), (f"The next page was refused: it is not part of this list ({host}).",)
        if following in seen or len(seen) >= MOST_PAGES:
            return len(seen), ("The list goes round in a circle: its next page was already read.",)
        url = following

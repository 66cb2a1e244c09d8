"""The XML of "List Blobs": the only answer of the storage that is XML and read here."""

from datetime import datetime
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree

from msgspec import Struct

from vmss_tui.gateway.blobs import BlobItem, BlobUnavailable


class ListingPage(Struct, frozen=True):
    """One page of a listing."""

    items: tuple[BlobItem, ...]
    next_marker: str
    """For the next page; empty on the last one."""


def parse_listing(body: bytes, now: datetime) -> ListingPage:
    """One page; `now` is the time of the answer by the clock of the storage.

    Raises `BlobUnavailable` for a body that is no listing.
    """
    try:
        root = ElementTree.fromstring(body.removeprefix(b"\xef\xbb\xbf"))
    except ElementTree.ParseError as error:
        raise BlobUnavailable(f"the storage sent a listing that is no XML ({error})") from error
    items = tuple(_item(blob, now) for blob in root.iterfind("./Blobs/Blob"))
    return ListingPage(items, root.findtext("NextMarker") or "")


def _item(blob: ElementTree.Element, now: datetime) -> BlobItem:
    properties = blob.find("Properties")
    texts = {} if properties is None else {entry.tag: entry.text or "" for entry in properties}
    size = texts.get("Content-Length", "")
    return BlobItem(
        name=blob.findtext("Name") or "",
        size=int(size) if size.isdecimal() else 0,
        etag=texts.get("Etag", "").strip('"'),
        age=seconds_since(texts.get("Last-Modified", ""), now),
        is_leased=texts.get("LeaseState") in {"leased", "breaking"},
    )


def seconds_since(http_date: str, now: datetime) -> float:
    """Seconds from the date of an HTTP header to `now`, at least 0; 0 where it is no date."""
    try:
        return max(0.0, (now - parsedate_to_datetime(http_date)).total_seconds())
    except (ValueError, TypeError):
        return 0.0

"""Reads and decompresses response bodies.

Callers keep the compressed body and compare it with the next one: for a page of 1,000 instances
it is a twentieth of the size, and an unchanged page need not be decompressed.
"""

import zlib

from azure.core.exceptions import ServiceResponseError
from azure.core.rest import HttpResponse
from urllib3.exceptions import HTTPError

MAX_BODY_SIZE = 64 * 1024 * 1024
"""Bytes of the largest body, compressed or not; a page of 1,000 instances has six million."""
MAX_MEMBERS = 100
"""Members of a gzip body; Azure sends one."""
_WINDOW = 1 << 20
"""Bytes that are passed to a decompressor at once; a page of 1,000 instances has a third."""
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


class BodyTooLarge(ValueError):
    """A body larger than any response of Azure, compressed or not."""

    def __init__(self) -> None:
        super().__init__(f"the response has more than {MAX_BODY_SIZE >> 20} MiB")


def decompress(compressed: bytes, encoding: str) -> bytes:
    """The body decompressed by its Content-Encoding; raises `ValueError` if it is malformed."""
    match encoding.strip().lower():
        case "" | "identity":
            return compressed
        case "gzip" | "x-gzip" | "deflate":
            return _inflate(compressed)
    raise ValueError(f"the response has an encoding that was not requested ({encoding})")


def _inflate(compressed: bytes) -> bytes:
    """All members of a gzip body, one after the other.

    A decompressor copies what follows its member, so it gets a window and not the whole rest.
    """
    parts: list[bytes] = []
    size, position, members, rest = 0, 0, 0, memoryview(compressed)
    while position < len(rest):
        members += 1
        if members > MAX_MEMBERS:
            raise ValueError(f"the response is compressed in more than {MAX_MEMBERS} parts")
        member = zlib.decompressobj(_GZIP_OR_ZLIB)
        while not member.eof:
            window = rest[position : position + _WINDOW]
            if not window:
                raise ValueError("the response is truncated")
            try:
                parts.append(member.decompress(window, MAX_BODY_SIZE - size + 1))
            except zlib.error as error:
                raise ValueError(f"the response is not encoded as declared: {error}") from error
            size += len(parts[-1])
            if size > MAX_BODY_SIZE:
                raise BodyTooLarge
            position += len(window) - len(member.unused_data)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def read_body(response: HttpResponse) -> bytes:
    """Reads the compressed body. The SDK does not translate urllib3's errors for raw reads."""
    chunks: list[bytes] = []
    size = 0
    try:
        for chunk in response.iter_raw():
            chunks.append(chunk)
            size += len(chunk)
            if size > MAX_BODY_SIZE:
                raise BodyTooLarge
    except HTTPError as error:
        raise ServiceResponseError(error, error=error) from error
    return b"".join(chunks)

"""Bodies as they travel, and what is in them.

A packed body is kept to be compared with the next one: of a page of 1,000 instances it is a
twentieth, and a page that came again need not be unpacked at all.
"""

import zlib

MAX_BODY_SIZE = 64 * 1024 * 1024
"""Bytes of a body that are taken in, packed or not: a page of 1,000 instances has six million."""
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


class BodyTooLarge(ValueError):
    """A body without an end, or one that unpacks to more than any answer of Azure's has."""

    def __init__(self) -> None:
        super().__init__(f"the answer has more than {MAX_BODY_SIZE >> 20} MiB")


def decompress(compressed: bytes, encoding: str) -> bytes:
    """What is in a body, by its Content-Encoding; raises `ValueError` where it is not that."""
    match encoding.strip().lower():
        case "" | "identity":
            return compressed
        case "gzip" | "x-gzip" | "deflate":
            return _inflate(compressed)
    raise ValueError(f"the answer is packed in a way nobody asked for ({encoding})")


def _inflate(compressed: bytes) -> bytes:
    """Every member of it, one after the other."""
    parts: list[bytes] = []
    size, remaining = 0, compressed
    while remaining:
        member = zlib.decompressobj(_GZIP_OR_ZLIB)
        try:
            parts.append(member.decompress(remaining, MAX_BODY_SIZE - size + 1))
        except zlib.error as error:
            raise ValueError(f"the answer is not packed as it says: {error}") from error
        size += len(parts[-1])
        if size > MAX_BODY_SIZE:
            raise BodyTooLarge
        if not member.eof:
            raise ValueError("the answer ends in the middle")
        remaining = member.unused_data
    return parts[0] if len(parts) == 1 else b"".join(parts)

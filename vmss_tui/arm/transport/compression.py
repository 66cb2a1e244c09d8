"""Bodies as they travel, and what is in them.

A packed body is kept to be compared with the next one: of a page of 1,000 instances it is a
twentieth, and a page that came again need not be unpacked at all.
"""

import zlib

LARGEST = 64 * 1024 * 1024
"""Bytes of a body that are taken in, packed or not: a page of 1,000 instances has six million."""
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


class TooMuch(ValueError):
    """A body without an end, or one that unpacks to more than any answer of Azure's has."""

    def __init__(self) -> None:
        super().__init__(f"the answer has more than {LARGEST >> 20} MiB")


def unpacked(packed: bytes, encoding: str) -> bytes:
    """What is in a body, by its Content-Encoding; raises `ValueError` where it is not that."""
    match encoding.strip().lower():
        case "" | "identity":
            return packed
        case "gzip" | "x-gzip" | "deflate":
            return _inflated(packed)
    raise ValueError(f"the answer is packed in a way nobody asked for ({encoding})")


def _inflated(packed: bytes) -> bytes:
    """Every member of it, one after the other."""
    parts: list[bytes] = []
    size, rest = 0, packed
    while rest:
        member = zlib.decompressobj(_GZIP_OR_ZLIB)
        try:
            parts.append(member.decompress(rest, LARGEST - size + 1))
        except zlib.error as error:
            raise ValueError(f"the answer is not packed as it says: {error}") from error
        size += len(parts[-1])
        if size > LARGEST:
            raise TooMuch
        if not member.eof:
            raise ValueError("the answer ends in the middle")
        rest = member.unused_data
    return parts[0] if len(parts) == 1 else b"".join(parts)

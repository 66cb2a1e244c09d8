"""Bytes to typed structs. One odd value costs one field of one item, and never a traceback."""

import json
import math
import re
from functools import cache
from typing import Any, TypeVar

import msgspec

from vmss_tui.arm.wire.compute import Wire

_W = TypeVar("_W", bound=Wire)
_WHERE = re.compile(r" - at `\$([^`]*)`")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]", re.ASCII)
_HALVES = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\."
)
"""Escapes in JSON, one after the other: a whole pair of surrogates, half of one, any other."""
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_MOST_DROPPED = 20
_DEEPEST = 100


class Unreadable(ValueError):
    """Not JSON, or not of the shape it must have."""


def decode(body: bytes | msgspec.Raw, shape: type[_W]) -> _W:
    """Decodes strictly; raises `Unreadable` where it is not JSON of this shape."""
    try:
        found: _W = _strictly(_decoder(shape), body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(str(error)) from error
    return found


def decode_item(body: bytes | msgspec.Raw, shape: type[_W]) -> tuple[_W, tuple[str, ...]]:
    """Decodes, dropping fields of a wrong type; returns what was dropped, as JSON paths.

    Raises `Unreadable` only where it is not a JSON object at all.
    """
    try:
        return decode(body, shape), ()
    except Unreadable:
        return _salvage(decode_json(body), shape)


def decode_array(body: bytes | msgspec.Raw) -> list[msgspec.Raw]:
    """The items of a bare array, not decoded yet; raises `Unreadable`."""
    try:
        return _ARRAY.decode(_whole(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(str(error)) from error


def decode_json(body: bytes | msgspec.Raw) -> Any:
    """Any JSON as dicts and lists; raises `Unreadable`.

    Nothing of Azure's is nested very deeply, and what is would break whoever walks it.
    """
    try:
        tree = json.loads(
            _whole(body).decode("utf-8", "replace"), parse_constant=_finite, parse_float=_finite
        )
    except (ValueError, RecursionError) as error:
        raise Unreadable(str(error)) from error
    level, depth = [tree], 0
    while level := [
        inner
        for each in level
        if isinstance(each, dict | list)
        for inner in (each.values() if isinstance(each, dict) else each)
    ]:
        depth += 1
        if depth > _DEEPEST:
            raise Unreadable("it is nested too deeply")
    return tree


def _finite(digits: str) -> float:
    """A number. NaN and 1e999 are none: whoever writes them down again makes null of them."""
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits} is no number")
    return number


@cache
def _decoder(shape: type[_W]) -> msgspec.json.Decoder[_W]:
    return msgspec.json.Decoder(shape)


def _strictly(decoder: msgspec.json.Decoder[_W], body: bytes | msgspec.Raw) -> _W:
    """Looks for half characters only where something is wrong: a search costs a decoding."""
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return decoder.decode(_whole(body))


def _whole(body: bytes | msgspec.Raw) -> bytes:
    """Half a character, as where a message was cut in the middle of one, becomes its escape.

    No UTF-8 can hold it, so it could be neither decoded strictly nor written anywhere.
    """
    text = bytes(body)
    if b"\\ud" not in text and b"\\uD" not in text:
        return text
    return _HALVES.sub(
        lambda found: rb"\\u" + found["half"][2:].upper() if found["half"] else found[0], text
    )


def _salvage(tree: Any, shape: type[_W]) -> tuple[_W, tuple[str, ...]]:
    dropped: list[str] = []
    while True:
        try:
            return _decoder(shape).decode(msgspec.json.encode(tree)), tuple(dropped)
        except msgspec.ValidationError as error:
            where = _WHERE.search(str(error))
            if where is None or len(dropped) >= _MOST_DROPPED:
                raise Unreadable(str(error)) from error
            dropped.append(where[1].lstrip("."))
            _blank(tree, where[1])


def _blank(tree: Any, path: str) -> None:
    """Sets what stands at msgspec's `path` to null."""
    *way, last = (int(number) if number else key for key, number in _STEP.findall(path))
    for step in way:
        tree = tree[step]
    tree[last] = None

"""Decodes JSON to typed structs. A value of a wrong type costs only its own field."""

import json
import math
import re
from functools import cache
from typing import Any, TypeVar

import msgspec

from vmss_tui.arm.wire.compute import Wire

_W = TypeVar("_W", bound=Wire)
_ERROR_PATH = re.compile(r" - at `\$([^`]*)`")
_PATH_STEP = re.compile(r"\.(\w+)|\[(\d+)\]", re.ASCII)
_SURROGATES = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\."
)
"""Escapes in JSON: a pair of surrogates, half of a pair, or any other escape."""
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_MAX_DROPPED = 20
_MAX_DEPTH = 100


class InvalidJson(ValueError):
    """Not JSON, or not of the expected shape. Never leaves `arm`: callers translate it."""


def decode(body: bytes | msgspec.Raw, shape: type[_W]) -> _W:
    """Decodes strictly; raises `InvalidJson` where a value has a wrong type."""
    try:
        value: _W = _decode_strictly(_decoder(shape), body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidJson(str(error)) from error
    return value


def decode_item(body: bytes | msgspec.Raw, shape: type[_W]) -> tuple[_W, tuple[str, ...]]:
    """Decodes without the fields of a wrong type; returns their JSON paths, too.

    Raises `InvalidJson` only where the body is not a JSON object.
    """
    try:
        return decode(body, shape), ()
    except InvalidJson:
        return _decode_leniently(decode_json(body), shape)


def decode_array(body: bytes | msgspec.Raw) -> list[msgspec.Raw]:
    """The items of a bare array, not yet decoded; raises `InvalidJson`."""
    try:
        return _ARRAY.decode(_repair_surrogates(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidJson(str(error)) from error


def decode_json(body: bytes | msgspec.Raw) -> Any:
    """Any JSON as dicts and lists; raises `InvalidJson`.

    Refuses deep nesting, which Azure does not use and recursive functions could not process.
    """
    try:
        tree = json.loads(
            _repair_surrogates(body).decode("utf-8", "replace"),
            parse_constant=_parse_finite,
            parse_float=_parse_finite,
        )
    except (ValueError, RecursionError) as error:
        raise InvalidJson(str(error)) from error
    level, depth = [tree], 0
    while level := [
        child
        for node in level
        if isinstance(node, dict | list)
        for child in (node.values() if isinstance(node, dict) else node)
    ]:
        depth += 1
        if depth > _MAX_DEPTH:
            raise InvalidJson("it is nested too deeply")
    return tree


def _parse_finite(digits: str) -> float:
    """A finite number; NaN and 1e999 are refused, because encoders would write them as null."""
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits} is no number")
    return number


@cache
def _decoder(shape: type[_W]) -> msgspec.json.Decoder[_W]:
    return msgspec.json.Decoder(shape)


def _decode_strictly(decoder: msgspec.json.Decoder[_W], body: bytes | msgspec.Raw) -> _W:
    """Repairs surrogates only after a failure, because searching costs as much as decoding."""
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return decoder.decode(_repair_surrogates(body))


def _repair_surrogates(body: bytes | msgspec.Raw) -> bytes:
    """Escapes half surrogate pairs, which occur where Azure has cut a message.

    UTF-8 cannot represent them: they could neither be decoded strictly nor written.
    """
    text = bytes(body)
    if b"\\ud" not in text and b"\\uD" not in text:
        return text
    return _SURROGATES.sub(
        lambda match: rb"\\u" + match["half"][2:].upper() if match["half"] else match[0], text
    )


def _decode_leniently(tree: Any, shape: type[_W]) -> tuple[_W, tuple[str, ...]]:
    dropped: list[str] = []
    while True:
        try:
            return _decoder(shape).decode(msgspec.json.encode(tree)), tuple(dropped)
        except msgspec.ValidationError as error:
            path = _ERROR_PATH.search(str(error))
            if path is None or len(dropped) >= _MAX_DROPPED:
                raise InvalidJson(str(error)) from error
            dropped.append(path[1].lstrip("."))
            _set_null(tree, path[1])


def _set_null(tree: Any, path: str) -> None:
    """Sets the value at msgspec's `path` to null."""
    *parents, last = (int(number) if number else key for key, number in _PATH_STEP.findall(path))
    for step in parents:
        tree = tree[step]
    tree[last] = None

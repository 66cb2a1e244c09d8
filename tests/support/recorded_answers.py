"""Recorded answers of Azure, and what a test reads from them."""

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import msgspec
import pytest

from tests.support.paths import EXCHANGES
from vmss_tui.arm.translate.instance import translate_instance
from vmss_tui.arm.wire.compute import InstanceWire, Wire
from vmss_tui.arm.wire.decode import decode_item
from vmss_tui.fleet.scale_set import (
    Instance,
)
from vmss_tui.fleet.scale_set_id import scale_set_id


def recorded_replies() -> Iterator[tuple[str, int, Any]]:
    """(where, status, body) of every recorded answer with a body."""
    for file in sorted(EXCHANGES.glob("*.json")):
        recording = json.loads(file.read_text(encoding="utf-8"))
        for at, exchange in enumerate(recording.get("exchanges", [recording])):
            response = exchange["response"]
            if response["body"] is not None:
                yield f"{file.stem}[{at}]", response["status"], response["body"]


def recorded_resources(kind: str) -> list[Any]:
    """Every recorded resource of a type, in single replies and in lists."""
    cases = []
    for where, status, body in recorded_replies():
        if status >= 400 or not isinstance(body, dict):
            continue
        items = body["value"] if isinstance(body.get("value"), list) else [body]
        for at, item in enumerate(items):
            if isinstance(item, dict) and str(item.get("type", "")).lower() == kind.lower():
                cases.append(pytest.param(item, id=f"{where}.{at}"))
    return cases


def body_of(name: str) -> Any:
    """The body of a recorded exchange."""
    return json.loads((EXCHANGES / f"{name}.json").read_text(encoding="utf-8"))["response"]["body"]


def read_instance(item: object) -> Instance:
    """Translates one item of a list as the gateway does, which must find nothing wrong with it."""
    wire, dropped = decode_item(json.dumps(item).encode(), InstanceWire)
    assert dropped == ()
    return translate_instance(wire)


def wire_keys(shape: type[Wire]) -> tuple[str, ...]:
    """The keys of a struct as they are on the wire."""
    return tuple(field.encode_name for field in msgspec.structs.fields(shape))


def texts(value: object) -> Iterator[str]:
    """Every string in a fact."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        return
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts(item)
    elif is_dataclass(value):
        for part in fields(value):
            yield from texts(getattr(value, part.name))


ANY_SET = scale_set_id("00000000-0000-0000-0000-000000000000", "group", "name")


def item_with(**view: Any) -> dict[str, Any]:
    """A running, current instance, with more in its view."""
    statuses = [{"code": "ProvisioningState/succeeded"}, {"code": "PowerState/running"}]
    return {
        "instanceId": "7",
        "properties": {
            "latestModelApplied": True,
            "provisioningState": "Succeeded",
            "instanceView": {"statuses": statuses, **view},
        },
    }

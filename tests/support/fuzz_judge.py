"""Checks what the gateway read from a damaged reply."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, cast

import msgspec

from tests.support.recorded_answers import body_of
from vmss_tui.fleet.domains import Grouping, build_grid
from vmss_tui.fleet.scale_set import Health, Instance, PowerState, ScaleSet, State
from vmss_tui.fleet.scale_set_id import BadName, parse_resource_id
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.text import clean

LONGEST_MESSAGE = 2_500
UNIFORM, FLEXIBLE = body_of("vmss-get-uniform"), body_of("vmss-get-flexible")
SET, FLEXIBLE_SET = parse_resource_id(UNIFORM["id"]), parse_resource_id(FLEXIBLE["id"])


def parse_loosely(body: bytes) -> Any:
    """The bytes as Python's own JSON reader understands them; None where it does not."""
    try:
        return json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None


def judge_snapshot(snapshot: Snapshot, bodies: Sequence[bytes]) -> str:
    """Checks a reading against the bytes it was read from; returns the outcome."""
    assert snapshot.complete == (not snapshot.damage)
    check_storable(snapshot)
    check_clean(snapshot)
    check_clean(snapshot.damage)
    assert all(len(damage) <= LONGEST_MESSAGE for damage in snapshot.damage)
    items: dict[str, list[dict[str, Any]]] = {}
    for body in bodies[: snapshot.pages or None]:
        tree = parse_loosely(body)
        listed = tree.get("value") if isinstance(tree, dict) and "value" in tree else [tree]
        for item in listed if isinstance(listed, list) else ():
            if isinstance(item, dict):
                items.setdefault(_id(item), []).append(item)
    for instance in snapshot.instances:
        listed_items = items.get(instance.instance_id, [])
        assert listed_items, f"nobody named {instance.instance_id}"
        assert any(_agrees(instance, item) for item in listed_items), instance
    if snapshot.complete:
        for key, listed_items in items.items():
            assert key in snapshot.by_id or all(_of_another_set(item) for item in listed_items), key
            assert key not in snapshot.by_id or not any(
                _wrong_types(item) for item in listed_items
            ), key
    return "read" if snapshot.complete else "read with its damage said"


def check_storable(snapshot: Snapshot) -> None:
    """A worker can store the reading for viewers, and a screen can lay it out."""
    stored = msgspec.json.decode(msgspec.json.encode(LatestView(snapshot)), type=LatestView)
    assert stored.snapshot is not None
    assert len(stored.snapshot.instances) == len(snapshot.instances)
    for grouping in Grouping:
        assert len(build_grid(snapshot.instances, grouping).row_keys) == len(snapshot.instances)


def check_clean(fact: object) -> None:
    """Every text in a fact is clean and can be encoded."""
    for text in _texts(fact):
        assert clean(text) == text
        text.encode()


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, ScaleSet):
        for part in fields(value):
            if part.name != "raw":
                yield from _texts(getattr(value, part.name))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, msgspec.Struct):
        yield from _texts(msgspec.structs.astuple(value))
    elif is_dataclass(value):
        for part in fields(value):
            yield from _texts(getattr(value, part.name))


def _agrees(instance: Instance, item: dict[str, Any]) -> bool:
    """Is nothing good read of an instance that Azure did not report?"""
    properties = object_at(item, "properties")
    view = object_at(properties, "instanceView")
    codes = [
        str(status.get("code")).lower()
        for status in list_at(view, "statuses")
        if isinstance(status, dict)
    ]
    applied = properties.get("latestModelApplied")
    health = view.get("vmHealth")
    return (
        (instance.latest_model_applied is not True or applied is True)
        and (instance.latest_model_applied is not False or applied is False)
        and (instance.state is not State.CURRENT or applied is True)
        and (
            instance.power is not PowerState.RUNNING
            or any(code.split("/")[:2] == ["powerstate", "running"] for code in codes)
        )
        and (
            instance.health is not Health.HEALTHY
            or str(object_at(object_at(view, "vmHealth"), "status").get("code"))
            .lower()
            .split("/")[:2]
            in (["healthstate", "healthy"], ["healthy"])
        )
        and (instance.health is not None or health is None)
    )


def _of_another_set(item: dict[str, Any]) -> bool:
    """Does a machine name another scale set as its own?"""
    owner = object_at(object_at(item, "properties"), "virtualMachineScaleSet").get("id")
    try:
        return isinstance(owner, str) and parse_resource_id(owner).key != FLEXIBLE_SET.key
    except BadName:
        return False


def _wrong_types(item: dict[str, Any]) -> bool:
    """Has a field that decides something another type than Azure gives it?"""
    properties, view = (
        object_at(item, "properties"),
        object_at(object_at(item, "properties"), "instanceView"),
    )
    expected: tuple[tuple[Mapping[str, Any], str, type], ...] = (
        (item, "properties", dict),
        (properties, "latestModelApplied", bool),
        (properties, "provisioningState", str),
        (properties, "instanceView", dict),
        (view, "vmHealth", dict),
        (view, "statuses", list),
    )
    return any(not isinstance(holder.get(key), kind | None) for holder, key, kind in expected)


def _id(item: dict[str, Any]) -> str:
    if isinstance(item.get("instanceId"), str) and item["instanceId"]:
        return cast(str, item["instanceId"])
    named = next((item[k] for k in ("id", "name") if isinstance(item.get(k), str) and item[k]), "")
    return str(named).rpartition("/")[2]


def object_at(holder: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = holder.get(key)
    return value if isinstance(value, dict) else {}


def list_at(holder: Mapping[str, Any], key: str) -> list[Any]:
    value = holder.get(key)
    return value if isinstance(value, list) else []

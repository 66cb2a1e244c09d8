"""Judges what the gateway made of a damaged answer."""

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

LONGEST_WORDS = 2_500
UNIFORM, FLEXIBLE = body_of("vmss-get-uniform"), body_of("vmss-get-flexible")
SET, FLEXIBLE_SET = parse_resource_id(UNIFORM["id"]), parse_resource_id(FLEXIBLE["id"])


def plainly(body: bytes) -> Any:
    """The same bytes as Python's own reader understands them; None where it does not."""
    try:
        return json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None


def judge(found: Snapshot, bodies: Sequence[bytes]) -> str:
    """Holds a reading to the bytes it was made of."""
    assert found.complete == (not found.damage)
    fit_to_keep(found)
    all_clean(found)
    all_clean(found.damage)
    assert all(len(words) <= LONGEST_WORDS for words in found.damage)
    items: dict[str, list[dict[str, Any]]] = {}
    for body in bodies[: found.pages or None]:
        tree = plainly(body)
        listed = tree.get("value") if isinstance(tree, dict) and "value" in tree else [tree]
        for item in listed if isinstance(listed, list) else ():
            if isinstance(item, dict):
                items.setdefault(_id(item), []).append(item)
    for instance in found.instances:
        said = items.get(instance.instance_id, [])
        assert said, f"nobody named {instance.instance_id}"
        assert any(_agrees(instance, item) for item in said), instance
    if found.complete:
        for key, said in items.items():
            assert key in found.by_id or all(_of_another_set(item) for item in said), key
            assert key not in found.by_id or not any(_wrong_types(item) for item in said), key
    return "read" if found.complete else "read with its damage said"


def fit_to_keep(found: Snapshot) -> None:
    """A worker can leave it for viewers, and a screen can arrange it."""
    kept = msgspec.json.decode(msgspec.json.encode(LatestView(found)), type=LatestView)
    assert kept.snapshot is not None
    assert len(kept.snapshot.instances) == len(found.instances)
    for grouping in Grouping:
        assert len(build_grid(found.instances, grouping).row_keys) == len(found.instances)


def all_clean(fact: object) -> None:
    """Every text in it has passed the sanitiser, and can be written anywhere."""
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
        for each in value:
            yield from _texts(each)
    elif isinstance(value, msgspec.Struct):
        yield from _texts(msgspec.structs.astuple(value))
    elif is_dataclass(value):
        for part in fields(value):
            yield from _texts(getattr(value, part.name))


def _agrees(instance: Instance, item: dict[str, Any]) -> bool:
    """Nothing good is said of an instance that Azure did not say."""
    properties = _map(item, "properties")
    view = _map(properties, "instanceView")
    codes = [
        str(each.get("code")).lower() for each in _list(view, "statuses") if isinstance(each, dict)
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
            or str(_map(_map(view, "vmHealth"), "status").get("code")).lower().split("/")[:2]
            in (["healthstate", "healthy"], ["healthy"])
        )
        and (instance.health is not None or health is None)
    )


def _of_another_set(item: dict[str, Any]) -> bool:
    """Does a machine name the set that it belongs to, and not ours?"""
    owner = _map(_map(item, "properties"), "virtualMachineScaleSet").get("id")
    try:
        return isinstance(owner, str) and parse_resource_id(owner).key != FLEXIBLE_SET.key
    except BadName:
        return False


def _wrong_types(item: dict[str, Any]) -> bool:
    """Is a field that counts of another type than Azure gives it?"""
    properties, view = _map(item, "properties"), _map(_map(item, "properties"), "instanceView")
    wanted: tuple[tuple[Mapping[str, Any], str, type], ...] = (
        (item, "properties", dict),
        (properties, "latestModelApplied", bool),
        (properties, "provisioningState", str),
        (properties, "instanceView", dict),
        (view, "vmHealth", dict),
        (view, "statuses", list),
    )
    return any(not isinstance(holder.get(key), kind | None) for holder, key, kind in wanted)


def _id(item: dict[str, Any]) -> str:
    if isinstance(item.get("instanceId"), str) and item["instanceId"]:
        return cast(str, item["instanceId"])
    named = next((item[k] for k in ("id", "name") if isinstance(item.get(k), str) and item[k]), "")
    return str(named).rpartition("/")[2]


def _map(holder: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = holder.get(key)
    return found if isinstance(found, dict) else {}


def _list(holder: Mapping[str, Any], key: str) -> list[Any]:
    found = holder.get(key)
    return found if isinstance(found, list) else []

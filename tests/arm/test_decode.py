"""Decoding of damaged JSON: no input raises anything but the errors of the decoder."""

import json
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.recorded_answers import ANY_SET, item_with, wire_keys
from vmss_tui.arm.resources import instances
from vmss_tui.arm.resources.instances import InstanceCollector
from vmss_tui.arm.translate.scale_set import translate_scale_set
from vmss_tui.arm.transport.errors import parse_error
from vmss_tui.arm.transport.send import Response
from vmss_tui.arm.wire.compute import (
    InstancePropertiesWire,
    InstanceViewWire,
    InstanceWire,
    PageWire,
)
from vmss_tui.arm.wire.decode import InvalidJson, decode

KEYS = {
    key
    for shape in (InstanceWire, InstancePropertiesWire, InstanceViewWire, PageWire)
    for key in wire_keys(shape)
}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(sorted(KEYS | {"code", "status", "error", "imageReference"})),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(tree=json_values)
def test_no_json_at_all_makes_a_traceback(tree: object) -> None:
    body = json.dumps(tree).encode()
    members = InstanceCollector(None)
    members.add_instances([("7", body)])
    assert len(members.instances) + len(members.damage) >= 1
    parse_error(body)
    if isinstance(tree, dict):
        translate_scale_set(tree, ANY_SET)


@given(body=st.binary(max_size=40))
def test_no_bytes_at_all_make_a_traceback(body: bytes) -> None:
    for shape in (PageWire, InstanceWire):
        try:
            decode(body, shape)
        except InvalidJson:
            continue
    parse_error(body)


def test_half_a_character_from_a_guest_costs_no_instance() -> None:
    body = json.dumps(item_with(osName="\ud800")).encode()
    members = InstanceCollector(None)
    members.add_instances([("7", body)])
    assert members.instances[0].os_name == "\\uD800"


def page(items: list[Any]) -> Response:
    return Response(200, {}, json.dumps({"value": items}).encode())


def test_machines_of_another_set_are_left_out() -> None:
    def machine(name: str, owner: object) -> dict[str, Any]:
        properties = {"virtualMachineScaleSet": owner} if owner else {}
        return {"name": name, "properties": properties}

    members = InstanceCollector(None, ANY_SET)
    ours, theirs = ANY_SET.resource_id.upper(), ANY_SET.resource_id + "2"
    listed = [machine("a_1", {"id": ours}), machine("b_1", {"id": theirs}), machine("c", None)]
    members.add_page(page([*listed, machine("d", {"id": "odd"})]))
    assert [instance.instance_id for instance in members.instances] == ["a_1"]
    assert members.damage == [
        "c does not report its scale set.",
        "d does not report its scale set.",
    ]


def test_an_instance_listed_twice_makes_the_reading_incomplete() -> None:
    members = InstanceCollector(None)
    members.add_page(page([item_with()] * 2))
    assert (len(members.instances), len(members.damage)) == (1, 1)


def test_a_thread_in_the_background_pauses_between_slices_of_a_page_and_the_main_thread_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(instances, "time", SimpleNamespace(sleep=pauses.append))
    items = [{"instanceId": str(number)} for number in range(40)]
    page = Response(200, {}, json.dumps({"value": items}).encode())
    InstanceCollector(None).add_page(page)
    assert pauses == []
    thread = threading.Thread(target=lambda: InstanceCollector(None).add_page(page))
    thread.start()
    thread.join()
    assert len(pauses) == 3
    assert max(pauses) < 0.001
